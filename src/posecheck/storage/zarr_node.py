"""What groups and arrays of a Zarr store share: a place in the store, and attributes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from posecheck.sources.store_files import StoreFiles
from posecheck.storage.store import Node, ObjectReference
from posecheck.storage.zarr_chunks import ChunkCache
from posecheck.storage.zarr_tree import ATTRIBUTES, ZarrTree

LINKS = "zarr_link"
STORED_TYPE = "zarr_dtype"
_LARGEST_ATTRIBUTE = 100_000


class StoreContent:
    """What the objects of a store have in common.

    Parameters
    ----------
    files
        The members of the store.
    name
        The name of its folder, by which references may name the store itself.

    Raises
    ------
    StorageError
        If it is no store that can be read.
    """

    def __init__(self, files: StoreFiles, name: str) -> None:
        self.files = files
        self.name = name
        self.chunks = ChunkCache(files)
        self.tree = ZarrTree(files)

    def is_own(self, source: Any) -> bool:
        """Whether a link or a reference names this very store.

        Parameters
        ----------
        source
            What hdmf-zarr writes: a path relative to the folder of the store.
        """
        if source is None:
            return True
        return isinstance(source, str) and posixpath.normpath(
            posixpath.join(self.name, source.replace("\\", "/"))
        ) == posixpath.normpath(self.name)

    def dereference(self, stored: Any) -> ObjectReference:
        """Name the target of an object reference, without opening it."""
        path = stored.get("path") if isinstance(stored, Mapping) else None
        if not isinstance(path, str) or not self.is_own(stored.get("source")):
            return ObjectReference(None)
        inside = "/".join(part for part in path.split("/") if part not in {"", "."})
        return ObjectReference(f"/{inside}" if self.tree.has(inside) else None)

    def plain(self, value: Any) -> Any:
        """Turn what JSON or a chunk holds into plain Python values."""
        if isinstance(value, Mapping):
            if "path" in value:
                return self.dereference(value)
            return self.dereference(value["value"]) if STORED_TYPE in value else None
        if isinstance(value, list | tuple):
            return tuple(self.plain(item) for item in value)
        if isinstance(value, bytes):
            return value.decode("utf-8", "surrogateescape")
        if isinstance(value, np.generic):
            return self.plain(value.item())
        return value


class ZarrNode(Node):
    """What groups and arrays share: a path, an identity, attributes."""

    def __init__(self, content: StoreContent, inside: str) -> None:
        self.content = content
        self.inside = inside
        self.path = f"/{inside}"

    @property
    def identity(self) -> str:
        """The path: to each object there is one, besides links."""
        return self.path

    @cached_property
    def stored_attributes(self) -> Mapping[str, Any]:
        """All attributes as JSON has them, hdmf-zarr's own among them."""
        return self.content.tree.document(self.inside, ATTRIBUTES) or {}

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """All attributes as plain values; one that cannot be read is left out."""
        return {name: self.attribute(name) for name in self.stored_attributes if _is_given(name)}

    def attribute(self, name: str) -> Any:
        """One attribute as a plain value; ``None`` if it is absent or cannot be read."""
        value = self.stored_attributes.get(name) if _is_given(name) else None
        if isinstance(value, list) and len(value) > _LARGEST_ATTRIBUTE:
            return None
        return self.content.plain(value)

    def has_attribute(self, name: str) -> bool:
        """Whether an attribute is stored, readable or not."""
        return _is_given(name) and name in self.stored_attributes

    def attribute_dtype(self, name: str) -> str | None:
        """NumPy's name of the type that holds what JSON says; ``None`` if it is absent."""
        if not self.has_attribute(name):
            return None
        try:
            dtype = np.asarray(self.stored_attributes[name]).dtype
        except (ValueError, OverflowError):
            return "object"
        return dtype.name if dtype.kind in "biuf" else "object"


def _is_given(name: str) -> bool:
    """Whether an attribute is NWB's, and not hdmf-zarr's own."""
    return name not in {LINKS, STORED_TYPE}
