"""Export NWB files to Zarr with hdmf-zarr, in a process that imports no extension of NWB.

``python -m tests.corpus.zarr_export FILE STORE [FILE STORE]…`` prints each file that hdmf-zarr
exported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path


def export(pairs: Sequence[tuple[Path, Path]]) -> list[Path]:
    """Export files, each to its store; return those that were exported."""
    named = [str(path) for pair in pairs for path in pair]
    command = [sys.executable, "-m", __name__, *named]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return [Path(line) for line in done.stdout.splitlines()]


def _export_one(file: str, store: str) -> bool:
    from hdmf_zarr.nwb import NWBZarrIO  # noqa: PLC0415 - of the extra, in this process alone
    from pynwb import NWBHDF5IO  # noqa: PLC0415

    try:
        with NWBHDF5IO(file, "r") as read, NWBZarrIO(store, mode="w") as written:
            written.export(src_io=read, write_args={"link_data": False})
    except Exception:  # noqa: BLE001 - whatever it is, nothing was exported
        shutil.rmtree(store, ignore_errors=True)
        return False
    return True


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    arguments = sys.argv[1:]
    for source, target in zip(arguments[::2], arguments[1::2], strict=True):
        if _export_one(source, target):
            print(source)  # noqa: T201 - the caller reads it
