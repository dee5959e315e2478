"""A process that has imported what the command needs, and forks a process for each run of it.

An interpreter that starts posecheck each time spends a second on imports, and the server of its
worker processes another. Here both are paid once: each run is a process of its own with its own
arguments, environment, folder and streams, as if it had been started from a shell, but for the
modules that are there already. So this is no place for tests of what is imported, and when, and
from where.

It is run as a script with the number of a socket; `CommandServer` is the other end of that.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import re
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing import util
from pathlib import Path
from typing import Any, NoReturn

IMPORTED = ("pynwb", "nwbinspector", "dandi.dandiapi", "dandi.organize", "dandi.metadata.nwb", "av")
"""What the command imports late."""

LEFT_OUT = {
    "__main__",
    # It acts when it is imported, in the server of the worker processes.
    "forkserver_preload",
    # It changes dandi for the whole process, and is a worker's.
    "patched_dandi",
    # It registers checks with NWB Inspector.
    "nwbinspector",
    # It imports ndx-pose, which the validators must not meet.
    "demo",
    # It needs hdmf-zarr, which is not everywhere.
    "zarr_reader",
}
"""The last part of the names of modules of posecheck."""

_HELPER = re.compile(r"multiprocessing\.(forkserver|resource_tracker)")

LARGEST_REQUEST = 2**20


def serve(connection: socket.socket) -> None:
    """Fork a process for each request, until the other end is gone."""
    _import_all()
    ended, wake_up = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(wake_up, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([connection.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, 65536)
            _report_ended(running)
        if connection.fileno() in ready:
            data, descriptors, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 4)
            if not data:
                return
            *streams, status = descriptors
            process = os.fork()
            if process == 0:
                request = json.loads(data)
                if request["new_session"]:
                    os.setsid()
                os.write(status, f"{os.getpid()}\n".encode())
                for descriptor in (connection.detach(), ended, wake_up, status, *running.values()):
                    os.close(descriptor)
                _become_command(request, streams)
            for descriptor in streams:
                os.close(descriptor)
            running[process] = status


def _import_all() -> None:
    from posecheck.cli import app  # noqa: F401, PLC0415

    left_out = set(_import_below("posecheck"))
    assert left_out == LEFT_OUT, f"renamed: {LEFT_OUT - left_out}"
    for name in IMPORTED:
        importlib.import_module(name)
    _read_catalog()
    assert "ndx_pose" not in sys.modules
    assert threading.active_count() == 1
    gc.freeze()


def _read_catalog() -> None:
    """Read the rules, their pages and the writers, which takes each run a tenth of a second."""
    from posecheck.catalog import load_catalog  # noqa: PLC0415
    from posecheck.catalog.validator_guides import load_validators  # noqa: PLC0415
    from posecheck.catalog.writers import load_writers  # noqa: PLC0415

    load_catalog()
    load_catalog(with_cases=False)
    load_validators()
    load_writers()


def _import_below(package: str) -> Iterator[str]:
    """Import every module below a package, and yield which were left out."""
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        name = found.name.rpartition(".")[2]
        if name in LEFT_OUT:
            yield name
            continue
        importlib.import_module(found.name)
        if found.ispkg:
            yield from _import_below(found.name)


def _report_ended(running: dict[int, int]) -> None:
    """Write how each process ended that has, as `subprocess` says it."""
    for process in tuple(running):
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            with os.fdopen(running.pop(process), "w") as answer, contextlib.suppress(OSError):
                answer.write(f"{os.waitstatus_to_exitcode(status)}\n")


def _become_command(request: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Run the command in this process, which was forked for it, and end it."""
    signal.set_wakeup_fd(-1)
    _reset_signals()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    for descriptor in streams:
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["posecheck", *request["arguments"]]
    sys.orig_argv = [sys.executable, "-m", *sys.argv]
    sys.path.insert(0, request["cwd"])
    sys.stdin = _reopened_input(sys.stdin)
    sys.stdout, sys.stderr = _reopened(sys.stdout), _reopened(sys.stderr)
    setattr(util, "spawnv_passfds", _fork_server_of_workers)  # noqa: B010
    code: object
    try:
        runpy.run_module("posecheck", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001 - as an interpreter ends
        traceback.print_exc()
        code = 1
    _end(code)


def _end(code: object) -> NoReturn:
    """End as an interpreter does, but for taking down the modules, which takes long."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    os._exit(code)


def _reopened_input(stream: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        open(stream.fileno(), "rb", closefd=False), encoding=stream.encoding, errors=stream.errors
    )


def _reopened(stream: Any) -> io.TextIOWrapper:
    """Open a standard stream again: what it leads to can be of another kind than it was."""
    return io.TextIOWrapper(
        open(stream.fileno(), "wb", 0 if stream.write_through else -1, closefd=False),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


_spawn = util.spawnv_passfds


def _fork_server_of_workers(path: Any, args: Sequence[Any], passed: Sequence[int]) -> int:
    """Fork the server of the worker processes, where an interpreter would be started for it.

    So is the process that `multiprocessing` lets clean up after both.
    """
    called = [os.fsdecode(argument) for argument in args]
    if _HELPER.search(called[-1]) is None or threading.active_count() > 1:
        return int(_spawn(path, args, passed))
    process = os.fork()
    if process == 0:
        try:
            _become_server_of_workers(called, {0, 1, 2, *map(int, passed)})
        except BaseException:  # noqa: BLE001 - it must not return to the caller
            traceback.print_exc()
        finally:
            os._exit(1)
    return process


def _become_server_of_workers(called: list[str], kept: set[int]) -> None:
    _reset_signals()
    setattr(util, "spawnv_passfds", _spawn)  # noqa: B010
    # Objects that own the other descriptors are still there, and will close them one day.
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in {int(path.name) for path in Path("/dev/fd").iterdir()} - kept - {nothing}:
        os.dup2(nothing, number)
    sys.orig_argv = called
    sys.argv = ["-c"]
    sys.path.pop(0)
    exec(called[-1], {"__name__": "__main__"})  # noqa: S102 - the program that multiprocessing wrote


def _reset_signals() -> None:
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    sys.path.pop(0)
    serve(socket.socket(fileno=int(sys.argv[1])))
