"""What is written once for all processes of a test run, to be read, or copied and changed."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

_LONGEST = 300.0


def write_once(factory: pytest.TempPathFactory, name: str, write: Callable[[Path], T]) -> T:
    """Fill a folder, or wait for the process that was first to; no test changes what is there.

    Parameters
    ----------
    factory
        Where the folders of this test run are.
    name
        The folder's, which no other content shares.
    write
        Fills the folder, and says what lies where.

    Returns
    -------
    object
        What `write` returned, here or in the other process.

    Raises
    ------
    TimeoutError
        If another process began to fill it, and did not finish within five minutes.
    """
    base = factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, returned = root / name, root / f"{name}.pickle"
    try:
        folder.mkdir()
    except FileExistsError:
        until = time.monotonic() + _LONGEST
        while not returned.exists():
            if time.monotonic() > until:
                raise TimeoutError(f"{folder} was not written") from None
            time.sleep(0.05)
        found: T = pickle.loads(returned.read_bytes())  # noqa: S301 - written by these tests
        return found
    value = write(folder)
    unfinished = returned.with_suffix(".part")
    unfinished.write_bytes(pickle.dumps(value))
    unfinished.replace(returned)
    return value
