"""Fixtures that a `conftest` can take up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.archive.server import Archive
from tests.archive.store import Store


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """A running store. What different tests put there does not meet."""
    with Store() as running:
        yield running


@pytest.fixture
def archive(store: Store) -> Iterator[Archive]:
    """An empty archive of its own, to which nothing has been said yet."""
    with Archive(store) as running:
        yield running
