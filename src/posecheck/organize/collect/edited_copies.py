"""Whether an NWB file of the dandiset is a source with other references, and nothing else.

Their times do not show it: what organize rewrites is newer than its source, and so is what somebody
changed later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.execution.executor import Executor
from posecheck.execution.limits import (
    available_processors,
)
from posecheck.model.string_change import StringChange
from posecheck.organize.collect.zarr_stores import is_edited_store

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A source and what may have become of it.

    Attributes
    ----------
    source, copy
        The two NWB files, both in HDF5 or both in Zarr.
    datasets
        The paths of the source's datasets of references, each once.
    """

    source: Path
    copy: Path
    datasets: tuple[str, ...]


def find_edited_copies(
    pairs: Sequence[Pair], executor: Executor, *, jobs: int | None
) -> frozenset[Path]:
    """Return the copies that differ from their sources by references alone, or not at all.

    Parameters
    ----------
    pairs
        What to compare, in workers; what cannot be compared differs.
    executor
        The workers.
    jobs
        The greatest number of them.

    Raises
    ------
    InternalError
        If no worker can be started.
    """
    if not pairs:
        return frozenset()
    answers = executor.run(is_edited_copy, pairs, workers=jobs or available_processors())
    return frozenset(pairs[index].copy for index, answer in answers if answer is True)


def is_edited_copy(pair: Pair) -> bool:
    """Whether a copy differs from its source by references alone, or not at all; for a worker."""
    if pair.source.is_dir():
        return is_edited_store(pair.source, pair.copy, pair.datasets)
    # h5py is the worker's to pay.
    from posecheck.hdf5_editing.difference import compare_files  # noqa: PLC0415
    from posecheck.hdf5_editing.string_edit_verification import verify_string_edit  # noqa: PLC0415
    from posecheck.storage.store import StorageError  # noqa: PLC0415

    try:
        changes, recreated = _changes(pair)
        difference = compare_files(pair.source, pair.copy)
        verify_string_edit(pair.source, pair.copy, changes, difference, recreated=recreated)
    except (StorageError, OSError, ValueError):
        return False
    return True


def _changes(pair: Pair) -> tuple[list[StringChange], list[str]]:
    """Return which references say something else in the copy, and which datasets are new ones."""
    import h5py  # noqa: PLC0415

    from posecheck.storage.hdf5_errors import storage_errors  # noqa: PLC0415

    changes: list[StringChange] = []
    recreated: list[str] = []
    with (
        pair.source.open("rb") as first,
        pair.copy.open("rb") as second,
        storage_errors("/"),
        h5py.File(first, "r") as old,
        h5py.File(second, "r") as new,
    ):
        for dataset in pair.datasets:
            changes += _changes_of(dataset, old, new, recreated)
    return changes, recreated


def _changes_of(
    dataset: str, old: h5py.File, new: h5py.File, recreated: list[str]
) -> Iterator[StringChange]:
    from posecheck.hdf5_editing.string_edits import read_strings  # noqa: PLC0415
    from posecheck.storage.string_datasets import hard_path, open_dataset  # noqa: PLC0415

    before, after = open_dataset(old, dataset), open_dataset(new, dataset)
    kind = before.get_type()
    if not kind.is_variable_str() and kind.get_size() != after.get_type().get_size():
        recreated.append(hard_path(old, dataset))
    for index, (was, now) in enumerate(zip(read_strings(before), read_strings(after), strict=True)):
        if was != now:
            yield StringChange(
                dataset=dataset,
                index=index if before.shape else None,
                old=was.decode("utf-8", "surrogateescape"),
                new=now.decode("utf-8", "surrogateescape"),
            )
