"""The arithmetic of a reference: what a path stored in an NWB file means.

A reference is the text of an ``ImageSeries.external_file`` entry, of ``ExternalImage.data`` or of
the deprecated ``PoseEstimation.original_videos``. NWB wants it relative to the NWB file, in POSIX
spelling (NWB best practices, "use external mode"); labs store whatever their own machine showed.
Nothing here touches a disk: a reference is parsed, joined and compared as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:")
_LONG_PATH = re.compile(r"[\\/]{2}\?[\\/](?:(?P<unc>UNC)[\\/]|(?=[A-Za-z]:))", re.IGNORECASE)


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
        r"""Whether a relative reference is written with ``\`` between its components."""
        return self.kind is ReferenceKind.RELATIVE and "\\" in self.text

    @property
    def posix(self) -> str:
        """The reference in POSIX spelling, anchored as it was; a URL and a blank one unchanged."""
        if self.kind in {ReferenceKind.URL, ReferenceKind.BLANK}:
            return self.text
        if self.kind is ReferenceKind.RELATIVE:
            return _spell(self.parts)
        return self.anchor.rstrip("/") + "/" + "/".join(self.parts)


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
    if not text.replace("\0", "").strip():
        return Reference(text, ReferenceKind.BLANK)
    if text[: len("file:")].lower() == "file:":
        return _parse_file_url(text)
    if _URL.match(text):
        return _parse_url(text)
    kind, anchor, parts = _take_apart(text)
    return Reference(text, kind, parts, anchor)


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
    target = collapse((*folder, *reference.parts))
    return None if target[:1] == ("..",) else target


def relative(target: Iterable[str], folder: Iterable[str]) -> str:
    """Spell a target as a POSIX reference relative to a folder, both counted from one root."""
    to, start = list(target), list(folder)
    shared = 0
    while shared < min(len(to) - 1, len(start)) and to[shared] == start[shared]:
        shared += 1
    return _spell([*[".."] * (len(start) - shared), *to[shared:]])


def collapse(parts: Iterable[str]) -> tuple[str, ...]:
    """Let each ``..`` cancel the component before it; only leading ones are left."""
    path: list[str] = []
    for part in parts:
        if part == ".." and path and path[-1] != "..":
            path.pop()
        else:
            path.append(part)
    return tuple(path)


def _spell(parts: Sequence[str]) -> str:
    """Join components so that reading the result gives a relative reference again."""
    path = "/".join(parts) or "."
    # A first component such as "a:b" would be read as a drive, one of blanks as no path at all.
    return path if parse_reference(path).kind is ReferenceKind.RELATIVE else "./" + path


def _split(path: str, separators: str) -> tuple[str, ...]:
    parts = re.split("[" + re.escape(separators) + "]+", path)
    return tuple(part for part in parts if part not in {"", "."})


def _take_apart(path: str) -> tuple[ReferenceKind, str, tuple[str, ...]]:
    """Return the kind, the anchor and the components of a path that is no URL."""
    if prefix := _LONG_PATH.match(path):
        path = ("//" if prefix["unc"] else "") + path[prefix.end() :]
    if _DRIVE.match(path):
        return ReferenceKind.DRIVE, path[:2], _split(path[2:], "\\/")
    # POSIX reads three slashes and more as one, and leaves the meaning of two to the system.
    if path.startswith("\\\\") or (path.startswith("//") and not path.startswith("///")):
        host_share_path = _split(path, "\\/")
        if host_share_path:
            anchor = "//" + "/".join(host_share_path[:2])
            return ReferenceKind.UNC, anchor, host_share_path[2:]
    if path.startswith("/"):
        return ReferenceKind.POSIX_ABSOLUTE, "/", _split(path, "/")
    if path.startswith("\\"):
        # Absolute on the current Windows drive, whichever that was.
        return ReferenceKind.DRIVE, "/", _split(path, "\\/")
    return ReferenceKind.RELATIVE, "", _split(path, "\\/")


def _parse_file_url(text: str) -> Reference:
    rest = text[len("file:") :]
    if rest.startswith("\\"):
        rest = rest.replace("\\", "/")
    host = ""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = slash + path
    host, path = unquote(host), unquote(rest)
    if _DRIVE.match(host):  # two slashes where three belong: file://C:/a.mp4
        path = host + path
    elif host and host.lower() != "localhost":
        path = "//" + host + path
    elif _DRIVE.match(path[1:]):
        path = path[1:]
    _, anchor, parts = _take_apart(path)
    return Reference(text, ReferenceKind.FILE_URL, parts, anchor or "/")


def _parse_url(text: str) -> Reference:
    try:
        url = urlsplit(text)
    except ValueError:  # an unclosed "[" in the host: still a URL, of which nothing more is known
        return Reference(text, ReferenceKind.URL, (), text)
    return Reference(
        text, ReferenceKind.URL, _split(unquote(url.path), "/"), f"{url.scheme}://{url.netloc}"
    )
