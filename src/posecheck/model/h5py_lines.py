"""Edits as lines of Python that a person can run: `h5py` on an open file, and nothing else.

Each line is a statement of its own, so that lines can be pasted one by one. They need ``import
h5py`` and ``file = h5py.File(path, "r+")``. Every name and value of the NWB file is written as a
literal: what a hostile file is called cannot become code.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import singledispatch

from posecheck.model.edit import (
    TEXT,
    AddDataset,
    AddGroup,
    AddSoftLink,
    Clip,
    DeleteAttribute,
    DeleteObject,
    Divide,
    Edit,
    EditValue,
    MarkMissing,
    MoveObject,
    ReorderColumns,
    Reshape,
    Retype,
    SetAttribute,
    SetDataset,
    SetElement,
    Transpose,
    distinct,
)


def h5py_lines(edits: Iterable[Edit]) -> tuple[str, ...]:
    """Write edits as Python over ``file``, an `h5py.File` that is open for writing.

    Parameters
    ----------
    edits
        In the order in which they are to be made; one that stands twice is written once.

    Returns
    -------
    tuple of str
        Statements of one line each.
    """
    return tuple(line for edit in distinct(edits) for line in _lines(edit))


@singledispatch
def _lines(edit: Edit) -> Iterator[str]:
    raise TypeError(f"not an edit: {edit!r}")


@_lines.register
def _(edit: SetAttribute) -> Iterator[str]:
    attributes = f"file[{literal(edit.path)}].attrs"
    dtype = "h5py.string_dtype()" if _is_list_of_text(edit.value) else literal(edit.dtype or "")
    if dtype == "''":
        yield f"{attributes}[{literal(edit.name)}] = {literal(edit.value)}"
    else:
        yield f"{attributes}.create({literal(edit.name)}, {literal(edit.value)}, dtype={dtype})"


@_lines.register
def _(edit: DeleteAttribute) -> Iterator[str]:
    yield f"del file[{literal(edit.path)}].attrs[{literal(edit.name)}]"


@_lines.register
def _(edit: AddDataset) -> Iterator[str]:
    yield f"file.{_create(edit)}"


@_lines.register
def _(edit: SetDataset) -> Iterator[str]:
    yield from _store_again(edit.path, _create(edit))


@_lines.register
def _(edit: SetElement) -> Iterator[str]:
    index = "()" if edit.index is None else literal(edit.index)
    yield f"file[{literal(edit.path)}][{index}] = {literal(edit.value)}"


@_lines.register
def _(edit: AddGroup) -> Iterator[str]:
    yield f"file.require_group({literal(edit.path)})"


@_lines.register
def _(edit: DeleteObject) -> Iterator[str]:
    yield f"del file[{literal(edit.path)}]"


@_lines.register
def _(edit: MoveObject) -> Iterator[str]:
    yield f"file.move({literal(edit.path)}, {literal(edit.target)})"


@_lines.register
def _(edit: AddSoftLink) -> Iterator[str]:
    yield f"file[{literal(edit.path)}] = h5py.SoftLink({literal(edit.target)})"


@_lines.register
def _(edit: Retype) -> Iterator[str]:
    if edit.dtype == TEXT:
        yield from _transform(edit.path, "old[...].astype(object), dtype=h5py.string_dtype()")
    else:
        yield from _transform(edit.path, f"old[...].astype({literal(edit.dtype)})")


@_lines.register
def _(edit: Reshape) -> Iterator[str]:
    yield from _transform(edit.path, f"old[...].reshape({literal(edit.shape)})")


@_lines.register
def _(edit: Transpose) -> Iterator[str]:
    yield from _transform(edit.path, "old[...].T")


@_lines.register
def _(edit: Divide) -> Iterator[str]:
    yield f"data = file[{literal(edit.path)}]"
    yield f"data[...] = data[...] / {literal(edit.divisor)}"


@_lines.register
def _(edit: Clip) -> Iterator[str]:
    yield f"data = file[{literal(edit.path)}]"
    yield f"data[...] = data[...].clip({literal(edit.low)}, {literal(edit.high)})"


@_lines.register
def _(edit: ReorderColumns) -> Iterator[str]:
    yield f"data = file[{literal(edit.path)}]"
    yield f"data[...] = data[...][:, {literal(edit.order)}]"


@_lines.register
def _(edit: MarkMissing) -> Iterator[str]:
    yield f"data = file[{literal(edit.path)}]"
    yield "rows = data[...]"
    yield f"rows[(rows == {literal(edit.sentinel)}).all(axis=1)] = float('nan')"
    yield "data[...] = rows"


def literal(value: EditValue) -> str:
    """Write a value as Python that gives it again, a tuple as a list.

    Raises
    ------
    TypeError
        If it is no plain value.
    """
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, bool):
        return repr(value)
    # A subclass, as of NumPy or an enumeration, may write itself in another way.
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, float):
        number = float(value)
        return repr(number) if math.isfinite(number) else f"float({str(number)!r})"
    if isinstance(value, str):
        return _text(str(value))
    raise TypeError(f"not a plain value: {value!r}")


def _text(text: str) -> str:
    """Write text; bytes of a file that are no UTF-8 became lone surrogates, and are bytes again."""
    if text.isprintable():
        return repr(text)
    try:
        raw = text.encode("utf-8", "surrogateescape")
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return repr(raw)
    except UnicodeEncodeError:  # a surrogate that no file can hold
        return repr(text)
    return repr(text)


def _create(edit: AddDataset | SetDataset) -> str:
    dtype = "h5py.string_dtype()" if edit.dtype == TEXT else literal(edit.dtype)
    return f"create_dataset({literal(edit.path)}, data={literal(edit.value)}, dtype={dtype})"


def _transform(path: str, data: str) -> Iterator[str]:
    yield from _store_again(
        path, f"create_dataset({literal(path)}, data={data}, compression=old.compression)"
    )


def _store_again(path: str, create: str) -> Iterator[str]:
    """Unlink the old dataset, which stays readable while ``old`` holds it."""
    yield f"old = file.pop({literal(path)})"
    yield f"new = file.{create}"
    yield "new.attrs.update(old.attrs)"


def _is_list_of_text(value: EditValue) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(i, str) for i in value)
