"""What a file is that is not NWB: a SLEAP project, a table, a video.

A format is recognized by what its own files begin with or hold, never by a name alone: a damaged
NWB file must not be taken for something else.
"""

from __future__ import annotations

from posecheck.sources.source import Source
from posecheck.storage import Group

_HEAD = 512

_BEGINNINGS = {
    b"\x1aE\xdf\xa3": "video",  # Matroska
    b"\x00\x00\x01\xba": "video",  # MPEG program stream
    b"\x89PNG\r\n": "image",
    b"\xff\xd8\xff": "image",
    b"II*\x00": "image",
    b"MM\x00*": "image",
    b"MATLAB 5.0 MAT-file": "matlab",
    b"MATLAB 7.3 MAT-file": "matlab",  # HDF5 behind a block of 512 bytes
}

_HOLDINGS = {
    "sleap-project": {"metadata", "frames", "instances", "points"},
    "sleap-analysis": {"tracks", "track_occupancy", "node_names"},
    "deeplabcut": {"df_with_missing"},
    "jabs": {"poseest"},
}
"""The members that the root of each format's files has."""

_WEB_PAGE = (b"<!doctype html", b"<html")
_TABLES = (".csv", ".tsv")


def format_of_file(source: Source) -> str:
    """Return the format that a file begins as: video, image, matlab, web-page or table."""
    try:
        with source.open() as file:
            head = file.read(_HEAD) or b""
    except OSError:
        return ""
    if head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return "video"
    for beginning, name in _BEGINNINGS.items():
        if head.startswith(beginning):
            return name
    if head.lstrip().lower().startswith(_WEB_PAGE):
        return "web-page"
    is_table = source.suffix in _TABLES or head.startswith(b"scorer,")
    return "table" if is_table and b"\x00" not in head else ""


def format_of_root(root: Group, source: Source) -> str:
    """Return the format of an HDF5 file that is not NWB: a key of its variant; else nothing."""
    if format_of_file(source) == "matlab":
        return "matlab"
    names = {link.name for link in root.links()}
    for name, held in _HOLDINGS.items():
        if held <= names:
            return name
    return ""
