"""Another program that has an HDF5 file open for writing, as a notebook has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.command import environment

_PROGRAM = """
import sys
import h5py

path, mode = sys.argv[1:]
file = h5py.File(path, "a", libver="latest" if mode == "swmr" else None)
if mode == "swmr":
    file.swmr_mode = True
print("open", flush=True)
sys.stdin.readline()
if mode != "swmr":
    file["added"] = list(range(5000))
file.close()
"""

ADDED = "added"
"""The dataset that the program adds when it closes the file."""


@contextmanager
def open_for_writing(path: Path, *, mode: str = "append", locks: bool = True) -> Iterator[None]:
    """Let another process open a file, and at the end of the block write to it and close it.

    Parameters
    ----------
    path
        The file.
    mode
        ``append``, or ``swmr`` of a file in the latest format.
    locks
        Whether the HDF5 library locks it.
    """
    settings = {"HDF5_USE_FILE_LOCKING": "TRUE" if locks else "FALSE"}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, os.fspath(path), mode],
        env={**environment(), **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    try:
        yield
    finally:
        process.communicate("close\n", timeout=60)
        assert process.returncode == 0
