"""A file outside that an NWB file names: what the reference says, and what is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posecheck.model.facts import ArrayInfo
from posecheck.model.reference import Reference
from posecheck.model.video_file import VideoFacts


class TargetState(StrEnum):
    """What lies where a reference points."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_FETCHED = "not-fetched"
    NOT_A_FILE = "not-a-file"
    OUTSIDE = "outside"
    OUTSIDE_REPOSITORY = "outside-repository"
    OUTSIDE_BY_LINK = "outside-by-link"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that a reference may mean which leads nowhere in the dandiset.

    Of an absolute reference it is the file at its path, or one of its name beside the NWB file; of
    a relative one a file of its name beside the NWB file, in the folder that is called like it, or
    of the same name in other letters.

    Attributes
    ----------
    reference
        How the NWB file would refer to it: relative, in POSIX spelling.
    path
        Its components, as those of `Target`.
    state
        ``PRESENT`` or ``NOT_FETCHED``.
    identity
        Equal for two candidates that are one file.
    is_meant
        Whether it is the very file at the path, which lies within the dandiset; else it only has
        the name.
    video
        What it holds; ``None`` if it was not read.
    """

    reference: str = ""
    path: tuple[str, ...] = ()
    state: TargetState = TargetState.PRESENT
    identity: str = ""
    is_meant: bool = False
    video: VideoFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the disk says of a reference.

    Attributes
    ----------
    state
        Whether a file is there.
    path
        Components of the target from the dandiset's root (or, outside a dandiset, from the NWB
        file's folder, where leading ``..`` may stand); empty if it has none.
    size
        Bytes, if it is present.
    identity
        Equal for two references that lead to one file.
    in_bids
        Whether a BIDS dataset holds it, of which dandi uploads every file.
    candidate
        The file that an absolute or a missing one may mean; ``None`` if there is none.
    of_another_file
        Whether it lies in the video folder of another NWB file, which is called like that file and
        lies beside it.
    """

    state: TargetState = TargetState.PRESENT
    path: tuple[str, ...] = ()
    size: int = 0
    identity: str = ""
    in_bids: bool = False
    candidate: Candidate | None = None
    of_another_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFile:
    """One entry of ``external_file``: what it says, and what is there.

    ``target`` is ``None`` if nobody looked, and ``video`` if nobody looked into it: it is not
    there, or no rule needed it.

    Attributes
    ----------
    stored
        The dataset that it is an entry of, wherever a link leads to it; ``None`` in memory.
    """

    index: int = 0
    reference: Reference
    target: Target | None = None
    video: VideoFacts | None = None
    stored: ArrayInfo | None = None
