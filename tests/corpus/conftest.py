"""Collect the tests of the real files where those are."""

from __future__ import annotations

from tests.corpus.folder import find_corpus

collect_ignore = [] if find_corpus() else ["test_corpus.py", "test_writers.py"]
