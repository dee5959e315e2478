"""Whether the whole of a file is there, by the lengths that its own parts state.

FFmpeg plays what is left of a truncated file without a word. The outermost parts of a container
(boxes, chunks, elements) each say how long they are: it takes a few reads to see that the last one
reaches beyond the end of the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from posecheck.model.wording import counted

_MOST_PARTS = 200_000
_HEAD = 65_536
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_SEGMENT = b"\x18\x53\x80\x67"


@dataclass(frozen=True, slots=True)
class Structure:
    """What the outermost parts of a file say.

    Attributes
    ----------
    overrun
        How the last part reaches beyond the end, as a clause; empty if it does not.
    parts
        The names of the parts that were met (MP4 only).
    """

    overrun: str = ""
    parts: frozenset[str] = frozenset()


def survey(file: IO[bytes], size: int, demuxer: str) -> Structure:
    """Look at the outermost parts of a file.

    Parameters
    ----------
    file
        Opened for reading, wherever it stands; it is left somewhere else.
    size
        Its size in bytes.
    demuxer
        FFmpeg's name of the format; of one that states no lengths nothing is said.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if demuxer == "mov":
        return _survey_boxes(file, size)
    if demuxer == "avi":
        return _survey_chunks(file, size)
    if demuxer == "matroska":
        return _survey_segment(file, size)
    if demuxer == "asf":
        return _survey_properties(file, size)
    return Structure()


def _survey_boxes(file: IO[bytes], size: int) -> Structure:
    """Walk the boxes of MP4 and QuickTime (ISO 14496-12, 4.2)."""
    names: set[str] = set()
    for name, start, length in _boxes(file, size):
        names.add(name)
        if start + length > size:
            return Structure(_truncated(name, length, size - start), frozenset(names))
    return Structure(parts=frozenset(names))


def _boxes(file: IO[bytes], size: int) -> Iterator[tuple[str, int, int]]:
    start = 0
    for _ in range(_MOST_PARTS):
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        length, raw = struct.unpack(">I4s", head[:8])
        if not all(0x20 <= byte < 0x7F for byte in raw):
            return  # padding behind the last box
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack(">Q", head[8:])
        elif length == 0:
            length = size - start
        if length < 8:
            return
        yield raw.decode("ascii"), start, length
        start += length
        if start >= size:
            return


def _survey_chunks(file: IO[bytes], size: int) -> Structure:
    """Walk the RIFF chunks of AVI; beyond 1 GB there are several (OpenDML)."""
    start = 0
    for _ in range(_MOST_PARTS):
        file.seek(start)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            break
        length = struct.unpack("<I", head[4:])[0] + 8
        if start + length > size:
            return Structure(_truncated("RIFF", length, size - start))
        if length <= 8:
            break
        start += length + length % 2
    return Structure()


def _survey_segment(file: IO[bytes], size: int) -> Structure:
    """Hold the length of Matroska's Segment against the file (RFC 8794, RFC 9559)."""
    file.seek(0)
    head = file.read(_HEAD)
    length, width = _vint(head, 4)
    start = 4 + width + (length or 0)
    if length is None or head[start : start + 4] != _SEGMENT:
        return Structure()
    length, width = _vint(head, start + 4)
    first = start + 4 + width
    if length is not None and first + length > size:
        return Structure(_truncated("Segment", length, size - first))
    return Structure()


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """Read a variable-length size; ``None`` where it is unknown, as in a live stream."""
    if at >= len(data) or not data[at]:
        return None, 1
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width]) & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), width


def _survey_properties(file: IO[bytes], size: int) -> Structure:
    """Read the size of an ASF file from its File Properties Object (ASF specification, 3.2)."""
    file.seek(0)
    head = file.read(_HEAD)
    at = head.find(_ASF_FILE_PROPERTIES)
    if at < 0 or len(head) < at + 92:
        return Structure()
    (stated,) = struct.unpack_from("<Q", head, at + 40)
    (flags,) = struct.unpack_from("<I", head, at + 88)
    is_broadcast = bool(flags & 1)
    if stated > size and not is_broadcast:
        return Structure(_truncated("header", stated, size))
    return Structure()


def _truncated(part: str, stated: int, there: int) -> str:
    return f"its {part} states {counted(stated, 'byte')}, of which {max(there, 0):,} are there"
