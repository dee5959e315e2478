"""What workers bring along, and what they leave to whoever else is forked by their server."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from tests.recordings.written import write_recording

from posecheck.engine.runner import run
from posecheck.engine.settings import Settings
from posecheck.engine.workers import open_pool
from posecheck.validators.registered.pynwb_reading import reading


def state_of_the_reading(_: object) -> tuple[str, str, bool, bool]:
    """Return who reads files for this worker, and how garbage is looked for; called in it."""
    process = reading()._process
    return __name__, type(process).__name__, gc.isenabled(), gc.get_freeze_count() > 1000


@pytest.mark.slow
def test_a_worker_has_its_copy_read_and_looks_for_garbage_among_what_is_new(
    tmp_path: Path,
) -> None:
    path = write_recording(tmp_path / "dandiset")
    with open_pool(other_validators=True) as pool:
        report = run(Settings(paths=(str(path),), isolated=True, jobs=1), executor=pool)
        assert report.files[0].validators_run
        ((_, answer),) = pool.run(state_of_the_reading, [None], workers=1)

    kind = "Popen" if sys.platform in {"win32", "darwin"} else "ForkedProcess"
    assert answer == (__name__, kind, True, sys.platform != "win32")


def test_another_process_of_the_same_server_looks_for_its_garbage(tmp_path: Path) -> None:
    """multiprocessing has one server, also for the program that uses posecheck."""
    script = tmp_path / "program.py"
    script.write_text(
        "import gc, multiprocessing, sys\n"
        "from posecheck.execution.start_up import start_server\n"
        "def tell(pipe):\n"
        "    pipe.send(gc.isenabled())\n"
        "if __name__ == '__main__':\n"
        "    start_server()\n"
        "    methods = multiprocessing.get_all_start_methods()\n"
        "    method = 'forkserver' if 'forkserver' in methods else 'spawn'\n"
        "    context = multiprocessing.get_context(method)\n"
        "    here, there = context.Pipe()\n"
        "    process = context.Process(target=tell, args=(there,))\n"
        "    process.start()\n"
        "    print(here.recv())\n"
        "    process.join()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "True"
