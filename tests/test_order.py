"""The files that begin first are there, and no file is torn apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.order import LONGEST, longest_first

CHECKOUT = Path(__file__).parents[1]


def test_the_files_that_begin_first_are_there() -> None:
    assert [name for name in LONGEST if not (CHECKOUT / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_what_was_collected_begins_with_the_longest(request: pytest.FixtureRequest) -> None:
    items = list(reversed(request.session.items))
    ordered = longest_first(items)
    assert sorted(map(id, ordered)) == sorted(map(id, items))
    files = [item.nodeid.partition("::")[0] for item in ordered]
    changes = [file for place, file in enumerate(files) if place == 0 or files[place - 1] != file]
    assert len(set(changes)) == len(changes)
    named = [file for file in changes if file in LONGEST]
    assert changes[: len(named)] == named == sorted(named, key=LONGEST.index)
