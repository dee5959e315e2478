"""One file with a fault in every corner, that the schema's validator passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.recordings.written import FRAMES, RATE, careful_keypoints, write_recording

FINDINGS = {
    "NOD003": "two nodes are called left_ear",
    "NOD004": "an edge leads to node 9 of 5",
    "NOD002": "the series whisker belongs to no node",
    "NOD001": "the node tail_base has no series",
    "CNF007": "confidence reaches 7",
    "TIM002": "the series run on two clocks",
    "NOD011": "one series is 3D, the others are 2D",
    "REF001": 'the reference frame is "unknown"',
}
"""What posecheck must say of the file, and why."""


def write_planted(folder: Path) -> Path:
    """Write a recording whose faults no schema knows, and return the NWB file.

    Two nodes share a name, an edge leads nowhere, a series has no node and a node no series, a
    confidence is 7, the clocks differ, 2D stands beside 3D, and the reference frame is "unknown".
    """
    nose, left, right, _ = careful_keypoints()
    depth = np.linspace(5, 6, FRAMES, dtype=np.float32)[:, np.newaxis]
    keypoints = (
        replace(nose, reference_frame="unknown"),
        replace(left, confidence=left.confidence + np.float32(6.05)),
        replace(nose, name="right_ear", positions=np.hstack((right.positions, depth))),
        replace(right, name="whisker", timestamps=0.2 + np.arange(FRAMES) / (RATE * 1.2)),
    )
    return write_recording(
        folder,
        nodes=("nose", "left_ear", "left_ear", "right_ear", "tail_base"),
        edges=((0, 1), (1, 9)),
        keypoints=keypoints,
    )
