"""What of a file could not be understood, kept for a rule to report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from posecheck.model.values import Value


class ProblemKind(StrEnum):
    """What went wrong on the way from the disk to the model."""

    UNREADABLE = "unreadable"
    NOT_NWB = "not-nwb"
    NOT_FETCHED = "not-fetched"
    DANGLING_LINK = "dangling-link"
    EXTERNAL_DATA = "external-data"
    UNREADABLE_PART = "unreadable-part"
    MALFORMED = "malformed"
    POSE_TYPE_LOST = "pose-type-lost"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    CHANGED = "changed"
    IN_USE = "in-use"
    USE_UNKNOWN = "use-unknown"
    NOT_READ_BY_PYNWB = "not-read-by-pynwb"
    METADATA_REFUSED = "metadata-refused"
    METADATA_UNKNOWN = "metadata-unknown"
    VALIDATOR_TIMED_OUT = "validator-timed-out"
    VALIDATOR_CRASHED = "validator-crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the file that could not be understood, kept for a rule to report.

    Attributes
    ----------
    kind
        What went wrong.
    location
        The object's path in the file.
    owner, member
        The path of the object whose field cannot be understood, and the name of that field's
        dataset or link; ``location`` is elsewhere if a link leads there. An empty ``member`` stands
        for the object itself, an empty ``owner`` for what holds ``location``.
    attribute
        The name of the attribute that is meant; empty where it is the object itself.
    detail
        A clause that completes "…: " in a message.
    values
        Figures and names for machines.
    """

    kind: ProblemKind
    location: str = "/"
    owner: str = ""
    member: str = ""
    attribute: str = ""
    detail: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
