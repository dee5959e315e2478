"""The recordings of an upload: an NWB file with what it references, and why one is not sent."""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.asset import Pointer
from posecheck.model.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReference:
    """A reference of an NWB file that leads to another server, which is not followed.

    Attributes
    ----------
    location, entry
        As of a `Pointer`.
    url
        The address.
    """

    location: str
    entry: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRecording:
    """An NWB file and what it references: sent whole, the NWB file last, or not at all.

    Attributes
    ----------
    path
        The NWB file's path in the dandiset.
    display_path
        Its path as the user would write it.
    pointers
        Its references to files of the dandiset.
    archived
        Of the pointers, those to files that the archive holds and this disk does not.
    left_out
        References that lead to nothing that is sent, because the user allowed that; the path is
        what the NWB file says.
    external
        Those to other servers.
    """

    path: str
    display_path: str
    pointers: tuple[Pointer, ...] = ()
    archived: tuple[Pointer, ...] = ()
    left_out: tuple[Pointer, ...] = ()
    external: tuple[ExternalReference, ...] = ()

    @property
    def media(self) -> tuple[str, ...]:
        """The paths of what it references, each once."""
        return tuple(dict.fromkeys(pointer.path for pointer in self.pointers))

    @property
    def paths(self) -> tuple[str, ...]:
        """Everything that belongs to it, in the order of sending."""
        return (*self.media, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a recording, or a file that was named, is not sent.

    Attributes
    ----------
    display_path
        The file's path as the user would write it.
    reason
        A sentence.
    remedy
        What to do about it.
    path
        Its path in the dandiset.
    code
        The rule that says so, if one does.
    """

    display_path: str
    reason: str
    remedy: str
    path: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedFinding:
    """An error that the user decided to upload with."""

    path: str
    code: str
    location: str
    message: str
    severity: Severity = Severity.ERROR
