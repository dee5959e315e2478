"""Which paths of an archive suggest pose: its metadata does not say which recordings hold it.

dandi lists the types of NWB's core in the metadata of an asset, and drops those of ndx-pose.
"""

from __future__ import annotations

import re

_MODALITY = "behavior"
"""dandi names a file after its modalities (``sub-1_ses-2_behavior+ecephys.nwb``): pose is one of
behavior, which a lab that converts its files with a current tool names, too."""

_BEGINNINGS = ("pose", "dlc", "track", "keypoint", "jabs", "skeleton")
"""How words begin that people use for pose: ``pose3d`` and ``PoseEstimation``, but not ``purpose``
or ``exposed``; ``dlc`` is how DeepLabCut names its results; JABS writes ndx-pose itself."""

_WORDS = ("deeplabcut", "sleap", "lightning", "anipose", "dannce", "openpose", "mediapipe")
"""The programs that estimate pose, wherever they stand in a word: Lightning Pose is the one that
calls itself lightning."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def suggests_pose(path: str) -> bool:
    """Return whether the path of an asset suggests that it holds pose.

    It is only a suggestion: a path that suggests it costs a few requests, and recordings with pose
    whose paths say nothing are found when all are asked.
    """
    words = [part.lower() for part in _PARTS.findall(path)]
    lower = path.lower()
    return (
        _MODALITY in words
        or any(word.startswith(_BEGINNINGS) for word in words)
        or any(word in lower for word in _WORDS)
    )
