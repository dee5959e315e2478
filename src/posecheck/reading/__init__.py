"""From stored groups and attributes to the model, for every generation of ndx-pose.

pynwb is not used: it builds an object per group, and refuses files that are broken in just the
way that has to be reported.
"""

from posecheck.reading.recording_reader import read_recording

__all__ = ["read_recording"]
