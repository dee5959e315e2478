"""Collect the trials where the writers are installed."""

from __future__ import annotations

from tests.writers.packages import missing_packages

collect_ignore = ["test_recipes.py"] if missing_packages() else []
