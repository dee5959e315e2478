from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import pytest

from posecheck.execution.failure import FailureKind
from posecheck.validators.forked_process import ForkedProcess
from posecheck.validators.protocol import ValidatorStoppedError
from posecheck.validators.pynwb_process import PynwbReading, read_with_pynwb


@pytest.fixture(scope="module")
def reading() -> Iterator[PynwbReading]:
    with PynwbReading() as process:
        yield process


@pytest.mark.parametrize("name", ["pose", "training", "tables", "date-without-zone"])
def test_readable_files_have_no_reason(
    written: dict[str, Path], reading: PynwbReading, name: str
) -> None:
    assert reading.read(written[name]) is None


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
    said = reading.read(written[name])
    assert said is not None
    assert said.startswith(reason)
    assert "__init__" not in said


def test_it_checks_with_todays_extension_not_the_cached_one(
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
    said = reading.read(path)
    assert said is not None
    assert "2 Device objects" in said


def test_what_is_no_hdf5_has_a_reason(reading: PynwbReading, tmp_path: Path) -> None:
    path = tmp_path / "name with ünïcode\nand a break.nwb"
    path.write_text("not HDF5")
    assert "file signature not found" in str(reading.read(path))
    assert "No such file" in str(reading.read(tmp_path / "absent.nwb"))


@pytest.mark.slow
def test_a_process_that_dies_is_reported_and_replaced(written: dict[str, Path]) -> None:
    with PynwbReading() as reading:
        assert reading.read(written["pose"]) is None
        process = reading._process
        assert process is not None
        process.kill()
        process.wait()
        assert reading.read(written["pose"]) is None


def test_a_process_that_hangs_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    with PynwbReading(seconds=0.5) as reading, pytest.raises(ValidatorStoppedError) as stopped:
        reading.read(path)
    assert (stopped.value.cause, str(stopped.value)) == (
        FailureKind.TIME,
        "it took longer than 0.5 s",
    )


@pytest.mark.slow
def test_each_question_has_its_own_limit(written: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    with PynwbReading(seconds=60) as reading:
        assert reading.read(written["pose"]) is None
        began = time.monotonic()
        with pytest.raises(ValidatorStoppedError, match=r"longer than 0\.5 s"):
            reading.read(path, 0.5)
        assert time.monotonic() - began < 10
        assert reading.read(written["pose"], 60) is None


class _Ended(PynwbReading):
    """Sends a signal to each process once it has taken the question, as a fault of a library would.

    Asked of a pipe that nobody writes to, the process stays in the question until the signal comes.
    """

    def __init__(self) -> None:
        super().__init__(seconds=600)
        self.signals: list[signal.Signals] = []

    def _started(self) -> subprocess.Popen[str] | ForkedProcess:
        process = super()._started()
        if self.signals:
            assert isinstance(process, subprocess.Popen)
            os.kill(process.pid, signal.SIGSTOP)  # so that the question is seen before it is taken
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)  # it stops a little later
            arguments = (process, self.signals.pop(0))
            threading.Thread(target=_end_in_question, args=arguments, daemon=True).start()
        return process


def _end_in_question(process: subprocess.Popen[str], ending: signal.Signals) -> None:
    _until(lambda: _waiting_bytes(process) > 0)
    os.kill(process.pid, signal.SIGCONT)
    _until(lambda: _waiting_bytes(process) == 0)
    os.kill(process.pid, ending)


def _waiting_bytes(process: subprocess.Popen[str]) -> int:
    """Return how much of what was written to a process it has not taken."""
    assert process.stdin is not None
    found = fcntl.ioctl(process.stdin, termios.FIONREAD, struct.pack("i", 0))
    return int(struct.unpack("i", found)[0])


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
def test_a_process_that_is_ended_from_outside_has_no_result(
    written: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    with _Ended() as reading:
        assert reading.read(written["pose"]) is None
        reading.signals = [signal.SIGKILL]
        with pytest.raises(ValidatorStoppedError, match="its process ended with SIGKILL") as ended:
            reading.read(path)
        assert ended.value.cause is FailureKind.DEATH
        assert reading.signals == []
        assert reading.read(written["pose"]) is None


@pytest.mark.slow
def test_a_fault_that_comes_twice_is_the_files(written: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    with _Ended() as reading:
        assert reading.read(written["pose"]) is None
        reading.signals = [signal.SIGSEGV, signal.SIGSEGV]
        assert reading.read(path) == "it ends the process that reads the file, with SIGSEGV"
        assert reading.signals == []
        assert reading.read(written["pose"]) is None


@pytest.mark.slow
def test_one_question_needs_no_process_of_its_owner(written: dict[str, Path]) -> None:
    assert read_with_pynwb(written["pose"]) is None


@pytest.mark.slow
def test_modules_beside_the_data_are_not_run(
    written: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pynwb.py").write_text("raise SystemExit('run')")
    (tmp_path / "json.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    assert sys.path[0] != str(tmp_path)
    assert read_with_pynwb(written["pose"]) is None
