"""That an edit changed what it should, and nothing else.

Checked by what is stored, not by what a reader makes of it: every link, type, extent and attribute,
and for every other dataset the place and the bytes of its raw data. Only strings of variable length
are read, since what they say lies in a heap that they share with those that were edited.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5t

from posecheck.hdf5_editing.difference import Difference
from posecheck.hdf5_editing.global_heaps import is_heap_edit
from posecheck.hdf5_editing.string_edits import read_strings
from posecheck.model.string_change import StringChange
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.string_datasets import hard_path, open_dataset

_ROWS = 65_536


def verify_edit(
    original: Path,
    edited: Path,
    changes: Iterable[StringChange],
    difference: Difference,
    *,
    recreated: Collection[str] = (),
) -> None:
    """Compare an edited file with its original.

    Parameters
    ----------
    original, edited
        The two files.
    changes
        What should have changed.
    difference
        What did change, byte by byte.
    recreated
        The datasets that were recreated, by their path along hard links.

    Raises
    ------
    StorageError
        If anything else changed, or a string does not say what it should.
    """
    with _opened(original) as before, _opened(edited) as after:
        wanted: dict[str, list[StringChange]] = {}
        for change in changes:
            wanted.setdefault(hard_path(before, change.dataset), []).append(change)
        comparison = _Comparison(before, after, wanted, difference, recreated)
        if not recreated and _is_heap_edit(original, edited, difference, (before, after), wanted):
            comparison.compare_edited()
        else:
            comparison.run()


def _is_heap_edit(
    original: Path,
    edited: Path,
    difference: Difference,
    files: tuple[h5py.File, h5py.File],
    wanted: Mapping[str, Sequence[StringChange]],
) -> bool:
    strings = []
    for path, changes in wanted.items():
        old, new = (open_dataset(file, path) for file in files)
        if not (old.get_type().is_variable_str() and new.get_type().is_variable_str()):
            return False
        strings.append((old, new, [change.index or 0 for change in changes]))
    with storage_errors("/"):
        return is_heap_edit(original, edited, difference, strings)


class _Comparison:
    """Two opened files, walked side by side, each object once."""

    def __init__(
        self,
        before: h5py.File,
        after: h5py.File,
        wanted: dict[str, list[StringChange]],
        difference: Difference,
        recreated: Collection[str],
    ) -> None:
        self._before = before
        self._after = after
        self._wanted = wanted
        self._difference = difference
        self._recreated = recreated
        self._twins: dict[int, int] = {}
        self._edited = {_address(h5o.open(before.id, _raw(path))) for path in wanted}
        self._compared: set[str] = set()

    def run(self) -> None:
        waiting: list[tuple[str, Any, Any]] = [
            ("/", h5g.open(self._before.id, b"/"), h5g.open(self._after.id, b"/"))
        ]
        while waiting:
            path, old, new = waiting.pop()
            with storage_errors(path):
                if self._is_known(path, old, new):
                    continue
                _same(path, "its kind", type(old), type(new))
                self._compare_attributes(path, old, new)
                if isinstance(old, h5g.GroupID):
                    waiting.extend(self._members(path, old, new))
                elif isinstance(old, h5d.DatasetID):
                    self._compare_dataset(path, old, new)
        for path, changes in self._wanted.items():
            if path not in self._compared:
                raise StorageError(Trouble.UNREADABLE, "it is gone", changes[0].dataset)

    def compare_edited(self) -> None:
        """Look at the edited strings alone, where the bytes show that nothing else changed."""
        for path in self._wanted:
            old, new = open_dataset(self._before, path), open_dataset(self._after, path)
            with storage_errors(path):
                self._compare_attributes(path, old, new)
                self._compare_dataset(path, old, new)

    def _is_known(self, path: str, old: Any, new: Any) -> bool:
        """Whether both were compared before, under another name; they must be one object then."""
        before, after = _address(old), _address(new)
        if path not in self._recreated:
            _same(path, "its place in the file", before, after)
        if before in self._twins:
            _same(path, "what its hard link leads to", self._twins[before], after)
            return True
        self._twins[before] = after
        return False

    def _members(
        self, path: str, old: h5g.GroupID, new: h5g.GroupID
    ) -> Iterator[tuple[str, Any, Any]]:
        names = list(h5g.GroupID.__iter__(old))
        _same(path, "its members", names, list(h5g.GroupID.__iter__(new)))
        for name in names:
            first, second = old.links.get_info(name), new.links.get_info(name)
            where = f"{path.rstrip('/')}/{name.decode('utf-8', 'surrogateescape')}"
            _same(where, "its link", (first.type, first.cset), (second.type, second.cset))
            if first.type == h5l.TYPE_HARD:
                yield where, h5o.open(old, name), h5o.open(new, name)
            else:
                _same(where, "its link", old.links.get_val(name), new.links.get_val(name))

    def _compare_attributes(self, path: str, old: Any, new: Any) -> None:
        count = h5a.get_num_attrs(old)
        _same(path, "the number of its attributes", count, h5a.get_num_attrs(new))
        for index in range(count):
            first = h5a.open(old, index=index)
            second = h5a.open(new, name=first.name)
            what = f"its attribute {first.name.decode('utf-8', 'replace')}"
            _same(path, what, first.get_type(), second.get_type())
            _same(path, what, first.shape, second.shape)
            if first.shape is not None:
                _same(path, what, self._plain(first, False), self._plain(second, True))

    def _plain(self, attribute: h5a.AttrID, is_new: bool) -> Any:
        values = np.empty(attribute.shape, dtype=attribute.dtype)
        attribute.read(values)
        return self._comparable(values, self._after if is_new else self._before)

    def _compare_dataset(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        _same(path, "its shape", old.get_space().shape, new.get_space().shape)
        _same(path, "its largest shape", _limits(old), _limits(new))
        if _address(old) in self._edited:
            self._compared.add(path)
            self._compare_strings(path, old, new)
            return
        _same(path, "its type", old.get_type(), new.get_type())
        properties = old.get_create_plist()
        _same(path, "its storage", properties, new.get_create_plist())
        if properties.get_layout() == h5d.VIRTUAL or properties.get_external_count():
            return
        extents = list(_extents(old))
        _same(path, "where its data lie", extents, list(_extents(new)))
        for start, size in extents:
            if self._difference.touches(start, size):
                raise StorageError(Trouble.UNREADABLE, "its data changed", path)
        if properties.get_layout() == h5d.COMPACT or _has_heap_values(old.get_type()):
            self._compare_values(path, old, new)

    def _compare_values(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        for region in _blocks(old.shape):
            before = np.asarray(h5py.Dataset(old)[region], dtype=old.dtype)
            after = np.asarray(h5py.Dataset(new)[region], dtype=old.dtype)
            before_plain = self._comparable(before, self._before)
            _same(path, "its data", before_plain, self._comparable(after, self._after))

    def _compare_strings(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        kind, other = old.get_type(), new.get_type()
        if path in self._recreated:
            kind = kind.copy()
            kind.set_size(other.get_size())
        _same(path, "its type", kind, other)
        expected = read_strings(old)
        for change in self._wanted.get(path, ()):
            expected[change.index or 0] = _raw(change.new)
        _same(path, "what it says", expected, read_strings(new))

    def _comparable(self, values: Any, file: h5py.File) -> Any:
        """Turn stored values into what equals what is equal: references into addresses."""
        if isinstance(values, np.ndarray):
            if values.dtype.names:
                return [self._comparable(values[name], file) for name in values.dtype.names]
            if values.dtype.kind == "O":
                return [self._comparable(value, file) for value in values.reshape(-1)]
            return values.tobytes()
        if isinstance(values, (h5py.Reference, h5py.RegionReference)):
            return _target(values, file)
        return values


def _target(reference: Any, file: h5py.File) -> Any:
    if not reference:
        return None
    try:
        handle = h5py.h5r.dereference(reference, file.id)
        if isinstance(reference, h5py.RegionReference):
            space = h5py.h5r.get_region(reference, file.id)
            return _address(handle), space.get_select_npoints(), space.get_select_bounds()
        return _address(handle)
    except (ValueError, RuntimeError, KeyError, OSError):
        return "dangling"


def _extents(handle: h5d.DatasetID) -> Iterator[tuple[int, int]]:
    """Yield where a dataset's raw data lie, as offset and size."""
    layout = handle.get_create_plist().get_layout()
    if layout == h5d.CONTIGUOUS:
        start = handle.get_offset()
        if start is not None:
            yield int(start), int(handle.get_storage_size())
    elif layout == h5d.CHUNKED and handle.get_storage_size():
        chunks: list[tuple[int, int]] = []
        handle.chunk_iter(lambda chunk: chunks.append((int(chunk.byte_offset), int(chunk.size))))
        yield from chunks


def _has_heap_values(kind: h5t.TypeID) -> bool:
    family = kind.get_class()
    if family == h5t.COMPOUND:
        members = (kind.get_member_type(index) for index in range(kind.get_nmembers()))
        return any(_has_heap_values(member) for member in members)
    if family == h5t.ARRAY:
        return _has_heap_values(kind.get_super())
    # A region reference's selection lies in the heap as well.
    if family == h5t.REFERENCE:
        return not kind.equal(h5t.STD_REF_OBJ)
    return bool(family == h5t.VLEN or (family == h5t.STRING and kind.is_variable_str()))


def _blocks(shape: tuple[int, ...] | None) -> Iterator[Any]:
    """Yield regions that cover a dataset, some rows at a time; none for a null dataspace."""
    if shape is None:
        return
    if not shape:
        yield ()
        return
    rows = max(1, _ROWS // max(1, math.prod(shape[1:])))
    for start in range(0, shape[0], rows):
        yield slice(start, start + rows)


def _limits(handle: h5d.DatasetID) -> Any:
    space = handle.get_space()
    return space.get_simple_extent_dims(True) if handle.shape else None


def _same(path: str, what: str, old: Any, new: Any) -> None:
    if old != new:
        raise StorageError(Trouble.UNREADABLE, f"the edit changed {what}", path)


def _address(handle: Any) -> int:
    return int(h5o.get_info(handle).addr)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    with path.open("rb", buffering=0) as file:
        with storage_errors("/"):
            opened = h5py.File(file, "r")
        with opened:
            yield opened
