"""The store of these tests, started once, and an archive for each test."""

from __future__ import annotations

from tests.archive.fixtures import archive, store

__all__ = ["archive", "store"]
