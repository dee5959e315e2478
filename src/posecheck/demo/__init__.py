"""A small dandiset of drawn mice, written on demand: what posecheck says of good and bad files.

Recordings are real: NWB files through pynwb and ndx-pose, videos through PyAV. The module
`mistakes` is the table of what is wrong with each.
"""

from posecheck.demo.folder import write_demo

__all__ = ["write_demo"]
