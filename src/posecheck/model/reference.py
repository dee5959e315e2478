"""The arithmetic of a reference: what a path stored in an NWB file means.

A reference is the text of an ``ImageSeries.external_file`` entry, of ``ExternalImage.data`` or of
the deprecated ``PoseEstimation.original_videos``. NWB wants it relative to the NWB file, in POSIX
spelling (NWB best practices, "use external mode"); labs store whatever their own machine showed.
Nothing here touches a disk: a reference is parsed, joined and compared as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):(//)?")
_DRIVE = re.compile(r"^[A-Za-z]:")


class ReferenceKind(StrEnum):
    """How a reference is spelled."""

    BLANK = "blank"
    RELATIVE = "relative"
    POSIX_ABSOLUTE = "posix-absolute"
    DRIVE = "drive"
    UNC = "unc"
    FILE_URL = "file-url"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference.

    Attributes
    ----------
    text
        The reference as it is stored.
    kind
        Its spelling.
    parts
        The path's components, whichever separator wrote them; a drive, a UNC host and share, and
        a URL's host are not among them. ``.`` and empty components are dropped, ``..`` is kept.
    anchor
        What stands before the parts: ``/``, ``C:``, ``//host/share``, ``https://host`` or nothing.
    """

    text: str
    kind: ReferenceKind
    parts: tuple[str, ...] = ()
    anchor: str = ""

    @property
    def name(self) -> str:
        """The last component, or the empty string."""
        return self.parts[-1] if self.parts else ""

    @property
    def suffix(self) -> str:
        """The extension with its dot and in its own case; empty where there is none."""
        stem, dot, extension = self.name.rpartition(".")
        return dot + extension if stem.strip(".") else ""

    @property
    def is_absolute(self) -> bool:
        """Whether the reference names one machine's own file system."""
        return self.kind in {
            ReferenceKind.POSIX_ABSOLUTE,
            ReferenceKind.DRIVE,
            ReferenceKind.UNC,
            ReferenceKind.FILE_URL,
        }

    @property
    def has_backslash(self) -> bool:
        """Whether a relative reference is written with ``\\`` between its components."""
        return self.kind is ReferenceKind.RELATIVE and "\\" in self.text

    @property
    def posix(self) -> str:
        """The reference in POSIX spelling, anchored as it was."""
        path = "/".join(self.parts)
        if self.kind in {ReferenceKind.RELATIVE, ReferenceKind.BLANK}:
            return path
        return self.anchor.rstrip("/") + "/" + path


def parse_reference(text: str) -> Reference:
    r"""Take a stored reference apart.

    Parameters
    ----------
    text
        The reference, in POSIX (``videos/a.mp4``), Windows (``D:\a.mp4``), UNC
        (``\\host\share\a.mp4``) or URL (``file:///a.mp4``, ``https://host/a.mp4``) spelling.

    Returns
    -------
    Reference
        Never fails: what fits no other spelling is relative.
    """
    if not text.strip().strip("\0"):
        return Reference(text, ReferenceKind.BLANK)
    if _DRIVE.match(text):
        return Reference(text, ReferenceKind.DRIVE, _split(text[2:], "\\/"), text[:2])
    if text.startswith(("\\\\", "//")):
        host_share_path = _split(text, "\\/")
        anchor = "//" + "/".join(host_share_path[:2])
        return Reference(text, ReferenceKind.UNC, host_share_path[2:], anchor)
    if text.lower().startswith("file:"):
        return _parse_file_url(text)
    scheme = _SCHEME.match(text)
    if scheme and scheme[2]:
        return _parse_url(text)
    if text.startswith("/"):
        return Reference(text, ReferenceKind.POSIX_ABSOLUTE, _split(text, "/"), "/")
    if text.startswith("\\"):
        # Absolute on the current Windows drive, whichever that was.
        return Reference(text, ReferenceKind.DRIVE, _split(text, "\\/"), "\\")
    return Reference(text, ReferenceKind.RELATIVE, _split(text, "\\/"))


def join(folder: Iterable[str], reference: Reference) -> tuple[str, ...] | None:
    """Follow a relative reference from the folder of its NWB file.

    Parameters
    ----------
    folder
        The components of the folder, counted from a root that must not be left (a dandiset).
    reference
        A relative reference; any other kind raises.

    Returns
    -------
    tuple of str or None
        The components of the target, counted from the same root; ``None`` where the reference
        climbs out of it.

    Raises
    ------
    ValueError
        If the reference is not relative.
    """
    if reference.kind is not ReferenceKind.RELATIVE:
        raise ValueError(f"not a relative reference: {reference.text!r}")
    target = list(folder)
    for part in reference.parts:
        if part != "..":
            target.append(part)
        elif target:
            target.pop()
        else:
            return None
    return tuple(target)


def relative(target: Iterable[str], folder: Iterable[str]) -> str:
    """Spell a target as a POSIX reference relative to a folder, both counted from one root."""
    to, start = list(target), list(folder)
    shared = 0
    while shared < min(len(to) - 1, len(start)) and to[shared] == start[shared]:
        shared += 1
    return "/".join([".."] * (len(start) - shared) + to[shared:])


def _split(path: str, separators: str) -> tuple[str, ...]:
    parts = re.split("[" + re.escape(separators) + "]+", path)
    return tuple(part for part in parts if part not in {"", "."})


def _parse_file_url(text: str) -> Reference:
    rest = text[len("file:") :]
    host = ""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = slash + path
    rest = unquote(rest)
    if host and host.lower() != "localhost":
        return Reference(text, ReferenceKind.FILE_URL, _split(rest, "\\/"), f"//{host}")
    drive = re.match(r"^/?([A-Za-z]:)", rest)
    if drive:
        return Reference(
            text, ReferenceKind.FILE_URL, _split(rest[drive.end() :], "\\/"), drive[1]
        )
    return Reference(text, ReferenceKind.FILE_URL, _split(rest, "/"), "/")


def _parse_url(text: str) -> Reference:
    try:
        url = urlsplit(text)
    except ValueError:  # an unclosed "[" in the host: still a URL, of which nothing more is known
        return Reference(text, ReferenceKind.URL, (), text)
    return Reference(
        text, ReferenceKind.URL, _split(unquote(url.path), "/"), f"{url.scheme}://{url.netloc}"
    )
