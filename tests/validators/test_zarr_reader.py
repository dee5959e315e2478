"""pynwb and NWB Inspector on Zarr stores, which hdmf-zarr wrote; they need the extra ``zarr``."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pynwb
import pytest
from pynwb import NWBHDF5IO
from tests.end_to_end.command import posecheck
from tests.recordings.labeled import write_labels
from tests.recordings.rig import write_rig_dandiset
from tests.recordings.written import POSE, write_recording

from posecheck.sources.local_source import LocalSource
from posecheck.storage import open_store

hdmf_zarr_nwb = pytest.importorskip("hdmf_zarr.nwb", reason="the extra 'zarr' is not installed")

LINKED_BY_EXPORT = "PRV013"
"""Exporting makes of an absent labeled_video a link to the source video, and this reports it."""

pytestmark = pytest.mark.filterwarnings("ignore")


def export(source: Path, store: Path) -> Path:
    """Export a file with hdmf-zarr, as its users do."""
    with (
        NWBHDF5IO(source, "r") as read,
        hdmf_zarr_nwb.NWBZarrIO(str(store), mode="w") as written,
    ):
        written.export(src_io=read, write_args={"link_data": False})
    return store


@pytest.fixture(scope="module")
def hdf5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("careful"), clock="timestamps")


@pytest.fixture
def store(hdf5: Path, tmp_path: Path) -> Path:
    return export(hdf5, tmp_path / "a.nwb.zarr")


def validated(path: Path, *engines: str) -> list[tuple[str, str, str]]:
    """Return what is found in one recording: code, location and message."""
    chosen = [word for engine in engines for word in ("--engine", engine)]
    report = posecheck("validate", path.name, "--output", "json", *chosen, cwd=path.parent).report
    assert not [skip for skip in report["skipped"] if skip["code"] in engines]
    return [(each["code"], each["location"], each["message"]) for each in report["findings"]]


@pytest.mark.parametrize("write", [write_recording, write_rig_dandiset], ids=["mouse", "rig"])
def test_all_validators_say_of_an_export_what_they_say_of_the_file(
    write: Any, tmp_path: Path
) -> None:
    write(tmp_path / "hdf5")
    shutil.copytree(tmp_path / "hdf5", tmp_path / "zarr")
    engines = ("pose", "schema", "inspector")
    found = {}
    for folder in ("hdf5", "zarr"):
        for file in (tmp_path / folder).rglob("*.nwb"):
            if folder == "zarr":
                export(file, file.with_name(f"{file.name}.zarr"))
                file.unlink()
        found[folder] = validated(tmp_path / folder, *engines)
    linked = [each for each in found["zarr"] if each[0] == LINKED_BY_EXPORT]
    assert linked
    assert [each for each in found["zarr"] if each not in linked] == found["hdf5"]


def test_a_broken_store_has_the_errors_that_pynwb_gives(store: Path) -> None:
    pose = f"{POSE.lstrip('/')}/nose/data"
    for name in (f"{pose}/.zattrs", ".zmetadata"):
        document = json.loads((store / name).read_text())
        attributes = document["metadata"][f"{pose}/.zattrs"] if "metadata" in document else document
        attributes["unit"] = 5
        (store / name).write_text(json.dumps(document))
    with hdmf_zarr_nwb.NWBZarrIO(str(store), mode="r") as io:
        wanted = {str(error.reason) for error in pynwb.validate(io=io, namespace="ndx-pose")}
    found = validated(store, "schema")
    assert wanted
    assert {message.partition(": ")[2] for _, _, message in found} == wanted


def test_references_are_read(tmp_path: Path) -> None:
    file = next((write_labels(tmp_path / "labels")).parent.rglob("*.nwb"))
    store = export(file, tmp_path / "a.nwb.zarr")
    own = {code for code, _, _ in validated(store, "pose")}
    assert "FIL001" not in own
    codes = {code for code, _, _ in validated(store, "schema")}
    assert not {code for code in codes if code != "pynwb.DtypeError"}


class _Trap:
    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> Any:
        return (os.mkdir, (os.fspath(self._canary),))


def test_pickled_objects_are_not_run(tmp_path: Path) -> None:
    from posecheck.storage.zarr_decompression import CodecError  # noqa: PLC0415 - beside the codec
    from posecheck.validators import zarr_reader  # noqa: PLC0415 - it needs the extra

    assert isinstance(numcodecs.get_codec({"id": "pickle"}), zarr_reader.InertPickle)
    values = np.empty(2, dtype=object)
    values[:] = [{"path": "/a", "source": "."}, {"path": "/b", "source": "."}]
    codec = zarr_reader.InertPickle()
    assert codec.decode(pickle.dumps(values)).tolist() == values.tolist()
    values[0] = _Trap(tmp_path / "canary")
    with pytest.raises(CodecError, match="which is not run"):
        codec.decode(pickle.dumps(values))
    assert not (tmp_path / "canary").exists()


def test_nothing_outside_is_opened(store: Path, hdf5: Path, tmp_path: Path) -> None:
    from posecheck.validators.zarr_reader import ZarrReader  # noqa: PLC0415 - it needs the extra

    export(hdf5, tmp_path / "other.zarr")
    opened = open_store(LocalSource.at(store))
    reader = ZarrReader(opened.handle, store)
    target = {"path": "/general/subject", "source": "../other.zarr"}
    with pytest.raises(ValueError, match="leads out of the store"):
        reader.resolve_ref(target)
    name, found = reader.resolve_ref({**target, "source": "../a.nwb.zarr"})
    assert (name, found.path) == ("subject", "general/subject")
    opened.close()


def test_pynwb_reads_with_ndx_pose_what_it_reads_of_the_file(store: Path) -> None:
    assert not [code for code, _, _ in validated(store, "pose") if code == "FIL006"]
