"""The specification that a file carries: which one it is, and what was loaded for it before."""

from __future__ import annotations

import hashlib
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import h5py
from h5py import h5d, h5g
from pynwb import get_type_map

from posecheck.storage.hdf5_scalars import scalar_text

_LOCATION = ".specloc"
_KEPT = 8
_OWN_NAMESPACES = frozenset(("hdmf-common", "hdmf-experimental", "core"))

_Loaded = TypeVar("_Loaded")


def key_of(handle: Any) -> str:
    """Return a hash of the specification cached in a file, empty if it carries none.

    Two files of one key load the same namespaces: the names, the versions and the text are in it.

    Raises
    ------
    Exception
        What h5py raises where the specification is damaged.
    """
    location = handle.attrs.get(_LOCATION)
    if location is None:
        return ""
    digest = hashlib.sha256()
    parts = _parts if isinstance(handle, h5py.File) else _parts_of_zarr
    for part in parts(handle[location]):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(specifications: h5py.Group) -> Iterator[bytes]:
    # Twenty texts in each file: h5py's comfortable way takes longer than all rules of posecheck.
    namespaces = specifications.id
    for name in namespaces:
        versions = h5g.open(namespaces, name)
        for version in versions:
            sources = h5g.open(versions, version)
            for source in sources:
                yield from (name, version, source, _text_of(h5d.open(sources, source)))


def _parts_of_zarr(specifications: Any) -> Iterator[bytes]:
    for name, versions in specifications.items():
        for version, sources in versions.items():
            for source, stored in sources.items():
                yield from (part.encode() for part in (name, version, source, str(stored[0])))


def _text_of(stored: h5d.DatasetID) -> bytes:
    text = scalar_text(stored)
    if text is not None:
        return text
    value = h5py.Dataset(stored)[()]
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class _LastKey:
    """The hash of the file that was asked for last: several ask for one file, one after another."""

    def __init__(self) -> None:
        self._handle: Callable[[], Any] = lambda: None
        self._key = ""

    def of(self, handle: Any) -> str:
        """Return the hash of a file's specification.

        Raises
        ------
        Exception
            As `key_of`.
        """
        if self._handle() is not handle:
            self._key = key_of(handle)
            self._handle = weakref.ref(handle)
        return self._key


_LAST = _LastKey()


def foreign_namespaces() -> tuple[str, ...]:
    """Return the extensions that this process has registered with pynwb.

    pynwb prefers a registered extension to the one that a file carries, so with any of them the
    result for a file depends on what was imported: validate in a process where there is none.
    """
    registered = get_type_map(copy=False).namespace_catalog.namespaces
    return tuple(sorted(set(registered) - _OWN_NAMESPACES))


class KeptBySpecification(Generic[_Loaded]):
    """What was loaded for a specification, kept for the next files that carry the same.

    A process keeps the few that it met last; a file that cannot be loaded leaves nothing behind.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Loaded] = OrderedDict()

    def get(self, handle: Any, load: Callable[[], _Loaded]) -> _Loaded:
        """Return what ``load`` gives, or gave for an earlier file of the same specification."""
        try:
            key = _LAST.of(handle)
        except Exception:  # noqa: BLE001 - what is wrong with it is for the validator to say
            return load()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        loaded = load()
        self._kept[key] = loaded
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return loaded
