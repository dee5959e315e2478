"""Send recordings with their videos, and prove that they arrived.

``gathering`` finds what belongs together and ``plan`` decides, purely, what becomes of each file;
``gate`` validates, ``sending`` sends, ``verifying`` holds the archive's listing against the disk,
``receipt`` writes down what was done. ``running`` puts them in a row.
"""
