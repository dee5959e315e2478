"""Send recordings with their videos, and prove that they arrived.

``collect`` finds out what belongs together on this disk, and ``plan`` decides, purely, what becomes
of each file; ``preflight`` validates, ``send`` sends, ``verification`` compares what the archive
lists with the disk, and ``receipt`` writes down what was done. ``planning`` and ``run`` call them
in order. The archive itself is reached through `posecheck.archive`.
"""
