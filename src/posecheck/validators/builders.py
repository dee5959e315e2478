"""From an opened HDF5 file to hdmf's builders, read once for all that validate it.

hdmf's own reader opens every child twice, looks up its file and name in HDF5 several times and
checks the type of each argument on the way: on a file of 648 series that is most of the time. This
one visits each object once and hands over the same builders.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import h5py
import numpy as np
from h5py import h5a, h5l, h5o
from hdmf.backends.hdf5.h5_utils import BuilderH5ReferenceDataset, BuilderH5TableDataset
from hdmf.build import DatasetBuilder, GroupBuilder, LinkBuilder, ReferenceBuilder, TypeMap
from hdmf.build.builders import BaseBuilder
from hdmf.utils import StrDataset
from pynwb import NWBHDF5IO, get_manager

if TYPE_CHECKING:
    from posecheck.validators.zarr_reader import ZarrReader

    Reader: TypeAlias = "BuilderReader | ZarrReader"

from posecheck.storage.hdf5_scalars import scalar_attribute, scalar_text

_SPECIFICATIONS = ".specloc"
_ROOT = "root"


class PlainGroup(GroupBuilder):  # type: ignore[misc]
    """A group's builder whose parts are plain attributes: hdmf's check each value as it is set."""

    name: str = ""
    source: str | None = None
    location: str | None = None
    parent: GroupBuilder | None = None
    matched_spec: Any = None

    def __init__(self, name: str, source: str, location: str) -> None:
        dict.__init__(self, groups={}, datasets={}, links={}, attributes={})
        self.name = name
        self.source = source
        self.location = location
        self.obj_type: dict[str, str] = {}


class PlainDataset(DatasetBuilder):  # type: ignore[misc]
    """A dataset's builder whose parts are plain attributes."""

    name: str = ""
    source: str | None = None
    location: str | None = None
    parent: GroupBuilder | None = None
    matched_spec: Any = None
    matched_spec_shape: Any = None
    dimension_labels: Any = None
    chunks: bool = False
    maxshape: Any = None
    dtype: Any = None

    def __init__(self, name: str, source: str, location: str) -> None:
        dict.__init__(self, data=None, attributes={})
        self.name = name
        self.source = source
        self.location = location


class BuilderReader(NWBHDF5IO):  # type: ignore[misc]
    """Reads the builders of a file that is open already, and leaves closing it to its owner.

    External links count as broken links: nothing outside the file is opened.

    Parameters
    ----------
    handle
        The opened file.
    path
        Where it lies. NWB Inspector looks for videos beside it.
    """

    def __init__(self, handle: h5py.File, path: Path) -> None:
        self.handle = handle
        self._path = str(path)
        self._manager = get_manager(copy=False)
        self._built: dict[Any, BaseBuilder] = {}
        self._ignored: frozenset[str] = frozenset()
        self._root: GroupBuilder | None = None
        super().__init__(file=handle, mode="r", manager=self._manager)

    @property
    def opened(self) -> h5py.File:
        """The file as its `Store` hands it over."""
        return self.handle

    def load_into(self, type_map: TypeMap) -> None:
        """Load the specification that the file carries into a type map.

        Raises
        ------
        Exception
            What hdmf raises on a specification that it cannot load.
        """
        NWBHDF5IO.load_namespaces(type_map, file=self.handle)

    @property
    def source(self) -> str:
        """The path of the file."""
        return self._path

    @property
    def manager(self) -> Any:
        """The manager that makes containers of the builders."""
        return self._manager

    @manager.setter
    def manager(self, manager: Any) -> None:
        self._manager = manager

    def get_builder(self, h5obj: h5py.HLObject) -> BaseBuilder:
        """Return the builder of an object, as references ask for it.

        Raises
        ------
        ValueError
            If the object was not read.
        """
        builder = self._built.get(h5obj.id)
        if builder is None:
            raise ValueError(f"{self._path}:{h5obj.name} has not been built")
        return builder

    def refuse_other_formats(self) -> None:
        """Check that pynwb takes this for an NWB file.

        Raises
        ------
        ValueError
            If it has no ``nwb_version``, or one below 2.
        """
        stored, version = self.nwb_version
        if version is None:
            raise ValueError("nwb_version is missing")
        if version[0] < 2:
            raise ValueError(f"nwb_version is {stored}; pynwb reads 2 and above")

    def read_builder(self) -> GroupBuilder:
        """Return the builder of the root group, reading it on the first call.

        Raises
        ------
        Exception
            What h5py or hdmf raise on a file that is damaged or that hdmf has no builder for.
        """
        if self._root is None:
            specifications = self.handle.attrs.get(_SPECIFICATIONS)
            if specifications is not None:
                self._ignored = frozenset((self.handle[specifications].name,))
            self._root = self._group(self.handle, _ROOT, "/")
        return self._root

    def _group(self, group: h5py.Group, name: str, path: str) -> GroupBuilder:
        builder = PlainGroup(name, self._path, posixpath.dirname(path))
        attributes = self._attributes(group)
        groups: dict[str, GroupBuilder] = {}
        datasets: dict[str, DatasetBuilder] = {}
        links: dict[str, LinkBuilder] = {}
        for raw in group.id:
            key = raw.decode("utf-8", "surrogateescape")
            child_path = posixpath.join(path, key)
            kind = group.id.links.get_info(raw).type
            if child_path in self._ignored or kind not in (h5l.TYPE_HARD, h5l.TYPE_SOFT):
                continue
            if kind == h5l.TYPE_SOFT:
                # hdmf files links by the name of their target, so that of two links to objects of
                # one name only the last is seen; its result is repeated here, not corrected
                if (link := self._link(group, key, path)) is not None:
                    links[link.builder.name] = link
                continue
            try:
                child = _opened(h5o.open(group.id, raw))
            except KeyError:
                continue  # hdmf, too, passes over what does not open
            known = self._built.get(child.id)
            if known is None:
                known = self._object(child, key, child_path)
            into = datasets if isinstance(child, h5py.Dataset) else groups
            into[known.name] = known
        _fill(builder, attributes, groups, datasets, links)
        return builder

    def _link(self, group: h5py.Group, key: str, path: str) -> LinkBuilder | None:
        if (member := group.get(key)) is None or member.name in self._ignored:
            return None
        target_path = group.get(key, getlink=True).path
        target = self.handle[target_path]
        builder = self._built.get(target.id)
        if builder is None:
            builder = self._object(target, posixpath.basename(target_path), target.name)
        link = LinkBuilder(builder=builder, name=key, source=self._path)
        link.location = path
        return link

    def _object(self, found: h5py.HLObject, name: str, path: str) -> BaseBuilder:
        if isinstance(found, h5py.Dataset):
            builder = self._dataset(found, name, path)
        else:
            builder = self._group(found, name, path)
        self._built.setdefault(found.id, builder)
        return builder

    def _attributes(self, found: h5py.HLObject) -> dict[str, Any]:
        names: list[bytes] = []
        h5a.iterate(found.id, names.append)
        values = {}
        for raw in names:
            name = raw.decode("utf-8", "surrogateescape")
            if name == _SPECIFICATIONS:
                continue
            value = _attribute(found, raw, name)
            if isinstance(value, h5py.Reference):
                value = self._referenced(self.handle[value])
            elif isinstance(value, bytes):
                value = value.decode("UTF-8")
            values[name] = value
        return values

    def _referenced(self, target: h5py.HLObject) -> BaseBuilder:
        known = self._built.get(target.id)
        if known is None:
            known = self._object(target, posixpath.basename(target.name), target.name)
        return known

    def _dataset(self, dataset: h5py.Dataset, name: str, path: str) -> DatasetBuilder:
        dtype: Any = dataset.dtype
        builder = PlainDataset(name, self._path, posixpath.dirname(path))
        if len(dataset.shape) == 0:
            data, dtype = self._scalar(dataset, dtype)
        else:
            data, dtype = self._array(dataset, dtype)
        builder["data"] = data
        builder["attributes"] = self._attributes(dataset)
        builder.dtype = dtype
        builder.maxshape = dataset.maxshape
        return builder

    def _scalar(self, dataset: h5py.Dataset, dtype: Any) -> tuple[Any, Any]:
        value = scalar_text(dataset.id)
        if value is None:
            value = dataset[()]
        if isinstance(value, bytes):
            return value.decode("UTF-8"), dtype
        if isinstance(value, h5py.Reference):
            target = self.handle[value]
            builder = self._dataset(target, posixpath.basename(target.name), target.name)
            self._built.setdefault(target.id, builder)
            reference = ReferenceBuilder(builder)
            return reference, reference.dtype
        if dtype.kind == "V":
            return np.array(value, dtype=dtype), self._columns(dataset)[1]
        return value, dtype

    def _array(self, dataset: h5py.Dataset, dtype: Any) -> tuple[Any, Any]:
        if dtype.kind == "V":
            return self._columns(dataset)
        if dtype.kind != "O" or len(dataset) == 0:
            return dataset, dtype
        first = dataset[(0,) * dataset.ndim]
        if isinstance(first, h5py.Reference):
            references = BuilderH5ReferenceDataset(dataset, self)
            return references, references.dtype
        if not isinstance(first, str | bytes):
            return None, dtype
        text = dtype.metadata.get("vlen") is str
        return (StrDataset(dataset, None) if text else dataset), dtype

    def _columns(self, dataset: h5py.Dataset) -> tuple[BuilderH5TableDataset, list[dict[str, Any]]]:
        stored = dataset.dtype
        kinds = [
            h5py.check_dtype(ref=stored[i]) or h5py.check_dtype(vlen=stored[i])
            for i in range(len(stored))
        ]
        table = BuilderH5TableDataset(dataset, self, kinds)
        names = zip(stored.fields, table.dtype, strict=False)
        return table, [{"name": name, "dtype": dtype} for name, dtype in names]


_left: list[Reader] = []


def take_reader(handle: Any, path: Path) -> Reader:
    """Return the reader that another validator left of this very file, or a new one.

    Who makes containers of the builders changes them, and must not leave the reader to others.
    """
    while _left:
        reader = _left.pop()
        if reader.opened is handle:
            return reader
    return open_reader(handle, path)


def open_reader(handle: Any, path: Path) -> Reader:
    """Return a reader of an opened file, HDF5 or Zarr.

    Parameters
    ----------
    handle
        The file, as its `Store` hands it over.
    path
        Where it lies.
    """
    if isinstance(handle, h5py.File):
        return BuilderReader(handle, path)
    # It needs hdmf-zarr, which nobody needs for HDF5.
    from posecheck.validators.zarr_reader import ZarrReader  # noqa: PLC0415

    return ZarrReader(handle, path)


def leave_reader(reader: Reader) -> None:
    """Leave a reader, and what it read, to the next validator of the same file."""
    _left[:] = [reader]


def _opened(identifier: Any) -> h5py.HLObject:
    if isinstance(identifier, h5py.h5d.DatasetID):
        return h5py.Dataset(identifier, readonly=True)  # h5py keeps what it has looked up
    if isinstance(identifier, h5py.h5g.GroupID):
        return h5py.Group(identifier)
    return h5py.Datatype(identifier)


def _attribute(found: h5py.HLObject, raw: bytes, name: str) -> Any:
    """Read an attribute; a plain text or number, which most are, on a shorter way than h5py's."""
    value = scalar_attribute(h5a.open(found.id, raw))
    if value is None:
        return found.attrs[name]
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _fill(
    builder: GroupBuilder,
    attributes: dict[str, Any],
    groups: dict[str, GroupBuilder],
    datasets: dict[str, DatasetBuilder],
    links: dict[str, LinkBuilder],
) -> None:
    """Put the parts into a group's builder; of two parts of one name hdmf's methods decide."""
    parts: list[tuple[str, Any, Any]] = [
        *(("attributes", name, value) for name, value in attributes.items()),
        *(("groups", each.name, each) for each in groups.values()),
        *(("datasets", each.name, each) for each in datasets.values()),
        *(("links", each.name, each) for each in links.values()),
    ]
    setters = {
        "groups": builder.set_group,
        "datasets": builder.set_dataset,
        "links": builder.set_link,
    }
    for kind, name, part in parts:
        if name in builder.obj_type:
            setters[kind](part)
            continue
        getattr(builder, kind)[name] = part
        builder.obj_type[name] = kind
        if kind != "attributes" and part.parent is None:
            part.parent = builder
