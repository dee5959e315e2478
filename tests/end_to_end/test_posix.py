"""What only POSIX systems can show: signals, permissions, pipes, named pipes as canaries."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest
from tests.end_to_end.command import COMMAND, Outcome, environment, posecheck, validate
from tests.recordings.hostile import Hostile, leading_outside, write_hostile
from tests.recordings.limits import write_hang_in_heap
from tests.recordings.written import STEM

pytestmark = pytest.mark.slow

_OBEY = (
    "import ctypes, os, sys\n"
    "library = ctypes.CDLL(None)\n"
    "for capability in (1, 2):\n"  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    "    library.prctl(24, capability, 0, 0, 0)\n"  # PR_CAPBSET_DROP
    "os.execv(sys.executable, [sys.executable, '-m', 'posecheck', *sys.argv[1:]])\n"
)
"""Start the command so that even root, in a container, is bound by the permissions of files."""


def obeying(*arguments: str | Path, cwd: Path) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-c", _OBEY, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


class TestPermissions:
    @pytest.fixture
    def locked(self, careful: Path, beside_video: Path) -> Iterator[Path]:
        folder = beside_video / "locked"
        folder.mkdir()
        shutil.copyfile(careful, folder / "hidden.nwb")
        shutil.copyfile(careful, beside_video / "good.nwb")
        shutil.copyfile(careful, beside_video / "unreadable.nwb")
        (beside_video / "unreadable.nwb").chmod(0)
        folder.chmod(0)
        yield beside_video
        folder.chmod(0o700)

    def test_folder_and_file_without_permission_are_findings(self, locked: Path) -> None:
        outcome = obeying("validate", ".", "--isolated", "--output", "json", cwd=locked)
        assert outcome.code == 1
        assert "ermission" in outcome.message("FIL001", "unreadable.nwb")
        assert "ermission" in outcome.message("FIL001", "locked")
        assert outcome.codes("good.nwb") == set()

    def test_read_only_folder_will_do(self, careful: Path, beside_video: Path) -> None:
        shutil.copyfile(careful, beside_video / "good.nwb")
        (beside_video / "good.nwb").chmod(0o400)
        beside_video.chmod(0o500)
        try:
            outcome = obeying("validate", ".", "--isolated", cwd=beside_video)
        finally:
            beside_video.chmod(0o700)
        assert outcome.code == 0
        assert outcome.stderr == ""
        assert {path.name for path in beside_video.iterdir()} == {"good.nwb", STEM}

    def test_output_file_in_a_read_only_folder_is_a_mistake(
        self, careful: Path, tmp_path: Path
    ) -> None:
        tmp_path.chmod(0o500)
        try:
            outcome = obeying("validate", careful, "--output", "full=report.txt", cwd=tmp_path)
        finally:
            tmp_path.chmod(0o700)
        assert outcome.code == 2
        assert "report.txt" in outcome.stderr
        assert "Traceback" not in outcome.stderr


@pytest.fixture(scope="module")
def folder(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    shutil.copytree(careful.with_name(STEM), folder / STEM)
    os.mkfifo(folder / "canary")
    for trap in leading_outside(folder / "canary"):
        write_hostile(careful, folder / f"{trap.id}.nwb", trap)
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    with _watching(folder / "canary") as opened:
        outcome = validate(".", "--file-timeout", "20", cwd=folder)
    assert not opened, "a process opened the named pipe for reading"
    return outcome


class TestCanary:
    """What leads out of a file is reported and never opened: opening a named pipe would hang."""

    @pytest.mark.parametrize("trap", leading_outside(Path()), ids=lambda trap: trap.id)
    def test_way_out_is_reported_and_not_taken(self, outcome: Outcome, trap: Hostile) -> None:
        codes = outcome.codes(f"{trap.id}.nwb")
        assert trap.codes <= codes
        assert not codes & {"internal-error", "FIL013", "FIL014"}
        assert "canary" in outcome.message("FIL008", f"{trap.id}.nwb")

    def test_canary_is_alive(self, folder: Path) -> None:
        path = folder / "external-link.nwb"
        with _watching(folder / "canary") as opened:
            subprocess.run(
                [
                    sys.executable,
                    "-c",
                    f"import h5py; h5py.File({str(path)!r})"
                    "['/processing/behavior/PoseEstimation/nose/data']",
                ],
                capture_output=True,
                timeout=20,
                check=False,
            )
        assert opened, "a reader that opens by path takes the way out"


@contextmanager
def _watching(fifo: Path) -> Iterator[list[float]]:
    """Note when somebody opens a named pipe for reading, and let go who did."""
    opened: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            with suppress(OSError):  # ENXIO: nobody reads
                os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
                opened.append(time.monotonic())
            done.wait(0.005)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield opened
    finally:
        done.set()
        thread.join()


class TestChangedWhileRead:
    def test_touched_file_is_not_trusted(self, careful: Path, beside_video: Path) -> None:
        path = shutil.copyfile(careful, beside_video / "moving.nwb")
        shutil.copyfile(careful, beside_video / "still.nwb")

        def touch(count: int) -> None:
            os.utime(path, ns=(count, count))

        with _repeating(touch):
            outcome = validate(beside_video)
        assert outcome.code == 1
        assert "FIL015" in outcome.codes("moving.nwb")
        assert outcome.status("moving.nwb") == "changed"
        assert outcome.codes("still.nwb") == set()

    def test_file_that_is_being_written_is_not_trusted(
        self, careful: Path, beside_video: Path
    ) -> None:
        path = shutil.copyfile(careful, beside_video / "growing.nwb")
        with h5py.File(path, "r+") as file:
            grown = file.create_dataset(
                "/scratch/grown", shape=(0,), maxshape=(None,), dtype="f8", chunks=(512,)
            )

            def grow(count: int) -> None:
                grown.resize((count * 512,))
                grown[-512:] = np.arange(512)
                file.flush()

            with _repeating(grow):
                outcome = validate(beside_video)
        assert outcome.code == 1
        assert outcome.codes("growing.nwb", "error") & {"FIL001", "FIL015", "FIL016"}
        assert "internal-error" not in outcome.codes()


@contextmanager
def _repeating(action: Callable[[int], None]) -> Iterator[None]:
    done = threading.Event()

    def repeat() -> None:
        count = 1
        while not done.wait(0.002):
            action(count)
            count += 1

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class TestInterrupt:
    def test_interrupt_ends_everything_without_a_traceback(
        self, careful: Path, tmp_path: Path
    ) -> None:
        for name in ("a.nwb", "b.nwb", "c.nwb"):
            write_hang_in_heap(careful, tmp_path / name)
        process = subprocess.Popen(
            [*COMMAND, "validate", str(tmp_path), "--isolated", "--engine", "pose", "--jobs", "2"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        workers = _wait_for_busy_workers(process.pid, 2)
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
        assert process.returncode == 130
        assert b"Traceback" not in stdout + stderr
        assert b"interrupted" in stderr
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert alive == []

    @pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
    def test_terminated_command_leaves_no_workers(
        self, careful: Path, tmp_path: Path, name: str
    ) -> None:
        write_hang_in_heap(careful, tmp_path / "a.nwb")
        process = subprocess.Popen(
            [*COMMAND, "validate", str(tmp_path), "--isolated", "--engine", "pose"],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        workers = _wait_for_busy_workers(process.pid, 1)
        process.send_signal(signal.Signals[name])
        assert process.wait(timeout=20) != 0
        _, alive = psutil.wait_procs(workers, timeout=20)
        for orphan in alive:
            orphan.kill()
        assert alive == []


def _wait_for_busy_workers(parent: int, count: int) -> list[psutil.Process]:
    """Wait until so many descendants have worked for half a second each; return all of them."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        family: list[psutil.Process] = psutil.Process(parent).children(recursive=True)
        busy = [child for child in family if _seconds_of(child) > 0.5]
        if len(busy) >= count:
            return family
        time.sleep(0.05)
    raise AssertionError("the workers never began to work")


def _seconds_of(process: psutil.Process) -> float:
    try:
        return float(process.cpu_times().user)
    except psutil.Error:
        return 0.0


@pytest.fixture(scope="module")
def many(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred broken files: quick to check, long to print."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "f000.nwb").write_bytes(careful.read_bytes()[:50_000])
    for index in range(1, 300):
        os.link(folder / "f000.nwb", folder / f"f{index:03d}.nwb")
    return folder


class TestPipes:
    def test_order_is_that_of_the_names(self, many: Path) -> None:
        outcome = validate(".", "--jobs", "2", cwd=many)
        names = [f"f{index:03d}.nwb" for index in range(300)]
        assert [file["path"] for file in outcome.report["files"]] == names
        assert [finding["file"] for finding in outcome.report["findings"]] == names

    def test_reader_that_leaves_early_gets_no_traceback(self, many: Path) -> None:
        process = subprocess.Popen(
            [*COMMAND, "validate", ".", "--isolated", "--engine", "pose"],
            cwd=many,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) not in {0, 3}
        assert b"Traceback" not in stderr
        assert b"Exception ignored" not in stderr

    def test_closed_standard_streams_will_do(self, careful: Path) -> None:
        done = subprocess.run(
            [
                "/bin/sh",
                "-c",
                '"$@" <&- >&- 2>&-',
                "sh",
                *COMMAND,
                "validate",
                "--engine",
                "pose",
                str(careful),
            ],
            env=environment(),
            timeout=60,
            check=False,
        )
        assert done.returncode == 0

    def test_undecodable_file_name_is_reported(self, careful: Path, beside_video: Path) -> None:
        name = os.fsdecode(b"caf\xe9-\xff.nwb")
        shutil.copyfile(careful, beside_video / name)
        outcome = validate(".", cwd=beside_video)
        assert outcome.code == 0
        assert outcome.stdout.isascii()
        shown = posecheck("validate", ".", "--isolated", "-v", cwd=beside_video)
        assert shown.code == 0
        assert "caf" in shown.stdout
