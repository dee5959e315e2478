"""The clean recordings that are spoiled."""

from __future__ import annotations

from tests.mutations.fixtures import kinds

__all__ = ["kinds"]
