"""What a Zarr store says of its groups and arrays: JSON of Zarr's format 2, checked.

Read here and not by the library, of which releases 2 and 3 differ, and neither of which is made for
documents that somebody damaged.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.zarr_codecs import OBJECT_CODECS, check_codec
from posecheck.storage.zarr_decompression import LARGEST_CHUNK, CodecError

LARGEST_DOCUMENT = 64 * 1024**2
"""How many bytes a document of metadata may have."""

_MOST_CHUNKS = 1_000_000
_MOST_DIMENSIONS = 32
_MOST_FIELDS = 256
_PLAIN_TYPE = re.compile(r"[<>|]([biufcSUVO])([0-9]{0,9})")
_TIME_TYPE = re.compile(r"[<>][mM]8\[[0-9]{0,9}[A-Za-zμ]{1,2}\]")
_SEPARATORS = (".", "/")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayHeader:
    """What is stored of an array besides its values.

    Attributes
    ----------
    shape, chunks
        The extent of it, and of each of its chunks.
    dtype
        The type of its values; ``object`` for texts and references.
    codecs
        What unpacks a chunk, in this order.
    order
        Whether a chunk lies in memory by rows ("C") or by columns ("F").
    fill
        The value of chunks that are not stored; ``None`` if it has none.
    separator
        What stands between the numbers in a chunk's name.
    unread
        Why its values are not read, as a clause; empty if they are.
    unpackable
        Why its values cannot be had from the chunks, as a clause; empty if they can.
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    codecs: tuple[Mapping[str, Any], ...]
    order: str
    fill: Any
    separator: str
    unread: str = ""
    unpackable: str = ""

    @property
    def is_packed(self) -> bool:
        """Whether anything packs the values."""
        return len(self.codecs) > self.holds_objects

    @property
    def holds_objects(self) -> bool:
        """Whether its values are texts or references."""
        return self.dtype.hasobject


def parse_document(content: bytes, location: str) -> dict[str, Any]:
    """Return a document of metadata.

    Raises
    ------
    StorageError
        If it is no JSON object.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        detail = f"its metadata is damaged: {error}"
        raise StorageError(Trouble.UNREADABLE, detail, location) from error
    if not isinstance(document, dict):
        detail = "its metadata is damaged: it is no JSON object"
        raise StorageError(Trouble.UNREADABLE, detail, location)
    return document


def parse_array(document: Mapping[str, Any], location: str) -> ArrayHeader:
    """Return the header of an array.

    Raises
    ------
    StorageError
        If it is not what Zarr's format 2 asks for.
    """
    try:
        return _header(document)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        detail = f"its metadata is damaged: {error}"
        raise StorageError(Trouble.UNREADABLE, detail, location) from error


def _header(document: Mapping[str, Any]) -> ArrayHeader:
    if document.get("zarr_format") != 2:
        raise ValueError(f"it is of Zarr's format {document.get('zarr_format')!r}, not 2")
    shape, chunks = (_extent(document[name], name) for name in ("shape", "chunks"))
    if len(shape) != len(chunks) or len(shape) > _MOST_DIMENSIONS or 0 in chunks:
        raise ValueError(f"chunks of the extent {chunks} in an array of the extent {shape}")
    order = document.get("order", "C")
    separator = document.get("dimension_separator", ".")
    if order not in {"C", "F"} or separator not in _SEPARATORS:
        raise ValueError(f"its order is {order!r}, and its separator {separator!r}")
    dtype = _dtype(document["dtype"])
    codecs, unpackable = _codecs(document, dtype)
    is_too_large = math.prod(chunks) * dtype.itemsize > LARGEST_CHUNK
    return ArrayHeader(
        shape=shape,
        chunks=chunks,
        dtype=dtype,
        codecs=codecs,
        order=order,
        fill=_fill(document.get("fill_value"), dtype),
        separator=separator,
        unread="its chunks are larger than 1 GiB" if is_too_large else "",
        unpackable=unpackable or _too_many_chunks(shape, chunks),
    )


def _too_many_chunks(shape: tuple[int, ...], chunks: tuple[int, ...]) -> str:
    """Return why they are not looked at one by one, as a clause; empty if they are."""
    count = math.prod(-(-extent // size) for extent, size in zip(shape, chunks, strict=True))
    if count <= _MOST_CHUNKS:
        return ""
    return f"it would have more than {_MOST_CHUNKS:,} chunks, which are not looked for"


def _extent(value: Any, name: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(
        isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**63 for one in value
    ):
        raise ValueError(f"{name} is no list of whole numbers")
    return tuple(value)


def _dtype(stored: Any) -> np.dtype[Any]:
    if isinstance(stored, list):
        if not 0 < len(stored) <= _MOST_FIELDS:
            raise ValueError("dtype has no field, or far too many")
        fields = []
        for field in stored:
            name, kind, *extent = field
            if not isinstance(name, str) or not isinstance(kind, str):
                raise TypeError("a field of dtype has no name or type")
            fields.append((name, _dtype(kind), *(_extent(one, "a field") for one in extent[:1])))
        return np.dtype(fields)
    if not isinstance(stored, str) or not (
        _PLAIN_TYPE.fullmatch(stored) or _TIME_TYPE.fullmatch(stored)
    ):
        raise ValueError(f"dtype is {stored!r}")
    return np.dtype("O") if stored[1:2] == "O" else np.dtype(stored)


def _codecs(
    document: Mapping[str, Any], dtype: np.dtype[Any]
) -> tuple[tuple[Mapping[str, Any], ...], str]:
    compressor, filters = document.get("compressor"), document.get("filters")
    stored = [*([compressor] if compressor is not None else []), *reversed(filters or ())]
    try:
        codecs = tuple(check_codec(one) for one in stored)
    except CodecError as error:
        return (), str(error)
    if dtype.hasobject and (not codecs or codecs[-1]["id"] not in OBJECT_CODECS):
        return (), "nothing says how its objects are stored"
    return codecs, ""


def _fill(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return the value of what is not stored, or ``None``."""
    if value is None or dtype.hasobject:
        return None
    if dtype.kind in "fc" and isinstance(value, str):
        return dtype.type({"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}[value])
    if dtype.kind in "biuf":
        return np.asarray(value).astype(dtype)[()]
    if dtype.kind in "SV" and isinstance(value, str):
        return np.frombuffer(base64.standard_b64decode(value).ljust(dtype.itemsize, b"\0"), dtype)[
            0
        ]
    if dtype.kind == "U" and isinstance(value, str):
        return np.array(value, dtype)[()]
    return np.zeros((), dtype)[()]
