"""The Zarr twin of an HDF5 file, stored as hdmf-zarr does, by JSON and the bytes of chunks alone.

It needs neither the zarr library nor hdmf-zarr, so that it is made in every environment. What the
two libraries really write is tested where they are installed.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numcodecs
import numpy as np

CHUNK_ROWS = 50
"""How many rows are stored as one."""

ZLIB = {"id": "zlib", "level": 1}


def write_twin(
    source: Path,
    store: Path,
    *,
    compressor: Mapping[str, Any] | None = ZLIB,
    is_consolidated: bool = True,
) -> Path:
    """Store all that an HDF5 file holds in a folder, as Zarr of format 2.

    Parameters
    ----------
    source
        The HDF5 file.
    store
        The folder to make.
    compressor
        What packs each chunk of numbers and texts; ``None`` to leave them as they are.
    is_consolidated
        Whether all metadata is stored once more, as one document.
    """
    writer = _Writer(store, compressor)
    with h5py.File(source, "r") as file:
        writer.group(file, "")
    if is_consolidated:
        content = {"metadata": writer.documents, "zarr_consolidated_format": 1}
        (store / ".zmetadata").write_text(json.dumps(content), encoding="utf-8")
    return store


def edit_document(store: Path, name: str, **changes: Any) -> None:
    """Change entries of a document of metadata, also where it is consolidated."""
    consolidated = store / ".zmetadata"
    document = json.loads((store / name).read_text(encoding="utf-8")) | changes
    (store / name).write_text(json.dumps(document), encoding="utf-8")
    if consolidated.exists():
        content = json.loads(consolidated.read_text(encoding="utf-8"))
        content["metadata"][name] = document
        consolidated.write_text(json.dumps(content), encoding="utf-8")


class _Writer:
    def __init__(self, store: Path, compressor: Mapping[str, Any] | None) -> None:
        self.documents: dict[str, Any] = {}
        self._store = store
        self._compressor = compressor

    def group(self, group: h5py.Group, inside: str) -> None:
        self._document(inside, ".zgroup", {"zarr_format": 2})
        attributes = self._attributes(group)
        links = []
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.SoftLink):
                links.append({"name": name, "path": link.path, "source": "."})
            elif isinstance(link, h5py.ExternalLink):
                links.append({"name": name, "path": link.path, "source": f"../{link.filename}"})
            elif isinstance(group[name], h5py.Group):
                self.group(group[name], f"{inside}/{name}" if inside else name)
            else:
                self._array(group[name], f"{inside}/{name}" if inside else name)
        if links:
            attributes["zarr_link"] = links
        self._document(inside, ".zattrs", attributes)

    def _document(self, inside: str, name: str, document: Mapping[str, Any]) -> None:
        key = f"{inside}/{name}" if inside else name
        self.documents[key] = document
        path = self._store / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")

    def _attributes(self, node: h5py.HLObject) -> dict[str, Any]:
        attributes = {}
        for name, value in node.attrs.items():
            if isinstance(value, h5py.Reference):
                attributes[name] = {
                    "zarr_dtype": "object",
                    "value": _reference(node.file, value),
                }
            else:
                attributes[name] = _plain(value)
        return attributes

    def _array(self, dataset: h5py.Dataset, inside: str) -> None:
        values = np.asarray(dataset[()])
        attributes = self._attributes(dataset)
        attributes["zarr_dtype"] = "scalar" if values.ndim == 0 else values.dtype.name
        values = np.atleast_1d(values)
        filters = None
        if values.dtype.kind == "O" or values.dtype.hasobject:
            values, codec = _objects(dataset.file, values)
            filters = [codec.get_config()]
            if codec.codec_id == "pickle" and attributes["zarr_dtype"] != "scalar":
                attributes["zarr_dtype"] = "object"
        chunks = tuple(max(1, min(extent, CHUNK_ROWS)) for extent in values.shape)
        header = {
            "zarr_format": 2,
            "shape": values.shape,
            "chunks": chunks,
            "dtype": "|O" if values.dtype.kind == "O" else values.dtype.str,
            "compressor": self._compressor,
            "filters": filters,
            "fill_value": None if values.dtype.kind in "SV" else 0,
            "order": "C",
        }
        self._document(inside, ".zarray", header)
        self._document(inside, ".zattrs", attributes)
        for index in np.ndindex(
            *(-(-n // size) for n, size in zip(values.shape, chunks, strict=True))
        ):
            place = tuple(
                slice(i * size, (i + 1) * size) for i, size in zip(index, chunks, strict=True)
            )
            self._chunk(
                values[place], chunks, filters, self._store / inside / ".".join(map(str, index))
            )

    def _chunk(
        self, part: np.ndarray[Any, Any], chunks: tuple[int, ...], filters: Any, path: Path
    ) -> None:
        whole = np.zeros(chunks, part.dtype)
        if part.dtype.kind == "O":
            whole[...] = ""
        whole[tuple(slice(extent) for extent in part.shape)] = part
        packed: Any = whole.tobytes() if filters is None else whole
        for codec in filters or ():
            if codec["id"] == "pickle":
                packed = pickle.dumps(whole)
            else:
                packed = numcodecs.get_codec(dict(codec)).encode(whole)
        if self._compressor is not None:
            packed = numcodecs.get_codec(dict(self._compressor)).encode(packed)
        path.write_bytes(bytes(packed))


def _objects(file: h5py.File, values: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], Any]:
    """Return texts and references as hdmf-zarr has them, with what stores them."""
    flat = [_plain_object(file, value) for value in values.reshape(-1)]
    found = np.empty(len(flat), dtype=object)
    for position, value in enumerate(flat):
        found[position] = value
    is_text = all(isinstance(value, str) for value in flat)
    codec = numcodecs.VLenUTF8() if is_text else numcodecs.Pickle()
    return found.reshape(values.shape), codec


def _plain_object(file: h5py.File, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, h5py.Reference):
        return _reference(file, value)
    if isinstance(value, np.void):
        return tuple(_plain_object(file, item) for item in value.tolist())
    return value


def _reference(file: h5py.File, value: h5py.Reference) -> dict[str, Any]:
    target = file[value]
    object_id = target.attrs.get("object_id")
    return {"source": ".", "path": target.name, "object_id": object_id, "source_object_id": None}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    return value.item() if isinstance(value, np.generic) else value
