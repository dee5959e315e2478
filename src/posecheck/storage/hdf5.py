"""HDF5, opened so that it cannot lead into another file.

The library opens external links, and soft links through them, by path. Given a Python file object
it has no path to start from, and here links are followed by hand besides: a link that leaves the
file is never handed to the library. External storage and virtual datasets are found in the creation
properties, before any value is read.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from h5py import h5a, h5g, h5l, h5o

from posecheck.model.facts import ArrayInfo
from posecheck.sources.ranged_file import SourceError
from posecheck.storage.hdf5_chunks import row_ranges
from posecheck.storage.hdf5_errors import opening_failure, storage_errors
from posecheck.storage.hdf5_prefetch import (
    FetchesRanges,
    prefetch_chunk_indexes,
    prefetch_structure,
)
from posecheck.storage.hdf5_scalars import scalar_attribute, scalar_text
from posecheck.storage.store import (
    Array,
    Foreign,
    Group,
    Link,
    LinkKind,
    Node,
    ObjectReference,
    StorageError,
    Store,
    Trouble,
    plain,
    source_error,
)

_CHUNK_CACHE = 16 * 1024**2
_BLOCK = 4 * 1024**2
_LARGEST_CHUNK = 1024**3
_LARGEST_ATTRIBUTE = 100_000
_LONGEST_CHAIN = 64


class HDF5Store(Store):
    """An HDF5 file, opened for reading through a Python file object.

    Parameters
    ----------
    file
        The file object; the store closes it.

    Raises
    ------
    StorageError
        If the library does not open it.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._bytes = file
        self.fetches = file if isinstance(file, FetchesRanges) else None
        try:
            indexes = prefetch_structure(self.fetches) if self.fetches is not None else {}
            self._chunk_indexes = {str(header): index for header, index in indexes.items()}
            self.file = h5py.File(self._bytes, "r", rdcc_nbytes=_CHUNK_CACHE)
            self._root = HDF5Group(self, self.file.id, "/")
        except MemoryError:
            raise
        except Exception as error:
            self._bytes.close()
            self.check_source()
            raise StorageError(Trouble.UNREADABLE, opening_failure(error)) from error

    @property
    def root(self) -> HDF5Group:
        """The root group."""
        return self._root

    def close(self) -> None:
        """Close the library's handle and the file object."""
        with storage_errors("/"):
            self.file.close()
        self._bytes.close()

    def check_source(self) -> None:
        """Raise if bytes of the file could not be had."""
        failure = getattr(self._bytes, "failure", None)
        if isinstance(failure, SourceError):
            raise source_error(failure)

    def prefetch(self, rows: Iterable[tuple[Array, int, int]]) -> None:
        """Fetch rows of several datasets that will be read next, all at once."""
        if self.fetches is None:
            return
        wanted = [
            (array, start, stop) for array, start, stop in rows if isinstance(array, HDF5Array)
        ]
        known = {array.identity: None for array, _, _ in wanted}
        indexes = [self._chunk_indexes.pop(each) for each in known if each in self._chunk_indexes]
        if indexes:
            prefetch_chunk_indexes(self.fetches, indexes)
        self.fetches.prefetch(
            place
            for array, start, stop in wanted
            for place in row_ranges(array.handle, start, stop)
        )

    @property
    def handle(self) -> h5py.File:
        """The library's own handle."""
        return self.file

    def plain(self, value: Any) -> Any:
        """Turn what h5py returns into plain Python values, references into their targets."""
        if isinstance(value, h5py.Reference):
            return self.dereference(value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "O":
            return tuple(self.plain(item) for item in value)
        return plain(value)

    def dereference(self, reference: h5py.Reference) -> ObjectReference:
        """Name the target of an object reference, without opening it."""
        try:
            name = h5py.h5r.get_name(reference, self.file.id) if reference else None
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever fails here, the reference leads nowhere
            name = None
        return ObjectReference(name.decode("utf-8", "surrogateescape") if name else None)


class _HDF5Node(Node):
    """What groups and datasets share: a path, an identity, attributes."""

    def __init__(self, store: HDF5Store, handle: Any, path: str) -> None:
        self._store = store
        self._handle = handle
        self.path = path

    @cached_property
    def identity(self) -> str:
        """The object's address in the file: one object has one, however many paths lead to it."""
        with storage_errors(self.path):
            # `h5o.get_info` would measure the index of its chunks, and read all of it for that.
            low, high = h5g.get_objinfo(self._handle, b".").objno
            return f"{high}-{low}" if high else str(low)

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """All attributes as plain values; one that cannot be read is left out."""
        return dict(self._attributes())

    def attribute(self, name: str) -> Any:
        """One attribute as a plain value; ``None`` if it is absent or cannot be read."""
        if "attributes" in self.__dict__:
            return self.attributes.get(name)
        raw = _raw(name)
        with storage_errors(self.path):
            if not h5a.exists(self._handle, raw):
                return None
        try:
            return self._plain_attribute(h5a.open(self._handle, name=raw))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - broken, so as good as absent
            return None

    def has_attribute(self, name: str) -> bool:
        """Whether an attribute is stored, readable or not."""
        with storage_errors(self.path):
            return bool(h5a.exists(self._handle, _raw(name)))

    def attribute_dtype(self, name: str) -> str | None:
        """NumPy's name of an attribute's stored type; ``None`` if it is absent."""
        with storage_errors(self.path):
            if not h5a.exists(self._handle, _raw(name)):
                return None
            return str(h5a.open(self._handle, name=_raw(name)).dtype.name)

    def _attributes(self) -> Iterator[tuple[str, Any]]:
        names: list[bytes] = []
        with storage_errors(self.path):
            # By its number, the library finds an attribute only by sorting all of them each time.
            h5a.iterate(self._handle, names.append)
        for raw in names:
            try:
                attribute = h5a.open(self._handle, name=raw)
                name = raw.decode("utf-8", "surrogateescape")
                value = self._plain_attribute(attribute)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001, S112 - broken, so as good as absent
                continue
            yield name, value

    def _plain_attribute(self, attribute: Any) -> Any:
        scalar = scalar_attribute(attribute)
        if scalar is not None:
            return self._store.plain(scalar)
        shape = attribute.shape
        if shape is None:
            return None
        if math.prod(shape) > _LARGEST_ATTRIBUTE:
            raise ValueError("an attribute of this size is no label")
        value = np.empty(shape, dtype=attribute.dtype)
        attribute.read(value)
        return self._store.plain(value[()])


class HDF5Group(_HDF5Node, Group):
    """A group; its members are opened one by one."""

    def links(self) -> tuple[Link, ...]:
        """Return the members, sorted by name as the library lists them."""
        with storage_errors(self.path):
            names = list(h5g.GroupID.__iter__(self._handle))
            return tuple(self._link(name) for name in names)

    def _link(self, name: bytes) -> Link:
        links = self._handle.links
        text = name.decode("utf-8", "surrogateescape")
        kind = links.get_info(name).type
        if kind == h5l.TYPE_HARD:
            return Link(text, LinkKind.HARD)
        if kind == h5l.TYPE_SOFT:
            target = links.get_val(name).decode("utf-8", "surrogateescape")
            return Link(text, LinkKind.SOFT, target)
        if kind == h5l.TYPE_EXTERNAL:
            file, path = links.get_val(name)
            return Link(text, LinkKind.EXTERNAL, f"{_text(file)}:{_text(path)}")
        return Link(text, LinkKind.EXTERNAL, f"a user-defined link of class {kind}")

    def member(self, link: Link) -> HDF5Group | HDF5Array:
        """Open a member, following soft links inside the file by hand."""
        where = _under(self.path, link.name)
        try:
            return self._follow(link, _LONGEST_CHAIN)
        except StorageError as error:
            raise StorageError(error.trouble, error.detail, where) from error

    def _follow(self, link: Link, left: int) -> HDF5Group | HDF5Array:
        if link.kind is LinkKind.HARD:
            return self._open(link.name)
        if link.kind is LinkKind.EXTERNAL:
            raise StorageError(Trouble.EXTERNAL, link.target)
        if left == 0:
            raise StorageError(Trouble.DANGLING, f"{link.target} (a circle of links)")
        start = self._store.root if link.target.startswith("/") else self
        node: HDF5Group | HDF5Array = start
        for part in re.split("/+", link.target.strip("/")):
            if part in {"", "."}:
                continue
            if not isinstance(node, HDF5Group) or not node.has(part):
                raise StorageError(Trouble.DANGLING, link.target)
            node = node._follow(node._link(_raw(part)), left - 1)
        return node

    def has(self, name: str) -> bool:
        """Whether a member of this name exists, whatever it leads to."""
        with storage_errors(self.path):
            return bool(self._handle.links.exists(_raw(name)))

    def _open(self, name: str) -> HDF5Group | HDF5Array:
        path = _under(self.path, name)
        with storage_errors(path):
            handle = h5o.open(self._handle, _raw(name))
            if isinstance(handle, h5g.GroupID):
                return HDF5Group(self._store, handle, path)
            if isinstance(handle, h5py.h5d.DatasetID):
                return HDF5Array(self._store, handle, path)
        raise StorageError(Trouble.UNREADABLE, "it is neither a group nor a dataset", path)


class HDF5Array(_HDF5Node, Array):
    """A dataset; its header is read at once, its values on demand."""

    @cached_property
    def info(self) -> ArrayInfo:
        """The header: extent, type, filters, and whether values lie in another file."""
        with storage_errors(self.path):
            shape = self._handle.shape
            dtype = self._handle.dtype
            properties = self._handle.get_create_plist()
            foreign = self.foreign
            unread = f"{foreign.what} ({foreign.target})" if foreign else ""
            chunk = properties.get_chunk() if _is_chunked(properties) else ()
            bytes_ = math.prod(shape) * dtype.itemsize if shape is not None else 0
            if chunk and math.prod(chunk) * dtype.itemsize > _LARGEST_CHUNK:
                unread = "its chunks are larger than 1 GiB"
            return ArrayInfo(
                path=self.path,
                identity=self.identity,
                shape=tuple(int(extent) for extent in shape or ()),
                dtype=dtype.name if dtype.kind in "biufc" else "object",
                bytes=bytes_,
                compressed=properties.get_nfilters() > 0,
                unread=unread,
                text_bytes=dtype.itemsize if dtype.kind == "S" else None,
            )

    @cached_property
    def foreign(self) -> Foreign | None:
        """Where its values lie, if not here."""
        with storage_errors(self.path):
            return _foreign_storage(self._handle.get_create_plist())

    @property
    def handle(self) -> Any:
        """The library's own handle."""
        return self._handle

    @property
    def is_null(self) -> bool:
        """Whether the dataset has no extent at all (a null dataspace)."""
        return self._handle.shape is None

    @cached_property
    def block_rows(self) -> int:
        """Rows to read at a time: whole chunks, about four megabytes."""
        info = self.info
        if not info.shape:
            return 1
        row = max(1, info.bytes // max(1, info.length))
        rows = max(1, _BLOCK // row)
        return max(1, rows // self.chunk_rows) * self.chunk_rows

    @cached_property
    def chunk_rows(self) -> int:
        """Rows of one chunk; 1 where the dataset has none."""
        with storage_errors(self.path):
            properties = self._handle.get_create_plist()
            return int(properties.get_chunk()[0]) if _is_chunked(properties) else 1

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Read rows of a numeric dataset."""
        self._refuse_foreign()
        self._store.prefetch([(self, start, stop)])
        with storage_errors(self.path):
            values: npt.NDArray[Any] = h5py.Dataset(self._handle)[start:stop]
            return values

    def value(self, most: int = 100_000) -> Any:
        """Read a small dataset whole."""
        self._refuse_foreign()
        with storage_errors(self.path):
            if self.is_null:
                return None
            size = math.prod(self.info.shape)
            if size > most:
                raise StorageError(
                    Trouble.TOO_LARGE,
                    f"it has {size:,} entries, where a few are wanted",
                    self.path,
                )
            text = scalar_text(self._handle)
            return self._store.plain(h5py.Dataset(self._handle)[()] if text is None else text)

    def _refuse_foreign(self) -> None:
        if self.info.unread:
            raise StorageError(Trouble.EXTERNAL, self.info.unread, self.path)


def _foreign_storage(properties: Any) -> Foreign | None:
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        count = properties.get_virtual_count()
        return Foreign(
            "virtual dataset", _text(properties.get_virtual_filename(0)) if count else "nothing"
        )
    if properties.get_external_count():
        return Foreign("external storage", _text(properties.get_external(0)[0]))
    return None


def _is_chunked(properties: Any) -> bool:
    return bool(properties.get_layout() == h5py.h5d.CHUNKED)


def _under(path: str, name: str) -> str:
    return f"{path.rstrip('/')}/{name}"


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
