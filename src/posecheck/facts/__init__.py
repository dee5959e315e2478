"""One-pass reducers over blocks of an array: what an array is like, in bounded memory."""

from posecheck.facts.clock_comparison import compare_clocks, regular, stamped
from posecheck.facts.confidence_reducer import ConfidenceReducer
from posecheck.facts.frame_bounds import OutsideReducer
from posecheck.facts.instances import instance_facts
from posecheck.facts.position_reducer import PositionReducer
from posecheck.facts.reprojection_reducer import Camera, ReprojectionReducer
from posecheck.facts.sample_matches import TimeSource
from posecheck.facts.sentinels import SharedSentinels
from posecheck.facts.timestamp_reducer import TimestampReducer

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
