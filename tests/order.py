"""In which order the files of tests begin: the longest first, so that none is left at the end.

A file is run by one process, and a process takes the next one when it is nearly done: where a file
that takes minutes comes last, the other processes wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

LONGEST = (
    "tests/organize/apply/test_killed.py",
    "tests/end_to_end/test_oversized.py",
    "tests/end_to_end/fix/test_killed.py",
    "tests/end_to_end/fix/test_corpus.py",
    "tests/distribution/test_dockerfile.py",
    "tests/validators/test_parity.py",
    "tests/upload/test_metadata.py",
    "tests/execution/test_dask_executor.py",
    "tests/end_to_end/test_dask.py",
    "tests/mutations/test_mutations.py",
    "tests/remedies/test_remedies.py",
    "tests/end_to_end/test_audit.py",
    "tests/end_to_end/test_cache_completeness.py",
    "tests/end_to_end/test_cache.py",
    "tests/end_to_end/upload/test_cache.py",
    "tests/end_to_end/upload/test_zarr.py",
    "tests/end_to_end/organize/test_killed.py",
    "tests/end_to_end/test_damaged.py",
    "tests/end_to_end/test_remote.py",
    "tests/end_to_end/fix/test_command.py",
    "tests/corpus/test_remote.py",
    "tests/end_to_end/upload/test_many.py",
    "tests/mutations/test_single_defects.py",
    "tests/engine/test_verdict_cache.py",
    "tests/archive/test_zarrs.py",
    "tests/end_to_end/test_gitlab.py",
)
"""Files that take more than half a minute, by how long they took when they were measured."""


def longest_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Put the files of `LONGEST` first, then those with many slow tests; a file stays together."""
    items = list(items)
    slow = Counter(_file_of(item) for item in items if item.get_closest_marker("slow"))
    places = {file: place for place, file in enumerate(LONGEST)}
    return sorted(
        items,
        key=lambda item: (
            places.get(_file_of(item), len(LONGEST)),
            -slow[_file_of(item)],
            _file_of(item),
        ),
    )


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
