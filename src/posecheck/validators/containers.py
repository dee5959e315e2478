"""From hdmf's builders to pynwb's objects, with the type map of the file's specification."""

from __future__ import annotations

import functools
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
from hdmf.backends.errors import UnsupportedOperation
from hdmf.build import BuildManager, GroupBuilder, TypeMap
from hdmf.build.builders import BaseBuilder
from pynwb import NWBHDF5IO, NWBFile, get_type_map

from posecheck.validators.builders import BuilderReader, take_reader
from posecheck.validators.messages import quiet_and_fast
from posecheck.validators.private_names import READING, obstacle
from posecheck.validators.specification import KeptBySpecification
from posecheck.validators.tiny_file import IDENTIFIER, tiny_file

if TYPE_CHECKING:
    from posecheck.validators.builders import Reader


class PlainTypeMap(TypeMap):  # type: ignore[misc]
    """pynwb's type map, without the checks of arguments on what is called per object."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._classes: dict[tuple[str | None, str | None], Any] = {}

    @classmethod
    def of_pynwb(cls) -> PlainTypeMap:
        """Return a copy of pynwb's own map, to load a file's specification into."""
        known = get_type_map(copy=False)
        type_map = cls(copy(known.namespace_catalog))
        type_map.merge(known)
        return type_map

    def get_builder_dt(self, builder: BaseBuilder) -> str | None:
        """Return the name of a builder's type."""
        builder = getattr(builder, "builder", builder)
        name: Any = builder.attributes.get("neurodata_type")
        return name.decode("utf-8") if isinstance(name, bytes) else name

    def get_builder_ns(self, builder: BaseBuilder) -> str | None:
        """Return the namespace of a builder's type."""
        name: str | None = getattr(builder, "builder", builder).attributes.get("namespace")
        return name

    def get_cls(self, builder: BaseBuilder) -> Any:
        """Return the class of a builder's type, which is looked up, or made, once.

        Raises
        ------
        ValueError
            If the builder has no type, or the type is unknown.
        """
        key = self.get_builder_ns(builder), self.get_builder_dt(builder)
        if key not in self._classes:
            self._classes[key] = super().get_cls(builder)
        return self._classes[key]


class PlainManager(BuildManager):  # type: ignore[misc]
    """Makes one file's containers, and knows the builder of each."""

    def get_builder_dt(self, builder: BaseBuilder) -> str | None:
        """Return the name of a builder's type."""
        name: str | None = self.type_map.get_builder_dt(builder)
        return name

    def get_builder_ns(self, builder: BaseBuilder) -> str | None:
        """Return the namespace of a builder's type."""
        name: str | None = self.type_map.get_builder_ns(builder)
        return name

    def get_cls(self, builder: BaseBuilder) -> Any:
        """Return the class of a builder's type."""
        return self.type_map.get_cls(builder)


@functools.cache
def kept_type_maps() -> KeptBySpecification[PlainTypeMap]:
    """Return the type maps that this process has loaded, for whoever reads a file next."""
    return KeptBySpecification()


def type_map_of(reader: Reader) -> PlainTypeMap:
    """Return the type map of a file: as `load_type_map`, but loaded once per specification.

    Raises
    ------
    Exception
        What hdmf raises on a specification that it cannot load.
    """
    return kept_type_maps().get(reader.handle, lambda: load_type_map(reader))


def load_type_map(reader: Reader) -> PlainTypeMap:
    """Return a type map that knows pynwb's types and those of the file's cached specification.

    Raises
    ------
    Exception
        What hdmf raises on a specification that it cannot load.
    """
    type_map = PlainTypeMap.of_pynwb()
    reader.load_into(type_map)
    return type_map


class SharedIO(NWBHDF5IO):  # type: ignore[misc]
    """pynwb's own reader of a file that is open already, which leaves closing it to its owner."""

    def close(self, close_links: bool = True) -> None:
        """Leave the file open."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """What pynwb makes of a file, and the manager that knows the builder of each object."""

    container: NWBFile
    manager: BuildManager


def open_container(handle: Any, path: Path) -> OpenedFile:
    """Make the objects of an open file: on the fast reader, or where that does not work on pynwb's.

    Raises
    ------
    Exception
        What pynwb raises on a file that it cannot read.
    """
    if isinstance(handle, h5py.File) and reading_obstacle():
        io = SharedIO(file=handle, mode="r", load_namespaces=True)
        return OpenedFile(io.read(), io.manager)
    reader = take_reader(handle, path)
    container = read_container(reader, type_map_of(reader))
    return OpenedFile(container, reader.manager)


def reading_obstacle() -> str:
    """Return why files are read as pynwb itself reads them, as a clause; empty if they are not."""
    return obstacle(READING, try_reading)


def try_reading() -> str:
    """Read a tiny file in both ways, and say how the results differ; empty if they do not."""
    with quiet_and_fast(), tiny_file() as handle:
        public = SharedIO(file=handle, mode="r", load_namespaces=True)
        reader = BuilderReader(handle, Path(handle.filename))
        if _outline(public.read_builder()) != _outline(reader.read_builder()):
            return "the builders differ"
        found, wanted = read_container(reader, type_map_of(reader)), public.read()
        if not found.identifier == wanted.identifier == IDENTIFIER:
            return "the objects differ"
        names = [sorted(each.objects) for each in (found, wanted)]
        return "" if names[0] == names[1] else "the objects differ"


def _outline(builder: BaseBuilder) -> Any:
    """Return what is in a builder, by name, all the way down."""
    attributes = {name: str(value) for name, value in builder.attributes.items()}
    if not isinstance(builder, GroupBuilder):
        return attributes
    inside = {
        name: _outline(part) for name, part in (*builder.groups.items(), *builder.datasets.items())
    }
    return attributes, sorted(builder.links), inside


def read_container(reader: Reader, type_map: TypeMap) -> NWBFile:
    """Make the objects of a file, as ``NWBHDF5IO.read`` does.

    Raises
    ------
    Exception
        What pynwb raises on a file that it cannot read.
    """
    reader.refuse_other_formats()
    root = reader.read_builder()
    if all(len(part) == 0 for part in root.values()):
        raise UnsupportedOperation("Cannot build data. There are no values.")
    reader.manager = PlainManager(type_map)
    container: Any = reader.manager.construct(root)
    container.read_io = reader
    return container
