"""Make the changes that a report prints as lines of h5py, and see what they changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Contents = Mapping[str, object]
"""What a file holds: by path, and by path and name of an attribute."""


def apply_lines(path: Path, lines: Iterable[str]) -> None:
    """Execute lines over ``file``, one by one, as they would be pasted."""
    with h5py.File(path, "r+") as file:
        names = {"h5py": h5py, "file": file}
        for line in lines:
            exec(compile(line, "<pasted>", "exec"), names)  # noqa: S102 - that is the point


def contents_of(path: Path) -> Contents:
    """Read every link, value and attribute: ``/a/b`` is a dataset, ``/a/b@unit`` its unit."""
    contents: dict[str, object] = {}
    with h5py.File(path, "r") as file:
        _read_group(file, file, contents)
    return contents


def changed_between(before: Contents, after: Contents) -> set[str]:
    """Return what was added, taken away, or is not what it was."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def _read_group(file: h5py.File, group: h5py.Group, contents: dict[str, object]) -> None:
    _read_attributes(file, group, contents)
    for name in group:
        path = f"{group.name.rstrip('/')}/{name}"
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink | h5py.ExternalLink):
            contents[path] = ("link", link.path)
            continue
        node = group[name]
        if isinstance(node, h5py.Group):
            contents[path] = "group"
            _read_group(file, node, contents)
        else:
            contents[path] = (*_type_of(node), _value(file, node[()]))
            _read_attributes(file, node, contents)


def _read_attributes(file: h5py.File, node: Any, contents: dict[str, object]) -> None:
    for name in node.attrs:
        kind = _type_of(node.attrs.get_id(name))
        contents[f"{node.name}@{name}"] = (*kind, _value(file, node.attrs[name]))


def _type_of(node: Any) -> tuple[str, object]:
    string = h5py.check_string_dtype(node.dtype)
    return (str(string) if string else node.dtype.str, node.shape)


def _value(file: h5py.File, value: Any) -> object:
    if isinstance(value, h5py.Reference):
        return file[value].name if value else None
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            return tuple(_value(file, item) for item in value.flat)
        return value.tobytes()
    return value.tobytes() if isinstance(value, np.generic) else value
