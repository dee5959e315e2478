"""Collect the tests of the real files where those are."""

from __future__ import annotations

from tests.corpus.folder import find_corpus, find_field

collect_ignore = [
    *([] if find_corpus() else ["test_corpus.py", "test_writers.py", "test_zarr_exports.py"]),
    *([] if find_field() else ["test_field.py"]),
]
