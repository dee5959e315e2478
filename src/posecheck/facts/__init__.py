"""One-pass reducers over blocks of an array: what an array is like, in bounded memory."""

from posecheck.facts.clocks import compare_clocks, regular, stamped
from posecheck.facts.confidence import ConfidenceReducer
from posecheck.facts.instances import instance_facts
from posecheck.facts.matching import TimeSource
from posecheck.facts.outside import OutsideReducer
from posecheck.facts.positions import PositionReducer
from posecheck.facts.reprojection import Camera, ReprojectionReducer
from posecheck.facts.sentinels import SharedSentinels
from posecheck.facts.timestamps import TimestampReducer

__all__ = [
    "Camera",
    "ConfidenceReducer",
    "OutsideReducer",
    "PositionReducer",
    "ReprojectionReducer",
    "SharedSentinels",
    "TimeSource",
    "TimestampReducer",
    "compare_clocks",
    "instance_facts",
    "regular",
    "stamped",
]
