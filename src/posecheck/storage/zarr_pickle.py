"""Lists, tuples, texts, numbers and references out of pickled objects, of which nothing runs.

hdmf-zarr keeps references as pickled objects, which are code to whoever unpickles them.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Mapping
from typing import Any

import numpy as np

from posecheck.storage.zarr_decompression import CodecError

_MOST_TAKEN = 32 * 1024**2
"""How many values, and bytes of them, are taken out of pickled objects."""
_LONGEST_LATIN_TEXT = 1024
_NAMES_OF_A_PLACE = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})


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
    # Of protocols before 3, which have no bytes of their own. A long text could be copied often.
    if encoding != "latin1" or len(text) > _LONGEST_LATIN_TEXT:
        raise CodecError("its pickled objects hold bytes that are no number")
    return text.encode("latin1")


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
        _check_places(content)
        array = _InertUnpickler(io.BytesIO(content)).load()
    except (MemoryError, CodecError):
        raise
    except Exception as error:
        raise CodecError(f"pickle cannot unpack it: {error}") from error
    if not isinstance(array, list):
        # NumPy's own state of an array: version, shape, type, order, values as a list.
        state = array.state if isinstance(array, _Inert) else None
        if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[4], list):
            raise CodecError("its pickled objects are no array of objects")
        array = state[4]
    _check_size(array)
    return [_plain(value) for value in array]


def _check_places(content: bytes) -> None:
    """Check the numbers under which objects are kept: room is made for as many at once."""
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in _NAMES_OF_A_PLACE and int(argument or 0) > len(content):
            raise CodecError(f"pickle cannot unpack it: it keeps object number {argument:,}")


def _check_size(array: list[Any]) -> None:
    """Check how much comes out: a few bytes can name the same row or text many times."""
    size = 0
    for value in array:
        row = value if isinstance(value, tuple | list) else (value,)
        size += len(row) + sum(len(item) for item in row if isinstance(item, bytes))
        if size > _MOST_TAKEN:
            raise CodecError(f"its pickled objects hold more than {_MOST_TAKEN:,} values or bytes")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_plain_item(item) for item in value)
    return _plain_item(value)


def _plain_item(value: Any) -> Any:
    if isinstance(value, tuple | list):
        # A row of a table has references and numbers; rows of rows could grow without bound.
        raise CodecError("its pickled objects are rows within rows")
    return _scalar(value) if isinstance(value, _Inert) else value


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
