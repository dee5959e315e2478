"""A tiny NWB file in memory, to try out how pynwb and hdmf behave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import h5py

IDENTIFIER = "tiny"
_NAME = "tiny.nwb"
_GROUPS = (
    *("acquisition", "analysis", "general", "processing"),
    *("stimulus/presentation", "stimulus/templates"),
)
_TIME = "2026-01-01T00:00:00+00:00"
_TEXTS = {
    "identifier": IDENTIFIER,
    "session_description": "a file to try out a reader on",
    "session_start_time": _TIME,
    "timestamps_reference_time": _TIME,
}


@contextmanager
def tiny_file(*, is_broken: bool = False) -> Iterator[h5py.File]:
    """Open a new file in memory, and forget it at the end of the block.

    Parameters
    ----------
    is_broken
        Whether the file lacks its required session_description.
    """
    with h5py.File(_NAME, "w", driver="core", backing_store=False) as file:
        file.attrs.update(namespace="core", neurodata_type="NWBFile", nwb_version="2.8.0")
        file.attrs["object_id"] = "00000000-0000-4000-8000-000000000000"
        for name in _GROUPS:
            file.create_group(name)
        for name, text in _TEXTS.items():
            if not (is_broken and name == "session_description"):
                file[name] = text
        file.create_dataset("file_create_date", data=[_TIME], dtype=h5py.string_dtype())
        series = file.create_group("acquisition/speed")
        series.attrs.update(namespace="core", neurodata_type="TimeSeries", comments="none")
        series.attrs["object_id"] = "00000000-0000-4000-8000-000000000001"
        series.create_dataset("data", data=[0.5, 1.5])
        series["data"].attrs.update(unit="m/s", conversion=1.0, resolution=-1.0)
        series.create_dataset("starting_time", data=0.0)
        series["starting_time"].attrs.update(rate=10.0, unit="seconds")
        file["stimulus/presentation/speed"] = h5py.SoftLink("/acquisition/speed")
        yield file
