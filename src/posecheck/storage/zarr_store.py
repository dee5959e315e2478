"""NWB as hdmf-zarr stores it: groups and arrays of Zarr, with links and references in attributes.

Nothing outside the store is opened: a link that names another store is external, and is not
followed.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from posecheck.model.storage_format import StorageFormat
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.store_files import StoreFiles
from posecheck.storage.store import (
    Array,
    Group,
    Link,
    LinkKind,
    StorageError,
    Store,
    Trouble,
    source_error,
)
from posecheck.storage.zarr_array import ZarrArray
from posecheck.storage.zarr_node import LINKS, StoreContent, ZarrNode
from posecheck.storage.zarr_tree import ARRAY, GROUP

_LONGEST_CHAIN = 64
_SPECIFICATIONS = "specifications"
_SMALL = 16
_MOST_LOOKED_AT = 2000


class ZarrStore(Store):
    """A Zarr store, opened for reading.

    Parameters
    ----------
    files
        Its members; the store closes them.
    name
        The name of its folder, by which references may name the store itself.

    Raises
    ------
    StorageError
        If it is none that can be read.
    """

    format: ClassVar[StorageFormat] = StorageFormat.ZARR

    def __init__(self, files: StoreFiles, name: str) -> None:
        self.files = files
        try:
            self.content = StoreContent(files, name)
        except BaseException:
            files.close()
            raise
        self._root = ZarrGroup(self.content, "")
        if not files.is_listed:
            files.prefetch(_small_members(self.content))

    @property
    def root(self) -> ZarrGroup:
        """The root group."""
        return self._root

    @property
    def handle(self) -> ZarrStore:
        """The store itself: what reads it with hdmf-zarr takes its members from here."""
        return self

    def check_source(self) -> None:
        """Raise if bytes of the store could not be had."""
        try:
            self.files.check()
        except SourceError as error:
            raise source_error(error) from error

    def prefetch(self, rows: Iterable[tuple[Array, int, int]]) -> None:
        """Fetch rows of several arrays that will be read next, all at once."""
        self.files.prefetch(
            name
            for array, start, stop in rows
            if isinstance(array, ZarrArray)
            for name in array.chunk_names(start, stop)
        )

    def close(self) -> None:
        """Give back what is open."""
        self.files.close()


def _small_members(content: StoreContent) -> Iterator[str]:
    """Yield the members that hold texts or single values, which are read one by one."""
    arrays = (
        ZarrArray(content, path)
        for path in content.tree.arrays()
        if path.split("/")[0] != _SPECIFICATIONS
    )
    for array in itertools.islice(arrays, _MOST_LOOKED_AT):
        try:
            is_small = math.prod(array.header.shape) <= _SMALL
        except StorageError:
            continue  # whoever reads it meets the fault
        if is_small:
            yield from array.chunk_names(0, array.info.length)


class ZarrGroup(ZarrNode, Group):
    """A group; its members are opened one by one."""

    def links(self) -> tuple[Link, ...]:
        """Return the members, sorted by name as HDF5 lists them."""
        found = {
            name: Link(name, LinkKind.HARD) for name in self.content.tree.children(self.inside)
        }
        stored = self.stored_attributes.get(LINKS)
        for entry in stored if isinstance(stored, list) else ():
            link = self._link(entry)
            if link is not None:
                found.setdefault(link.name, link)
        names = sorted(found, key=lambda name: name.encode("utf-8", "surrogateescape"))
        return tuple(found[name] for name in names)

    def _link(self, stored: Any) -> Link | None:
        if not isinstance(stored, Mapping):
            return None
        name, path, source = (stored.get(key) for key in ("name", "path", "source"))
        if not isinstance(name, str) or not name or not isinstance(path, str):
            return None
        if self.content.is_own(source):
            return Link(name, LinkKind.SOFT, "/" + path.lstrip("/"))
        return Link(name, LinkKind.EXTERNAL, f"{source}:{path}")

    def member(self, link: Link) -> Group | Array:
        """Open a member, following links inside the store by hand."""
        where = f"{self.path.rstrip('/')}/{link.name}"
        try:
            return self._follow(link, _LONGEST_CHAIN)
        except StorageError as error:
            raise StorageError(error.trouble, error.detail, where) from error

    def _follow(self, link: Link, left: int) -> Group | Array:
        if link.kind is LinkKind.HARD:
            return self._open(link.name)
        if link.kind is LinkKind.EXTERNAL:
            raise StorageError(Trouble.EXTERNAL, link.target)
        if left == 0:
            raise StorageError(Trouble.DANGLING, f"{link.target} (a circle of links)")
        node: Group | Array = ZarrGroup(self.content, "")
        for part in re.split("/+", link.target.strip("/")):
            if part in {"", "."}:
                continue
            if not isinstance(node, ZarrGroup):
                raise StorageError(Trouble.DANGLING, link.target)
            following = next((one for one in node.links() if one.name == part), None)
            if following is None:
                raise StorageError(Trouble.DANGLING, link.target)
            node = node._follow(following, left - 1)
        return node

    def _open(self, name: str) -> Group | Array:
        inside = f"{self.inside}/{name}" if self.inside else name
        tree = self.content.tree
        if tree.document(inside, ARRAY) is not None:
            return ZarrArray(self.content, inside)
        if tree.document(inside, GROUP) is not None:
            return ZarrGroup(self.content, inside)
        raise StorageError(Trouble.DANGLING, "nothing is there", f"/{inside}")
