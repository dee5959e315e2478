"""The command under circumstances: bound by permissions, limited, watched, and struck down."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.command import COMMAND, Outcome, environment, outcome_of, start

_OBEY = (
    "import ctypes, os, sys\n"
    "library = ctypes.CDLL(None)\n"
    "for capability in (0, 1, 2, 3):\n"  # CAP_CHOWN, CAP_DAC_OVERRIDE, _READ_SEARCH, CAP_FOWNER
    "    library.prctl(24, capability, 0, 0, 0)\n"  # PR_CAPBSET_DROP
    "os.execv(sys.executable, [sys.executable, '-m', 'posecheck', *sys.argv[1:]])\n"
)
"""Start the command so that even root, in a container, is bound by the permissions of files."""


def obeying(*arguments: str | Path, cwd: Path) -> Outcome:
    """Run the command as a user whom permissions bind."""
    return _run([sys.executable, "-c", _OBEY, *map(str, arguments)], cwd)


def limited(kilobytes: int, *arguments: str | Path, cwd: Path) -> Outcome:
    """Run the command where no file may grow larger than this."""
    # POSIX counts the limit in blocks of 512 bytes, bash in kilobytes
    script = 'ulimit -f "$1"; shift; exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", str(2 * kilobytes), *COMMAND, *map(str, arguments)]
    return _run(command, cwd)


def paste(command: str, *, cwd: Path) -> Outcome:
    """Run a command line that posecheck printed as a shell would, with this posecheck."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "posecheck"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return _run(["bash", "-c", f'PATH="$0:$PATH"\n{command}', folder], cwd)


def _run(command: list[str], cwd: Path) -> Outcome:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in outcome.stderr
    return outcome


def strike(
    *arguments: str | Path,
    cwd: Path,
    when: Callable[[], bool],
    blow: signal.Signals = signal.SIGKILL,
) -> Outcome:
    """Start the command, and signal it, workers and all, as soon as something is so.

    Raises
    ------
    AssertionError
        If the command ended before that.
    """
    process = start(*arguments, cwd=cwd, start_new_session=True)
    deadline = time.monotonic() + 60
    while not when():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"it was not struck in time: {outcome_of(process)}")
        time.sleep(0.001)
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.killpg(process.pid, blow)
    return outcome_of(process, 60)
