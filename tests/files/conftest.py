"""Collect the tests that mount file systems where this process may mount them."""

from __future__ import annotations

from tests.mounting import BTRFS

collect_ignore = [] if BTRFS else ["test_file_lock_mounts.py"]
