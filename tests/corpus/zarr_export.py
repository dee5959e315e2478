"""Export NWB files to Zarr with hdmf-zarr, in a process that imports no extension of NWB.

``python -m tests.corpus.zarr_export FILE STORE [FILE STORE]…`` prints each file that hdmf-zarr
exported. With ``--read STORE…`` it prints which files each store references, as JSON.
"""

from __future__ import annotations

import json
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


def read_references(stores: Sequence[Path]) -> dict[Path, list[str]]:
    """Return which videos each store references, as pynwb reads them."""
    command = [sys.executable, "-m", __name__, "--read", *map(str, stores)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return {Path(store): files for store, files in json.loads(done.stdout).items()}


def _references(store: str) -> list[str]:
    from hdmf_zarr.nwb import NWBZarrIO  # noqa: PLC0415 - of the extra, in this process alone

    with NWBZarrIO(store, mode="r") as read:
        objects = read.read().objects.values()
        names = ("external_file", "original_videos")
        lists = [getattr(one, name, None) for one in objects for name in names]
        return [str(file) for files in lists if files is not None for file in files[:]]


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
    if arguments[0] == "--read":
        read = {store: _references(store) for store in arguments[1:]}
        print(json.dumps(read))  # noqa: T201 - the caller reads it
        sys.exit()
    for source, target in zip(arguments[::2], arguments[1::2], strict=True):
        if _export_one(source, target):
            print(source)  # noqa: T201 - the caller reads it
