"""From an opened Zarr store to hdmf's builders, by hdmf-zarr, which must be installed.

hdmf-zarr gets the members of the store from posecheck, never a path: it opens nothing outside, and
no link in the store leads it there. Its references are pickled objects, which run code where they
are unpickled; here they are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
from hdmf.build import GroupBuilder, TypeMap
from hdmf_zarr.nwb import NWBZarrIO
from numcodecs.abc import Codec
from pynwb import get_manager
from zarr.storage import DirectoryStore  # type: ignore[attr-defined,unused-ignore]  # of zarr 2

from posecheck.sources.store_files import StoreFiles
from posecheck.storage.zarr_decompression import LARGEST_CHUNK, CodecError
from posecheck.storage.zarr_pickle import objects_of_pickle
from posecheck.storage.zarr_store import ZarrStore
from posecheck.storage.zarr_tree import read_member

_VERSION = re.compile(r"\d+")


class InertPickle(Codec):  # type: ignore[misc]
    """Stands for numcodecs' codec of pickled objects, and runs nothing that is in them."""

    codec_id = "pickle"

    def __init__(self, protocol: int = 5) -> None:
        self.protocol = protocol

    def encode(self, buf: Any) -> Any:
        """Refuse: nothing is written here.

        Raises
        ------
        CodecError
            Always.
        """
        raise CodecError("nothing is pickled here")

    def decode(self, buf: Any, out: Any = None) -> Any:
        """Return the objects as an array.

        Raises
        ------
        CodecError
            If anything but references, texts and numbers is in them.
        """
        values = objects_of_pickle(bytes(buf))
        array = np.empty(len(values), dtype=object)
        for position, value in enumerate(values):
            array[position] = value
        if out is None:
            return array
        np.copyto(out, array.reshape(out.shape))
        return out


numcodecs.register_codec(InertPickle)


class _Members(DirectoryStore):  # type: ignore[misc]
    """The members of a store, for the zarr library; it takes this for a folder.

    Parameters
    ----------
    files
        The members.
    path
        Where the store lies, as it may be printed.
    """

    def __init__(self, files: StoreFiles, path: str) -> None:
        self._files = files
        self.path = path
        self.normalize_keys = False
        self._dimension_separator = None

    def __getitem__(self, key: str) -> bytes:
        content = read_member(self._files, key, LARGEST_CHUNK, "/")
        if content is None:
            raise KeyError(key)
        return content

    def __contains__(self, key: object) -> bool:
        return read_member(self._files, str(key), LARGEST_CHUNK, "/") is not None

    def __setitem__(self, key: str, value: object) -> None:
        raise PermissionError("the store is only read")

    def __delitem__(self, key: str) -> None:
        raise PermissionError("the store is only read")

    def keys(self) -> Iterator[str]:
        """Yield nothing: whoever reads NWB asks for members by their names."""
        return iter(())

    def listdir(self, path: str | None = None) -> list[str]:
        """Return the names in a folder of the store."""
        return list(self._files.names_in(path or ""))


class ZarrReader(NWBZarrIO):  # type: ignore[misc]
    """Reads the builders of a store that is open already, and leaves closing it to its owner.

    Parameters
    ----------
    opened
        The opened store.
    path
        Where it lies. NWB Inspector looks for videos beside it.

    Attributes
    ----------
    handle
        The root group, as the zarr library has it.
    """

    def __init__(self, opened: ZarrStore, path: Path) -> None:
        self.opened = opened
        self._own_manager = get_manager(copy=False)
        self._root: GroupBuilder | None = None
        super().__init__(
            path=_Members(opened.files, str(path)),
            mode="r",
            manager=self._own_manager,
            load_namespaces=False,
        )
        self.handle = self._file

    @property
    def manager(self) -> Any:
        """The manager that makes containers of the builders."""
        return self._own_manager

    @manager.setter
    def manager(self, manager: Any) -> None:
        self._own_manager = manager

    def resolve_ref(self, zarr_ref: Any) -> Any:
        """Return what a link or a reference leads to, inside the store.

        Raises
        ------
        ValueError
            If it leads out of it.
        """
        source = zarr_ref.get("source")
        if not self.opened.content.is_own(source):
            raise ValueError(f"a link leads out of the store, to {source}, and is not followed")
        return super().resolve_ref({**zarr_ref, "source": "."})

    def refuse_other_formats(self) -> None:
        """Check that pynwb takes this for an NWB file.

        Raises
        ------
        ValueError
            If it has no ``nwb_version``, or one below 2.
        """
        stored = self.handle.attrs.get("nwb_version")
        if stored is None:
            raise ValueError("nwb_version is missing")
        major = _VERSION.match(str(stored))
        if major is not None and int(major[0]) < 2:
            raise ValueError(f"nwb_version is {stored}; pynwb reads 2 and above")

    def read_builder(self) -> GroupBuilder:
        """Return the builder of the root group, reading it on the first call.

        Raises
        ------
        Exception
            What zarr or hdmf raise on a store that is damaged or that hdmf has no builder for.
        """
        if self._root is None:
            self._root = super().read_builder()
        return self._root

    def load_into(self, type_map: TypeMap) -> None:
        """Load the specification that the store carries into a type map.

        Raises
        ------
        Exception
            What hdmf raises on a specification that it cannot load.
        """
        NWBZarrIO.load_namespaces(namespace_catalog=type_map, file=self.handle)

    def close(self) -> None:
        """Leave the store open."""
