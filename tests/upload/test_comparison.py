"""What becomes of a file that the archive holds already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.upload.values import NOON, NWB, VIDEO, digests, local, remote

from posecheck.upload.plan.comparison import compare, find_gone, needs_digest
from posecheck.upload.plan.files import Action, Existing

HOUR = timedelta(hours=1)


def test_what_is_not_there_is_new() -> None:
    assert compare(local(), None, None, Existing.ERROR).action is Action.NEW


@pytest.mark.parametrize("existing", Existing)
def test_equal_bytes_are_the_same_whatever_the_time_says(existing: Existing) -> None:
    older = remote(modified=NOON - HOUR)
    assert compare(local(), older, digests(), existing).action is Action.SAME


@pytest.mark.parametrize(
    ("existing", "age", "action"),
    [
        (Existing.REFRESH, -HOUR, Action.CHANGED),
        (Existing.REFRESH, timedelta(), Action.KEPT),
        (Existing.REFRESH, HOUR, Action.KEPT),
        (Existing.OVERWRITE, HOUR, Action.CHANGED),
        (Existing.SKIP, -HOUR, Action.KEPT),
    ],
)
@pytest.mark.parametrize("size", [10, 11])
def test_other_bytes(existing: Existing, age: timedelta, action: Action, size: int) -> None:
    there = remote(content="b", size=size, modified=NOON + age)
    known = digests() if size == 10 else None
    assert compare(local(), there, known, existing).action is action


def test_without_a_time_other_bytes_are_replaced() -> None:
    there = remote(content="b", modified=None)
    assert compare(local(), there, digests(), Existing.REFRESH).action is Action.CHANGED


def test_only_a_file_of_the_same_size_is_read() -> None:
    assert needs_digest(local(), remote())
    assert not needs_digest(local(), remote(size=11))
    assert not needs_digest(local(), None)


def test_gone_is_what_lies_below_the_chosen_folders_only() -> None:
    listed = {path: remote(path) for path in ("sub-01/a.nwb", "sub-010/b.nwb", VIDEO, NWB)}
    assert [each.path for each in find_gone(listed, ["sub-01"], [VIDEO, NWB])] == ["sub-01/a.nwb"]
    assert len(find_gone(listed, [""], [VIDEO])) == 3
    assert find_gone(listed, [], []) == ()
