from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest

from posecheck.validators.readability import NotAnsweredError, PynwbReading, ask_pynwb


@pytest.fixture(scope="module")
def reading() -> Iterator[PynwbReading]:
    with PynwbReading() as process:
        yield process


@pytest.mark.parametrize("name", ["pose", "training", "tables", "date-without-zone"])
def test_readable_files_have_no_reason(
    written: dict[str, Path], reading: PynwbReading, name: str
) -> None:
    assert reading.ask(written[name]) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("wrong-shapes", "Could not construct Skeleton object due to: incorrect type for 'nodes'"),
        ("without-version", "nwb_version is missing"),
        ("version-one", "nwb_version is NWB-1.0.6; pynwb reads 2 and above"),
        ("circle", "its links lead in a circle, or its groups are nested too deeply"),
    ],
)
def test_unreadable_files_have_a_plain_reason(
    written: dict[str, Path], reading: PynwbReading, name: str, reason: str
) -> None:
    said = reading.ask(written[name])
    assert said is not None
    assert said.startswith(reason)
    assert "__init__" not in said


def test_it_judges_with_todays_extension_not_the_cached_one(
    written: dict[str, Path], reading: PynwbReading, tmp_path: Path
) -> None:
    """Two devices: the specification allows that, ndx-pose 0.4 raises."""
    path = tmp_path / "two.nwb"
    path.write_bytes(written["pose"].read_bytes())
    with h5py.File(path, "r+") as file:
        file.copy("general/devices/camera", "general/devices/other")
        for name in ("camera", "other"):
            pose = file["processing/behavior/PoseEstimation"]
            pose[name] = h5py.SoftLink(f"/general/devices/{name}")
    said = reading.ask(path)
    assert said is not None
    assert "2 Device objects" in said


def test_what_is_no_hdf5_has_a_reason(reading: PynwbReading, tmp_path: Path) -> None:
    path = tmp_path / "name with ünïcode\nand a break.nwb"
    path.write_text("not HDF5")
    assert "file signature not found" in str(reading.ask(path))
    assert "No such file" in str(reading.ask(tmp_path / "absent.nwb"))


def test_a_process_that_dies_is_told_and_replaced(written: dict[str, Path]) -> None:
    with PynwbReading() as reading:
        assert reading.ask(written["pose"]) is None
        process = reading._process
        assert process is not None
        process.kill()
        process.wait()
        assert reading.ask(written["pose"]) is None


def test_a_process_that_hangs_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    late = r"did not read the file in 0.5 s"
    with PynwbReading(seconds=0.5) as reading, pytest.raises(NotAnsweredError, match=late):
        reading.ask(path)


def test_a_process_that_dies_over_a_file_is_told(written: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    with PynwbReading() as reading:
        assert reading.ask(written["pose"]) is None
        process = reading._process
        assert process is not None
        threading.Timer(0.3, process.kill).start()
        with pytest.raises(NotAnsweredError, match="died"):
            reading.ask(path)


def test_one_question_needs_no_process_of_its_owner(written: dict[str, Path]) -> None:
    assert ask_pynwb(written["pose"]) is None


def test_modules_beside_the_data_are_not_run(
    written: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pynwb.py").write_text("raise SystemExit('run')")
    (tmp_path / "json.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    assert sys.path[0] != str(tmp_path)
    assert ask_pynwb(written["pose"]) is None
