"""Two HDF5 files, of which one was copied from the other and edited, walked side by side.

Compared is what is stored, not what a reader makes of it: every link, type, extent and attribute,
and for every dataset the place and the bytes of its raw data. Only values that lie in a heap are
read, which an edit of others may have moved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o

from posecheck.hdf5_editing.difference import Difference
from posecheck.hdf5_editing.stored_values import (
    attribute_values,
    comparable,
    extents,
    has_heap_values,
    value_blocks,
)
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.object_references import address_of
from posecheck.storage.store import StorageError, Trouble


class FileComparison:
    """Two opened files, walked side by side, each object once.

    What an edit may change is what a subclass leaves out.

    Parameters
    ----------
    before, after
        The original and the edited file, opened.
    difference
        Where they differ, byte by byte.
    """

    def __init__(self, before: h5py.File, after: h5py.File, difference: Difference) -> None:
        self.before = before
        self.after = after
        self._difference = difference
        self._twins: dict[int, int] = {}

    def run(self) -> None:
        """Compare everything.

        Raises
        ------
        StorageError
            If anything differs.
        """
        waiting = [("/", "/", h5g.open(self.before.id, b"/"), h5g.open(self.after.id, b"/"))]
        waiting += self.moved()
        while waiting:
            path, now, old, new = waiting.pop()
            with storage_errors(now):
                if self._is_known(now, old, new):
                    continue
                expect_same(now, "its kind", type(old), type(new))
                self.compare_attributes(now, old, new, self.edited_attributes(old))
                if isinstance(old, h5g.GroupID):
                    waiting.extend(self._members(path, now, old, new))
                elif isinstance(old, h5d.DatasetID):
                    self.compare_dataset(now, old, new)

    def moved(self) -> list[tuple[str, str, Any, Any]]:
        """Return what got another path: both paths, and the object in both files."""
        return []

    def edited_links(self, path: str, now: str) -> tuple[Collection[str], Collection[str]]:
        """Return which members of a group may differ: by their names before, and after."""
        return (), ()

    def edited_attributes(self, old: Any) -> Collection[str]:
        """Return which attributes of an object may differ."""
        return ()

    def is_stored_again(self, path: str) -> bool:
        """Whether an object may lie at another place in the file."""
        return False

    def _is_known(self, path: str, old: Any, new: Any) -> bool:
        """Whether both were compared before, under another name; they must be one object then."""
        before, after = address_of(old), address_of(new)
        if not self.is_stored_again(path):
            expect_same(path, "its place in the file", before, after)
        if before in self._twins:
            expect_same(path, "what its hard link leads to", self._twins[before], after)
            return True
        self._twins[before] = after
        return False

    def _members(
        self, path: str, now: str, old: h5g.GroupID, new: h5g.GroupID
    ) -> Iterator[tuple[str, str, Any, Any]]:
        gone, added = self.edited_links(path, now)
        names = _names(old, gone)
        expect_same(now, "its members", names, _names(new, added))
        for name in names:
            first, second = old.links.get_info(name), new.links.get_info(name)
            text = name.decode("utf-8", "surrogateescape")
            where = f"{now.rstrip('/')}/{text}"
            expect_same(where, "its link", (first.type, first.cset), (second.type, second.cset))
            if first.type == h5l.TYPE_HARD:
                yield f"{path.rstrip('/')}/{text}", where, h5o.open(old, name), h5o.open(new, name)
            else:
                expect_same(where, "its link", old.links.get_val(name), new.links.get_val(name))

    def compare_attributes(
        self, path: str, old: Any, new: Any, edited: Collection[str] = ()
    ) -> None:
        """Compare the attributes of an object, but for those that were edited."""
        before, after = _attribute_names(old, edited), _attribute_names(new, edited)
        expect_same(path, "the number of its attributes", len(before), len(after))
        for name in before:
            what = f"its attribute {name.decode('utf-8', 'replace')}"
            expect_same(path, what, True, name in after)
            first, second = h5a.open(old, name=name), h5a.open(new, name=name)
            expect_same(path, what, first.get_type(), second.get_type())
            expect_same(path, what, first.shape, second.shape)
            expect_same(
                path,
                what,
                comparable(attribute_values(first), self.before),
                comparable(attribute_values(second), self.after),
            )

    def compare_dataset(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        """Compare two datasets of which nothing was edited."""
        self.compare_description(path, old, new)
        self.compare_storage(path, old, new)
        properties = old.get_create_plist()
        if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
            return
        places = list(extents(old))
        expect_same(path, "where its data lie", places, list(extents(new)))
        for start, size in places:
            if self._difference.touches(start, size):
                raise StorageError(Trouble.UNREADABLE, "its data changed", path)
        if properties.get_layout() == h5d.COMPACT or has_heap_values(old.get_type()):
            self._compare_values(path, old, new)

    def compare_description(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        """Compare what two datasets are, whatever they hold."""
        expect_same(path, "its shape", old.get_space().shape, new.get_space().shape)
        expect_same(path, "its largest shape", _limits(old), _limits(new))

    def compare_storage(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        """Compare how two datasets are stored, wherever that is."""
        expect_same(path, "its type", old.get_type(), new.get_type())
        expect_same(path, "its storage", old.get_create_plist(), new.get_create_plist())

    def _compare_values(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        for region in value_blocks(old):
            before = np.asarray(h5py.Dataset(old)[region], dtype=old.dtype)
            after = np.asarray(h5py.Dataset(new)[region], dtype=old.dtype)
            expect_same(
                path, "its data", comparable(before, self.before), comparable(after, self.after)
            )


def expect_same(path: str, what: str, old: Any, new: Any) -> None:
    """Refuse a difference.

    Raises
    ------
    StorageError
        If there is one.
    """
    if old != new:
        raise StorageError(Trouble.UNREADABLE, f"the edit changed {what}", path)


@contextlib.contextmanager
def opened_for_comparison(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading, through a Python file object.

    Raises
    ------
    StorageError
        If it cannot be opened.
    """
    with path.open("rb", buffering=0) as file:
        with storage_errors("/"):
            opened = h5py.File(file, "r")
        with opened:
            yield opened


def _names(group: h5g.GroupID, edited: Collection[str]) -> list[bytes]:
    names = list(h5g.GroupID.__iter__(group))
    if not edited:
        return names
    return [name for name in names if name.decode("utf-8", "surrogateescape") not in edited]


def _attribute_names(handle: Any, edited: Collection[str]) -> list[bytes]:
    names = [h5a.open(handle, index=i).name for i in range(h5a.get_num_attrs(handle))]
    return [name for name in names if name.decode("utf-8", "surrogateescape") not in edited]


def _limits(handle: h5d.DatasetID) -> Any:
    space = handle.get_space()
    return space.get_simple_extent_dims(True) if handle.shape else None
