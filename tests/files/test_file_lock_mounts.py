"""The same question on file systems of their own: in memory, and one that shares blocks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import h5py
import pytest
from tests.mounting import mounted_btrfs, mounted_tmpfs
from tests.writer import open_for_writing

from posecheck.files.file_lock import FileUse, use_of

Mount = Callable[[Path], AbstractContextManager[Path]]


@pytest.mark.parametrize(
    "mounted", [partial(mounted_tmpfs, size="4m"), mounted_btrfs], ids=["tmpfs", "btrfs"]
)
def test_it_has_locks(tmp_path: Path, mounted: Mount) -> None:
    with mounted(tmp_path / "disk") as disk:
        path = disk / "file.h5"
        with h5py.File(path, "w") as file:
            file["values"] = [1.0]
        with open_for_writing(path):
            assert use_of(path) is FileUse.LOCKED
        assert use_of(path) is FileUse.FREE
