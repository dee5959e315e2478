"""Write an HDF5 file again without the space that edits left, and prove that it says the same.

The library copies the whole hierarchy, with its hard links, filters and compressed chunks as they
are. References to objects it leaves empty; they are made again here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5p, h5r, h5s

from posecheck.hdf5_editing.file_comparison import expect_same, opened_for_comparison
from posecheck.hdf5_editing.stored_values import attribute_values, comparable, value_blocks
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.object_references import address_of, holds_references
from posecheck.storage.store import StorageError, Trouble

_ROOT = b".posecheck-root"


def repack(original: Path, repacked: Path) -> None:
    """Write a file again, object by object.

    Parameters
    ----------
    original
        The file.
    repacked
        Where it is written; nothing may be there.

    Raises
    ------
    StorageError
        If that cannot be done: it begins with a user block, or a reference leads to nothing.
    OSError
        If there is no space for it.
    """
    with opened_for_comparison(original) as old, storage_errors("/"):
        creation = old.id.get_create_plist()
        if creation.get_userblock():
            raise StorageError(Trouble.UNREADABLE, "it begins with a block that is no HDF5", "/")
        with (
            repacked.open("x+b") as file,
            h5py.File(file, "w", libver=_versions(old)) as new,
        ):
            _copy_everything(old, new)
            _refer_again(old, new)


def _versions(file: h5py.File) -> tuple[str, str]:
    """Return for which releases of the library a file was written, by its superblock."""
    version = file.id.get_create_plist().get_version()[0]
    return ("earliest", "latest") if version < 2 else ("v108", "latest")


def _copy_everything(old: h5py.File, new: h5py.File) -> None:
    h5o.copy(old.id, b"/", new.id, _ROOT)
    copied, top = h5g.open(new.id, _ROOT), h5g.open(new.id, b"/")
    for name in list(h5g.GroupID.__iter__(copied)):
        creation = h5p.create(h5p.LINK_CREATE)
        creation.set_char_encoding(copied.links.get_info(name).cset)
        copied.links.move(name, top, name, lcpl=creation)
    for attribute in _attributes(copied):
        made = h5a.create(top, attribute.name, attribute.get_type(), attribute.get_space())
        values = attribute_values(attribute)
        if values is not None:
            made.write(values)
    top.unlink(_ROOT)


def _refer_again(old: h5py.File, new: h5py.File) -> None:
    """Make all references again: they lead to the same paths as in the original."""

    def visit(name: bytes) -> None:
        where = "/" if name == b"." else "/" + name.decode("utf-8", "surrogateescape")
        with storage_errors(where):
            one = h5o.open(old.id, name)
            other: Any = None
            for attribute in _attributes(one):
                values = attribute_values(attribute)
                if values is not None and holds_references(attribute.get_type()):
                    other = other or h5o.open(new.id, name)
                    h5a.open(other, name=attribute.name).write(_led_on(values, old, new))
            if isinstance(one, h5d.DatasetID) and holds_references(one.get_type()):
                other = other or h5o.open(new.id, name)
                _refer_dataset(one, other, old, new)

    visit(b".")
    h5o.visit(old.id, visit)


def _refer_dataset(
    one: h5d.DatasetID, other: h5d.DatasetID, old: h5py.File, new: h5py.File
) -> None:
    if one.shape is None or 0 in one.shape:
        return
    values = np.empty(one.shape, dtype=one.dtype)
    one.read(h5s.ALL, h5s.ALL, values)
    other.write(h5s.ALL, h5s.ALL, _led_on(values, old, new))


def _led_on(values: Any, old: h5py.File, new: h5py.File) -> Any:
    """Return values with references into the new file, in place of those into the old one."""
    if values.dtype.names:
        for name in values.dtype.names:
            values[name] = _led_on(values[name], old, new)
    elif values.dtype.kind == "O":
        flat = values.reshape(-1)
        for index, value in enumerate(flat):
            if isinstance(value, np.ndarray):
                flat[index] = _led_on(value, old, new)
            elif isinstance(value, (h5py.Reference, h5py.RegionReference)):
                flat[index] = _reference(value, old, new)
        values = flat.reshape(values.shape)
    return values


def _reference(value: Any, old: h5py.File, new: h5py.File) -> Any:
    is_region = isinstance(value, h5py.RegionReference)
    if not value:
        return value
    name = h5r.get_name(value, old.id)
    if not name:
        raise StorageError(Trouble.UNREADABLE, "a reference leads to nothing", "/")
    if is_region:
        return h5r.create(new.id, name, h5r.DATASET_REGION, h5r.get_region(value, old.id))
    return h5r.create(new.id, name, h5r.OBJECT)


def verify_repacked(original: Path, repacked: Path) -> None:
    """Compare a file that was written again with its original: every object, attribute and value.

    Raises
    ------
    StorageError
        If anything differs but the places of objects in the file.
    """
    with opened_for_comparison(original) as old, opened_for_comparison(repacked) as new:
        _Comparison(old, new).run()


class _Comparison:
    """Two files, walked side by side, in which objects lie at different places."""

    def __init__(self, old: h5py.File, new: h5py.File) -> None:
        self._old = old
        self._new = new
        self._twins: dict[int, int] = {}

    def run(self) -> None:
        """Compare the links first: a reference may lead to any object."""
        pairs = list(self._walk())
        for path, one, other in pairs:
            with storage_errors(path):
                self._compare_attributes(path, one, other)
                if isinstance(one, h5d.DatasetID):
                    self._compare_dataset(path, one, other)

    def _walk(self) -> Iterator[tuple[str, Any, Any]]:
        waiting = [("/", h5g.open(self._old.id, b"/"), h5g.open(self._new.id, b"/"))]
        while waiting:
            path, one, other = waiting.pop()
            with storage_errors(path):
                before, after = address_of(one), address_of(other)
                if before in self._twins:
                    expect_same(path, "what its hard link leads to", self._twins[before], after)
                    continue
                self._twins[before] = after
                expect_same(path, "its kind", type(one), type(other))
                yield path, one, other
                if isinstance(one, h5g.GroupID):
                    waiting += self._members(path, one, other)

    def _members(
        self, path: str, one: h5g.GroupID, other: h5g.GroupID
    ) -> Iterator[tuple[str, Any, Any]]:
        names = list(h5g.GroupID.__iter__(one))
        expect_same(path, "its members", names, list(h5g.GroupID.__iter__(other)))
        for name in names:
            first, second = one.links.get_info(name), other.links.get_info(name)
            where = f"{path.rstrip('/')}/{name.decode('utf-8', 'surrogateescape')}"
            expect_same(where, "its link", (first.type, first.cset), (second.type, second.cset))
            if first.type == h5l.TYPE_HARD:
                yield where, h5o.open(one, name), h5o.open(other, name)
            else:
                expect_same(where, "its link", one.links.get_val(name), other.links.get_val(name))

    def _compare_attributes(self, path: str, one: Any, other: Any) -> None:
        before = {attribute.name: attribute for attribute in _attributes(one)}
        after = {attribute.name: attribute for attribute in _attributes(other)}
        expect_same(path, "its attributes", sorted(before), sorted(after))
        for name, first in before.items():
            what, second = f"its attribute {name.decode('utf-8', 'replace')}", after[name]
            expect_same(path, what, first.get_type(), second.get_type())
            expect_same(path, what, first.shape, second.shape)
            self._compare_values(path, what, attribute_values(first), attribute_values(second))

    def _compare_dataset(self, path: str, one: h5d.DatasetID, other: h5d.DatasetID) -> None:
        expect_same(path, "its type", one.get_type(), other.get_type())
        expect_same(path, "its shape", one.shape, other.shape)
        first, second = one.get_create_plist(), other.get_create_plist()
        expect_same(path, "its storage", _storage(first), _storage(second))
        for region in value_blocks(one):
            before = np.asarray(h5py.Dataset(one)[region], dtype=one.dtype)
            after = np.asarray(h5py.Dataset(other)[region], dtype=one.dtype)
            self._compare_values(path, "its data", before, after)

    def _compare_values(self, path: str, what: str, before: Any, after: Any) -> None:
        expected = self._moved(comparable(before, self._old))
        expect_same(path, what, expected, comparable(after, self._new))

    def _moved(self, value: Any) -> Any:
        """Return what compares equal to references after their targets came to other places."""
        if isinstance(value, list):
            return [self._moved(item) for item in value]
        if isinstance(value, tuple):
            return (self._moved(value[0]), *value[1:])
        return self._twins.get(value, value) if isinstance(value, int) else value


def _storage(properties: h5p.PropDCID) -> tuple[Any, ...]:
    layout = properties.get_layout()
    chunk = properties.get_chunk() if layout == h5d.CHUNKED else None
    filters = [properties.get_filter(index) for index in range(properties.get_nfilters())]
    return layout, chunk, filters


def _attributes(handle: Any) -> Iterator[h5a.AttrID]:
    for index in range(h5a.get_num_attrs(handle)):
        yield h5a.open(handle, index=index)
