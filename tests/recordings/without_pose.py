"""A recording without pose: of pynwb alone, as most of the archive's are."""

from __future__ import annotations

import uuid
from pathlib import Path

import h5py
from pynwb import NWBHDF5IO
from tests.recordings.written import start_session

_OF_PYNWB = frozenset({"core", "hdmf-common", "hdmf-experimental"})


def write_without_pose(path: Path) -> Path:
    """Write a session that carries the specifications of pynwb alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NWBHDF5IO(path, "w") as io:
        io.write(start_session("A mouse sleeps."))
    # Where ndx-pose is imported, pynwb writes it into every file. It is copied away: of a group
    # that is only deleted the name stays behind.
    with h5py.File(path, "r+") as file:
        for name in set(file["specifications"]) - _OF_PYNWB:
            del file[f"specifications/{name}"]
        file.move("specifications", "kept")
        file.copy("kept", "specifications")
        del file["kept"]
        file.attrs[".specloc"] = file["specifications"].ref
        file["identifier"][()] = str(uuid.uuid4())
        file.attrs["object_id"] = str(uuid.uuid4())
    return path
