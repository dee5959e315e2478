"""The process that reads files as a copy of the one that asks, in interpreters of their own.

A copy is made where nothing but pynwb is imported and no thread runs, so not in this process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

_IMPORTS = """
import json, os, sys, threading, time
from pathlib import Path
import pynwb
from posecheck.validators.forked_process import ForkedProcess
from posecheck.validators.protocol import ValidatorStoppedError
from posecheck.validators.pynwb_process import PynwbReading
paths = [Path(each) for each in sys.argv[1:]]
"""


def _run(script: str, *paths: Path) -> list[str]:
    command = [sys.executable, "-c", _IMPORTS + script, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _is_gone(pid: int, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
def test_a_copy_says_what_a_new_process_says(written: dict[str, Path]) -> None:
    names = ["pose", "wrong-shapes", "without-version", "training"]
    said = _run(
        """
new, copy = PynwbReading(), PynwbReading()
for path in paths:
    print(json.dumps(new.read(path)))
copy.begin()
for path in paths:
    print(json.dumps(copy.read(path)))
print(type(copy._process) is ForkedProcess, "ndx_pose" in sys.modules)
""",
        *(written[name] for name in names),
    )
    assert said[:4] == said[4:8]
    reason, place = json.loads(said[1]).split("\n")
    assert (said[0], reason[:19]) == ("null", "Could not construct")
    assert place.endswith("/Skeletons/mouse"), place
    assert said[8] == "True False"


@pytest.mark.slow
def test_a_copy_keeps_nothing_open_but_its_pipes(written: dict[str, Path]) -> None:
    said = _run(
        """
kept = [paths[0].open() for _ in range(20)]
reading = PynwbReading()
reading.begin()
time.sleep(1)
for name in sorted(os.listdir(f"/proc/{reading._process._pid}/fd")):
    print(os.readlink(f"/proc/{reading._process._pid}/fd/{name}").split(":")[0])
""",
        written["pose"],
    )
    assert said == ["/dev/null", "/dev/null", "/dev/null", "pipe", "pipe"]


def test_a_copy_ends_with_its_owner(written: dict[str, Path]) -> None:
    said = _run(
        """
reading = PynwbReading()
reading.begin()
print(reading.read(paths[0]), reading._process._pid, flush=True)
os._exit(0)
""",
        written["pose"],
    )
    answer, pid = said[0].split()
    assert answer == "None"
    assert _is_gone(int(pid))


@pytest.mark.slow
def test_a_copy_that_hangs_ends_without_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    said = _run(
        """
reading = PynwbReading(seconds=1)
reading.begin()
print(reading._process._pid, flush=True)
threading.Thread(target=reading.read, args=(paths[0],), daemon=True).start()
time.sleep(0.5)
os._exit(0)
""",
        path,
    )
    assert _is_gone(int(said[0]))


@pytest.mark.slow
def test_a_copy_that_hangs_or_dies_is_replaced(written: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "pipe.nwb"
    os.mkfifo(path)
    said = _run(
        """
reading = PynwbReading(seconds=2)
reading.begin()
try:
    reading.read(paths[0])
except ValidatorStoppedError as error:
    print(error)
print(reading._process)
reading._seconds = 60
reading.begin()
threading.Timer(1, reading._process.kill).start()
try:
    reading.read(paths[0])
except ValidatorStoppedError as error:
    print(error)
print(reading.read(paths[1]))
reading.close()
print(reading._process)
""",
        path,
        written["pose"],
    )
    assert said == [
        "it took longer than 2 s",
        "None",
        "its process ended with SIGKILL",
        "None",
        "None",
    ]


@pytest.mark.slow
def test_where_the_system_gives_no_copy_a_new_process_answers(written: dict[str, Path]) -> None:
    said = _run(
        """
def refuse():
    raise BlockingIOError("no more processes")
os.fork = refuse
reading = PynwbReading()
before = os.listdir("/proc/self/fd")
reading.begin()
print(reading._process, os.listdir("/proc/self/fd") == before)
print(reading.read(paths[0]))
""",
        written["pose"],
    )
    assert said == ["None True", "None"]


@pytest.mark.slow
def test_a_copy_ends_when_it_has_to_whatever_its_owner_does_then(
    written: dict[str, Path],
) -> None:
    said = _run(
        """
import signal
signal.signal(signal.SIGTERM, lambda *_: print("not noticed", flush=True))
reading = PynwbReading()
reading.begin()
reading.read(paths[0])
os.kill(reading._process._pid, signal.SIGTERM)
print(reading._process.wait(timeout=30))
""",
        written["pose"],
    )
    assert said == ["-15"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "before",
    ["import ndx_pose", "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"],
    ids=["the extension is imported", "a thread runs"],
)
def test_no_copy_is_made_of_what_would_not_do(written: dict[str, Path], before: str) -> None:
    said = _run(
        f"""
{before}
reading = PynwbReading()
reading.begin()
print(reading._process)
print(reading.read(paths[0]))
""",
        written["pose"],
    )
    assert said == ["None", "None"]
