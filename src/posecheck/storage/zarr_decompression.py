"""Chunks of a Zarr store as they were before they were compressed, up to a bound.

A few bytes can unpack to more than the memory holds. Some formats say how much they unpack to, the
others are stopped at the bound.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numcodecs

LARGEST_CHUNK = 1024**3
"""How many bytes a chunk may have when it is unpacked."""

COMPRESSORS = frozenset({"blosc", "zlib", "gzip", "zstd", "lz4", "bz2", "lzma"})

_MOST_STREAMS = 100
_ANY_WINDOW = 32 + zlib.MAX_WBITS
_LARGEST_DICTIONARY = 256 * 1024**2
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_BLOCK = 128 * 1024
_ZSTD_LEAST = 1024


class CodecError(Exception):
    """A chunk cannot be unpacked, or may not be."""


class _Decompressor(Protocol):
    """What the decompressors of the standard library share."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


def decompress(configuration: Mapping[str, Any], raw: bytes) -> bytes:
    """Return bytes as they were before a compressor.

    Parameters
    ----------
    configuration
        The compressor, as Zarr's metadata has it.
    raw
        What is stored.

    Raises
    ------
    CodecError
        If they cannot be unpacked, or would have more than `LARGEST_CHUNK` bytes.
    """
    name = configuration["id"]
    if name in {"zlib", "gzip"}:
        return _stream(name, lambda: zlib.decompressobj(_ANY_WINDOW), raw)
    if name == "bz2":
        return _stream(name, bz2.BZ2Decompressor, raw)
    if name == "lzma":
        return _stream(name, lambda: _lzma(configuration), raw)
    check_unpacked_size(_largest_size(name, raw))
    return bytes(run_codec(configuration, raw))


def check_unpacked_size(size: int) -> None:
    """Raise if so many bytes are more than are unpacked.

    Raises
    ------
    CodecError
        If they are.
    """
    if size > LARGEST_CHUNK:
        raise CodecError(f"it would have more than {LARGEST_CHUNK:,} bytes when unpacked")


def run_codec(configuration: Mapping[str, Any], data: Any) -> Any:
    """Return what numcodecs makes of bytes; how much that is must have been checked.

    Raises
    ------
    CodecError
        If it cannot unpack them.
    """
    try:
        return numcodecs.get_codec(dict(configuration)).decode(data)
    except MemoryError:
        raise
    except Exception as error:
        raise CodecError(f"{configuration['id']} cannot unpack it: {error}") from error


def _stream(name: str, create: Callable[[], _Decompressor], raw: bytes) -> bytes:
    parts, size = [], 0
    for _ in range(_MOST_STREAMS):
        try:
            unpacker = create()
            part = unpacker.decompress(raw, LARGEST_CHUNK - size + 1)
        except MemoryError:
            raise
        except (zlib.error, lzma.LZMAError, OSError, EOFError, TypeError, ValueError) as error:
            raise CodecError(f"{name} cannot unpack it: {error}") from error
        size += len(part)
        check_unpacked_size(size)
        if not unpacker.eof:
            raise CodecError(f"{name} cannot unpack it: it is cut off")
        parts.append(part)
        raw = unpacker.unused_data
        if not raw:
            return b"".join(parts)
    raise CodecError(f"{name} cannot unpack it: it is more than {_MOST_STREAMS} streams")


def _lzma(configuration: Mapping[str, Any]) -> lzma.LZMADecompressor:
    kind, filters = configuration.get("format", lzma.FORMAT_XZ), configuration.get("filters")
    if kind != lzma.FORMAT_RAW:
        return lzma.LZMADecompressor(kind, _LARGEST_DICTIONARY)
    if any(one.get("dict_size", 0) > _LARGEST_DICTIONARY for one in filters or ()):
        raise ValueError("its dictionary is too large")
    return lzma.LZMADecompressor(kind, filters=filters)


def _largest_size(name: str, raw: bytes) -> int:
    """Return how many bytes packed bytes can become at most."""
    if name == "lz4":
        return int.from_bytes(raw[:4], "little")
    if name == "zstd":
        return _largest_size_of_zstd(raw)
    if len(raw) < 16 or int.from_bytes(raw[12:16], "little") > len(raw):
        raise CodecError("blosc cannot unpack it: it is cut off")
    return int.from_bytes(raw[4:8], "little")


def _largest_size_of_zstd(raw: bytes) -> int:
    """Return what a frame says that it becomes, else what its blocks can become.

    The format is that of RFC 8878, section 3.1.1.
    """
    if not raw.startswith(_ZSTD) or len(raw) < 6:
        raise CodecError("zstd cannot unpack it: it is no frame of zstd")
    flags, size, start = raw[4], 0, 0
    is_single_segment = flags >> 5 & 1
    width = (is_single_segment, 2, 4, 8)[flags >> 6]
    if width:
        start = 5 + (0 if is_single_segment else 1) + (0, 1, 2, 4)[flags & 3]
        return int.from_bytes(raw[start : start + width], "little")
    # Frames may follow each other. Empty blocks count as well, or looking at them would not end.
    while raw[start : start + 4] == _ZSTD and start + 5 < len(raw) and size <= LARGEST_CHUNK:
        size, start = _after_blocks(raw, start, size)
    return size


def _after_blocks(raw: bytes, start: int, size: int) -> tuple[int, int]:
    """Return the size that the blocks of a frame add up to, and where the frame ends."""
    flags = raw[start + 4]
    is_single_segment = flags >> 5 & 1
    width = (is_single_segment, 2, 4, 8)[flags >> 6]
    start += 5 + (0 if is_single_segment else 1) + (0, 1, 2, 4)[flags & 3] + width
    is_last = False
    while not is_last and size <= LARGEST_CHUNK and start + 3 <= len(raw):
        header = int.from_bytes(raw[start : start + 3], "little")
        is_last, kind, length = bool(header & 1), header >> 1 & 3, header >> 3
        size += max(_ZSTD_LEAST, _ZSTD_BLOCK if kind == 2 else length)
        start += 3 + (1 if kind == 1 else length)
    return size, start + (4 if flags >> 2 & 1 else 0)
