"""From hdmf's builders to pynwb's objects, with the type map of the file's specification."""

from __future__ import annotations

import functools
from copy import copy
from typing import Any

from hdmf.backends.errors import UnsupportedOperation
from hdmf.build import BuildManager, TypeMap
from hdmf.build.builders import BaseBuilder
from pynwb import NWBHDF5IO, NWBFile, get_type_map

from posecheck.validators.builders import BuilderReader
from posecheck.validators.specification import KeptBySpecification


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


def type_map_of(reader: BuilderReader) -> PlainTypeMap:
    """Return the type map of a file: as `load_type_map`, but loaded once per specification.

    Raises
    ------
    Exception
        What hdmf raises on a specification that it cannot load.
    """
    return kept_type_maps().get(reader.handle, lambda: load_type_map(reader))


def load_type_map(reader: BuilderReader) -> PlainTypeMap:
    """Return a type map that knows pynwb's types and those of the file's cached specification.

    Raises
    ------
    Exception
        What hdmf raises on a specification that it cannot load.
    """
    type_map = PlainTypeMap.of_pynwb()
    NWBHDF5IO.load_namespaces(type_map, file=reader.handle)
    return type_map


def read_container(reader: BuilderReader, type_map: TypeMap) -> NWBFile:
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
