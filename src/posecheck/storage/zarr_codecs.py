"""From the bytes of a chunk to its values, by numcodecs, within bounds and without running code.

Codecs say how much they unpack before they do, or are stopped at a bound. Pickled objects, in
which hdmf-zarr keeps references, are code to whoever unpickles them: here nothing but lists,
tuples, texts and numbers comes out of them.
"""

from __future__ import annotations

import bz2
import io
import pickle
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numcodecs
import numpy as np
import numpy.typing as npt

LARGEST_CHUNK = 1024**3
"""How many bytes a chunk may have when it is unpacked."""

_NUMERIC_FILTERS = frozenset(
    {"shuffle", "delta", "fixedscaleoffset", "quantize", "packbits", "astype", "bitround"}
)
_COMPRESSORS = frozenset({"blosc", "zlib", "gzip", "zstd", "lz4", "bz2", "lzma"})
OBJECT_CODECS = frozenset({"vlen-utf8", "vlen-bytes", "json2", "pickle"})
_ANY_WINDOW = 32 + zlib.MAX_WBITS
_ZSTD = b"\x28\xb5\x2f\xfd"


class CodecError(Exception):
    """A chunk cannot be unpacked, or may not be."""


def check_codec(configuration: Any) -> Mapping[str, Any]:
    """Return the configuration of a codec if it is one that is known here.

    Raises
    ------
    CodecError
        If it is not.
    """
    name = configuration.get("id") if isinstance(configuration, Mapping) else None
    if name not in _NUMERIC_FILTERS | _COMPRESSORS | OBJECT_CODECS:
        raise CodecError(f"its values are packed by {name!r}, which posecheck does not unpack")
    found: Mapping[str, Any] = configuration
    return found


def decode_numbers(
    raw: bytes, codecs: list[Mapping[str, Any]], dtype: np.dtype[Any], count: int
) -> npt.NDArray[Any]:
    """Return the values of a chunk of numbers, flat.

    Parameters
    ----------
    raw
        What is stored.
    codecs
        What packed it, the last one first.
    dtype
        The type of its values.
    count
        How many there are.

    Raises
    ------
    CodecError
        If they cannot be unpacked, or are not as many.
    """
    data: Any = raw
    for configuration in codecs:
        data = _unpack(configuration, data)
    wanted = count * dtype.itemsize
    packed = data.tobytes() if isinstance(data, np.ndarray) else data
    size = memoryview(packed).nbytes
    if size != wanted:
        raise CodecError(f"it has {size:,} bytes, where {wanted:,} are wanted")
    return np.frombuffer(packed, dtype=dtype)


def decode_objects(raw: bytes, codecs: list[Mapping[str, Any]], count: int) -> list[Any]:
    """Return the values of a chunk of texts or references, flat.

    Parameters
    ----------
    raw
        What is stored.
    codecs
        What packed it, the last one first, and at the end what made bytes of the objects.
    count
        How many there are.

    Raises
    ------
    CodecError
        If they cannot be unpacked, or are not as many.
    """
    data: Any = raw
    for configuration in codecs[:-1]:
        data = _unpack(configuration, data)
    values = _objects(codecs[-1], bytes(data))
    if len(values) != count:
        raise CodecError(f"it does not hold the {count:,} values that are wanted")
    return values


def _objects(configuration: Mapping[str, Any], content: bytes) -> list[Any]:
    name = configuration["id"]
    if name == "pickle":
        return objects_of_pickle(content)
    if name in {"vlen-utf8", "vlen-bytes"}:
        _check_lengths(content)
    decoded = _decoded(configuration, content)
    return list(np.asarray(decoded, dtype=object).reshape(-1))


def _unpack(configuration: Mapping[str, Any], data: Any) -> Any:
    name = configuration["id"]
    if name in _COMPRESSORS:
        raw = bytes(data)
        stated = _stated_size(name, raw)
        if stated is not None and stated > LARGEST_CHUNK:
            raise CodecError(f"it would have {stated:,} bytes when unpacked")
        bounded = _BOUNDED.get(name)
        if bounded is not None:
            return bounded(raw)
        return _decoded(configuration, raw)
    return _decoded(configuration, data)


def _decoded(configuration: Mapping[str, Any], data: Any) -> Any:
    try:
        return numcodecs.get_codec(dict(configuration)).decode(data)
    except MemoryError:
        raise
    except Exception as error:
        raise CodecError(f"{configuration['id']} cannot unpack it: {error}") from error


def _stated_size(name: str, raw: bytes) -> int | None:
    """Return how many bytes packed bytes say that they are; ``None`` where they do not say."""
    if name == "blosc":
        if len(raw) < 16:
            raise CodecError("blosc cannot unpack it: it is cut off")
        if int.from_bytes(raw[12:16], "little") > len(raw):
            raise CodecError("blosc cannot unpack it: it is cut off")
        return int.from_bytes(raw[4:8], "little")
    if name == "lz4":
        return int.from_bytes(raw[:4], "little")
    if name == "zstd" and raw.startswith(_ZSTD) and len(raw) > 5:
        # RFC 8878, section 3.1.1.1: a flag for the width, and one for a single segment.
        width = (raw[4] >> 5 & 1, 2, 4, 8)[raw[4] >> 6]
        start = 5 + (0 if raw[4] >> 5 & 1 else 1) + (0, 1, 2, 4)[raw[4] & 3]
        return int.from_bytes(raw[start : start + width], "little") if width else None
    return None


def _inflated(raw: bytes) -> bytes:
    parts, left = [], LARGEST_CHUNK
    while raw:
        unpacker = zlib.decompressobj(_ANY_WINDOW)
        try:
            part = unpacker.decompress(raw, left + 1)
        except zlib.error as error:
            raise CodecError(f"zlib cannot unpack it: {error}") from error
        left -= len(part)
        if left < 0:
            raise CodecError(f"it would have more than {LARGEST_CHUNK:,} bytes when unpacked")
        if not unpacker.eof:
            raise CodecError("zlib cannot unpack it: it is cut off")
        parts.append(part)
        raw = unpacker.unused_data
    return b"".join(parts)


def _bz2(raw: bytes) -> bytes:
    unpacker = bz2.BZ2Decompressor()
    try:
        unpacked = unpacker.decompress(raw, LARGEST_CHUNK + 1)
    except OSError as error:
        raise CodecError(f"bz2 cannot unpack it: {error}") from error
    if not unpacker.eof:
        raise CodecError("bz2 cannot unpack it: it is cut off, or far too large")
    return unpacked


_BOUNDED: Mapping[str, Callable[[bytes], bytes]] = {
    "zlib": _inflated,
    "gzip": _inflated,
    "bz2": _bz2,
}


def _check_lengths(content: bytes) -> None:
    """Check that the number of texts, for which room is made at once, can be in these bytes."""
    if len(content) < 4 or int.from_bytes(content[:4], "little") * 4 > len(content):
        raise CodecError("its texts are cut off")


class _Inert:
    """Stands for a class of NumPy in pickled objects: it keeps what it is given."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _InertReference(dict[str, Any]):
    """Stands for a reference of hdmf-zarr, which is a dictionary."""

    def __setstate__(self, state: Any) -> None:
        """Leave out what is no item."""


def _bytes_of_text(text: str, encoding: str = "latin1") -> bytes:
    # Of protocols before 3, which have no bytes of their own.
    return text.encode("latin1") if encoding == "latin1" else b""


_ALLOWED: Mapping[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Inert,
    ("numpy", "dtype"): _Inert,
    ("numpy.core.multiarray", "_reconstruct"): _Inert,
    ("numpy._core.multiarray", "_reconstruct"): _Inert,
    ("numpy.core.multiarray", "scalar"): _Inert,
    ("numpy._core.multiarray", "scalar"): _Inert,
    ("hdmf_zarr.utils", "ZarrReference"): _InertReference,
    ("_codecs", "encode"): _bytes_of_text,
}


class _InertUnpickler(pickle.Unpickler):
    """Makes lists, tuples, texts and numbers, and nothing that runs."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            called = f"{module}.{name}"
            raise CodecError(f"its pickled objects call {called}, which is not run") from None

    def persistent_load(self, pid: Any) -> Any:
        raise CodecError("its pickled objects name something outside")


def objects_of_pickle(content: bytes) -> list[Any]:
    """Return the values of a pickled array of objects, flat, without running what is pickled.

    Raises
    ------
    CodecError
        If there is anything else in it.
    """
    try:
        array = _InertUnpickler(io.BytesIO(content)).load()
    except (MemoryError, CodecError):
        raise
    except Exception as error:
        raise CodecError(f"pickle cannot unpack it: {error}") from error
    if isinstance(array, list):
        return [_plain(value) for value in array]
    # NumPy's own state of an array: version, shape, type, order, values as a list.
    state = array.state if isinstance(array, _Inert) else None
    if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[4], list):
        raise CodecError("its pickled objects are no array of objects")
    return [_plain(value) for value in state[4]]


def _plain(value: Any) -> Any:
    if isinstance(value, _Inert):
        return _scalar(value)
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value


def _scalar(value: _Inert) -> Any:
    """Return a number that NumPy pickled as one of its own types."""
    kind = value.arguments[0] if len(value.arguments) == 2 else None
    raw = value.arguments[1] if len(value.arguments) == 2 else None
    name = kind.arguments[0] if isinstance(kind, _Inert) and kind.arguments else None
    if not isinstance(name, str) or not isinstance(raw, bytes) or name[:1] not in "biuf":
        raise CodecError("its pickled objects hold something else than references and numbers")
    try:
        return np.frombuffer(raw, dtype=np.dtype(name))[0].item()
    except (TypeError, ValueError, IndexError) as error:
        raise CodecError(f"a pickled number is damaged: {error}") from error
