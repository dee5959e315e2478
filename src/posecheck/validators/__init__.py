"""The other validators, whose problems become findings: pynwb, NWB Inspector and dandi.

The modules that validate import pynwb when they are imported, which costs seconds: import them
in the worker that uses them, and in no worker that imported ndx-pose (see `specification`).
"""
