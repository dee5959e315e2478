"""Small changes of an NWB file with h5py, to be put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import h5py
import numpy as np
from tests.recordings.written import CAMERA_VIDEO, POSE

Edit = Callable[[h5py.File], None]


def replace(path: str, value: Any) -> Edit:
    """Store another value at a path and keep the attributes."""

    def edit(file: h5py.File) -> None:
        kept = dict(file[path].attrs)
        del file[path]
        file[path] = value
        for name, attribute in kept.items():
            file[path].attrs[name] = attribute

    return edit


def store(path: str, value: Any, **attributes: Any) -> Edit:
    """Add a dataset."""

    def edit(file: h5py.File) -> None:
        file[path] = value
        file[path].attrs.update(attributes)

    return edit


def change(path: str, index: Any, value: Any) -> Edit:
    """Change values in place."""

    def edit(file: h5py.File) -> None:
        file[path][index] = value

    return edit


def attribute(path: str, name: str, value: Any) -> Edit:
    """Set an attribute."""

    def edit(file: h5py.File) -> None:
        file[path].attrs[name] = value

    return edit


def copy(source: str, target: str) -> Edit:
    """Add a copy of an object; it and what it holds are objects of their own."""

    def edit(file: h5py.File) -> None:
        file.copy(source, target)
        renew(file[target])

    return edit


def renew(node: h5py.Group | h5py.Dataset) -> None:
    """Give a copied object, and the objects in it, identifiers of their own."""
    if "object_id" in node.attrs:
        node.attrs["object_id"] = str(uuid5(NAMESPACE_URL, node.name))
    if isinstance(node, h5py.Group):
        for name in node:
            # What a soft link leads to lies elsewhere, and is no copy.
            if isinstance(node.get(name, getlink=True), h5py.HardLink):
                renew(node[name])


def remove(path: str) -> Edit:
    """Remove an object."""

    def edit(file: h5py.File) -> None:
        del file[path]

    return edit


def rename(path: str, name: str) -> Edit:
    """Give an object another name in its group."""

    def edit(file: h5py.File) -> None:
        file.move(path, f"{path.rpartition('/')[0]}/{name}")

    return edit


def refer(*references: str, starting_frame: list[int] | None = None) -> Edit:
    """Let the video's series refer to other files."""

    def edit(file: h5py.File) -> None:
        replace(f"{CAMERA_VIDEO}/external_file", list(references))(file)
        if starting_frame is not None:
            file[f"{CAMERA_VIDEO}/external_file"].attrs["starting_frame"] = starting_frame

    return edit


def stamp(series: str, timestamps: Any) -> Edit:
    """Time a series by timestamps in place of its rate."""

    path = f"{POSE}/{series}"
    return every(
        remove(f"{path}/starting_time"),
        store(f"{path}/timestamps", np.asarray(timestamps), unit="seconds", interval=1),
    )


def every(*edits: Edit) -> Edit:
    """Make several changes."""

    def edit(file: h5py.File) -> None:
        for single in edits:
            single(file)

    return edit


def each_series(make: Callable[[str], Edit]) -> Edit:
    """Make a change in every series of the container."""

    def edit(file: h5py.File) -> None:
        for name in list(file[POSE]):
            if f"{POSE}/{name}/reference_frame" in file:
                make(name)(file)

    return edit
