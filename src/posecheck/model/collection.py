"""What rules over several files see: a small summary of each NWB file of one dandiset.

A dandiset may hold thousands of files, so a summary keeps names and no data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A reference of an NWB file that leads to a file of its dandiset.

    Attributes
    ----------
    location
        The path of the object that stores it.
    entry
        What it is called there: ``external_file[0]``.
    path
        Components of the target from the dandiset's root.
    identity
        Equal for two mentions of one file; empty if its content is not there.
    is_video
        Whether an ImageSeries names it: not an image, nor a deprecated list of file names.
    """

    location: str = "/"
    entry: str = "external_file[0]"
    path: tuple[str, ...] = ()
    identity: str = ""
    is_video: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSummary:
    """One NWB file of a dandiset, as far as it matters to others.

    Attributes
    ----------
    file
        Its path as the user would write it.
    path
        Its components from the dandiset's root.
    in_bids
        Whether a BIDS dataset holds it.
    missed
        The file names of references that lead to no file of the dandiset.
    unread
        Why references of it are not known; empty if they are.
    has_pose
        Whether it holds pose, or training frames.
    ndx_pose_version
        The version of ndx-pose that it carries; ``None`` if it carries none.
    dangling
        The paths of its references to videos and images where no file is.
    probed, unplayable
        The paths of the videos that its ImageSeries reference and that were looked into, and of
        those among them that show nothing.
    """

    file: str = "recording.nwb"
    path: tuple[str, ...] = ()
    in_bids: bool = False
    object_id: str | None = None
    subject_id: str | None = None
    session_id: str | None = None
    mentions: tuple[Mention, ...] = ()
    missed: tuple[str, ...] = ()
    unread: str = ""
    has_pose: bool = False
    ndx_pose_version: str | None = None
    dangling: tuple[tuple[str, ...], ...] = ()
    probed: tuple[tuple[str, ...], ...] = ()
    unplayable: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Return the summary that `dataclasses.asdict` made a document of, be it through JSON.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        mentions = (
            Mention(**{**each, "path": tuple(each["path"])}) for each in document["mentions"]
        )
        places = {
            name: tuple(map(tuple, document[name])) for name in ("dangling", "probed", "unplayable")
        }
        return cls(
            **{
                **document,
                **places,
                "path": tuple(document["path"]),
                "missed": tuple(document["missed"]),
                "mentions": tuple(mentions),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOnDisk:
    """A video that lies in a dandiset, outside BIDS datasets.

    Attributes
    ----------
    file
        Its path as the user would write it.
    path
        Its components from the dandiset's root.
    identity
        Equal to a mention's that leads to it.
    """

    file: str = "video.mp4"
    path: tuple[str, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A dandiset: what a rule over several files is evaluated on.

    Such a rule says which file a hit concerns in a value of the hit that is named ``file``.

    Attributes
    ----------
    path
        The dandiset's folder as the user would write it.
    files
        The NWB files of it that were read, in the order of the run.
    videos
        The videos that lie in it; empty if ``unknown`` says why nobody looked.
    unknown
        Why the files are not known to be all of the dandiset's; empty if they are.
    """

    path: str = "."
    files: tuple[FileSummary, ...] = ()
    videos: tuple[VideoOnDisk, ...] = ()
    unknown: str = ""

    def mentions(self) -> Iterator[tuple[FileSummary, Mention]]:
        """Yield each mention with the file that makes it."""
        for file in self.files:
            for mention in file.mentions:
                yield file, mention
