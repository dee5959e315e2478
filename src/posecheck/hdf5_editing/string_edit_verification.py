"""That an edit changed the strings that it should, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import h5py
from h5py import h5d, h5o

from posecheck.hdf5_editing.difference import Difference
from posecheck.hdf5_editing.file_comparison import (
    FileComparison,
    expect_same,
    opened_for_comparison,
)
from posecheck.hdf5_editing.global_heaps import is_heap_edit
from posecheck.hdf5_editing.string_edits import read_strings
from posecheck.model.string_change import StringChange
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.object_references import address_of
from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.string_datasets import hard_path, open_dataset


def verify_string_edit(
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
    with opened_for_comparison(original) as before, opened_for_comparison(edited) as after:
        wanted: dict[str, list[StringChange]] = {}
        for change in changes:
            wanted.setdefault(hard_path(before, change.dataset), []).append(change)
        comparison = _StringComparison(before, after, wanted, difference, recreated)
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


class _StringComparison(FileComparison):
    """A comparison in which some strings must say something else, and nothing else differs."""

    def __init__(
        self,
        before: h5py.File,
        after: h5py.File,
        wanted: dict[str, list[StringChange]],
        difference: Difference,
        recreated: Collection[str],
    ) -> None:
        super().__init__(before, after, difference)
        self._wanted = wanted
        self._recreated = recreated
        self._edited = {address_of(h5o.open(before.id, _raw(path))) for path in wanted}
        self._compared: set[str] = set()

    def run(self) -> None:
        """Compare everything, the edited strings with what they should say."""
        super().run()
        for path, changes in self._wanted.items():
            if path not in self._compared:
                raise StorageError(Trouble.UNREADABLE, "it is gone", changes[0].dataset)

    def compare_edited(self) -> None:
        """Look at the edited strings alone, where the bytes show that nothing else changed."""
        for path in self._wanted:
            old, new = open_dataset(self.before, path), open_dataset(self.after, path)
            with storage_errors(path):
                self.compare_attributes(path, old, new)
                self.compare_dataset(path, old, new)

    def is_stored_again(self, path: str) -> bool:
        """Whether a dataset was recreated because its type was too short."""
        return path in self._recreated

    def compare_dataset(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        """Compare a dataset; of one with edited strings, what it says."""
        if address_of(old) not in self._edited:
            super().compare_dataset(path, old, new)
            return
        self.compare_description(path, old, new)
        self._compared.add(path)
        self._compare_strings(path, old, new)

    def _compare_strings(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        kind, other = old.get_type(), new.get_type()
        if path in self._recreated:
            kind = kind.copy()
            kind.set_size(other.get_size())
        expect_same(path, "its type", kind, other)
        expected = read_strings(old)
        for change in self._wanted.get(path, ()):
            expected[change.index or 0] = _raw(change.new)
        expect_same(path, "what it says", expected, read_strings(new))


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
