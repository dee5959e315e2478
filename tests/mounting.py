"""Small file systems, mounted for a test where this process may do that."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def mounted_tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """Mount an empty file system of a size such as ``4m``."""
    folder.mkdir(parents=True)
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        yield folder


@contextmanager
def mounted_btrfs(folder: Path) -> Iterator[Path]:
    """Mount an empty Btrfs, whose files can share blocks."""
    folder.mkdir(parents=True)
    with tempfile.NamedTemporaryFile(suffix=".img") as image:
        os.truncate(image.name, 120 * 1024**2)
        subprocess.run(["mkfs.btrfs", "--quiet", image.name], check=True, capture_output=True)
        with _mounted(folder, "-o", "loop", image.name):
            yield folder


@contextmanager
def _mounted(folder: Path, *arguments: str) -> Iterator[None]:
    subprocess.run(["mount", *arguments, str(folder)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def _works(mount: str) -> bool:
    """Whether a file system can be mounted here: it takes a privilege, a kernel and a program."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "probe"
        try:
            with mounted_btrfs(folder) if mount == "btrfs" else mounted_tmpfs(folder, "1m"):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


TMPFS = os.name == "posix" and shutil.which("mount") is not None and _works("tmpfs")
BTRFS = TMPFS and shutil.which("mkfs.btrfs") is not None and _works("btrfs")
