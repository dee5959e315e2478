"""From the bytes of a chunk to its values, by numcodecs, within bounds and without running code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from posecheck.storage.zarr_decompression import (
    COMPRESSORS,
    CodecError,
    check_unpacked_size,
    decompress,
    run_codec,
)
from posecheck.storage.zarr_pickle import objects_of_pickle

_NUMERIC_FILTERS = frozenset(
    {"shuffle", "delta", "fixedscaleoffset", "quantize", "packbits", "astype", "bitround"}
)
_TYPES_OF_FILTERS: Mapping[str, tuple[str, str]] = {
    "astype": ("decode_dtype", "encode_dtype"),
    "delta": ("dtype", "astype"),
    "fixedscaleoffset": ("dtype", "astype"),
    "quantize": ("dtype", "astype"),
}
"""By filter, what says the type of its values, and that of the stored ones."""
OBJECT_CODECS = frozenset({"vlen-utf8", "vlen-bytes", "json2", "pickle"})


def check_codec(configuration: Any) -> Mapping[str, Any]:
    """Return the configuration of a codec if it is one that is known here.

    Raises
    ------
    CodecError
        If it is not.
    """
    name = configuration.get("id") if isinstance(configuration, Mapping) else None
    if name not in _NUMERIC_FILTERS | COMPRESSORS | OBJECT_CODECS:
        raise CodecError(f"its values are packed by {name!r}, which posecheck does not unpack")
    found: Mapping[str, Any] = configuration
    _growth(found)
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
    decoded = run_codec(configuration, content)
    return list(np.asarray(decoded, dtype=object).reshape(-1))


def _unpack(configuration: Mapping[str, Any], data: Any) -> Any:
    if configuration["id"] in COMPRESSORS:
        return decompress(configuration, bytes(data))
    check_unpacked_size(math.ceil(memoryview(data).nbytes * _growth(configuration)))
    return run_codec(configuration, data)


def _growth(configuration: Mapping[str, Any]) -> float:
    """Return by how much a filter multiplies the bytes that it gets.

    Raises
    ------
    CodecError
        If it makes other values than numbers, which could be of any size.
    """
    name = configuration["id"]
    if name == "packbits":
        return 8
    if name not in _TYPES_OF_FILTERS:
        return 1
    to, of = (configuration.get(key) for key in _TYPES_OF_FILTERS[name])
    if name == "fixedscaleoffset" and not all(
        isinstance(configuration.get(key), int | float) for key in ("scale", "offset")
    ):
        raise CodecError("its values are packed by a filter whose scale is no number")
    decoded = _number_type(name, to)
    return decoded.itemsize / _number_type(name, to if of is None else of).itemsize


def _number_type(name: str, stored: Any) -> np.dtype[Any]:
    try:
        dtype = np.dtype(stored) if isinstance(stored, str) else None
    except (TypeError, ValueError):
        dtype = None
    if dtype is None or dtype.kind not in "biufc":
        raise CodecError(f"its values are packed by {name!r} to {stored!r}, which is no number")
    return dtype


def _check_lengths(content: bytes) -> None:
    """Check that the number of texts, for which room is made at once, can be in these bytes."""
    if len(content) < 4 or int.from_bytes(content[:4], "little") * 4 > len(content):
        raise CodecError("its texts are cut off")
