"""A real Dask cluster on loopback: a scheduler, and workers under nannies, as on a command line."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


@dataclass
class DaskCluster:
    """A scheduler, and the workers that were started for it."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def scheduler_file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return str(json.loads(self.scheduler_file.read_text())["address"])

    def start(self, module: str, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a program of Dask's, in a working folder of its own."""
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DASK_TEMPORARY_DIRECTORY": str(self.folder),
        }
        self.folder.mkdir(exist_ok=True)
        working = self.folder / f"working-{len(self.processes)}"
        working.mkdir()
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *options, "--no-dashboard"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=working,
                env=environment | variables,
            )
        self.processes.append(process)
        return process

    def start_scheduler(self, *options: str) -> None:
        self.start(
            "dask_scheduler",
            *("--host", "127.0.0.1", "--port", "0"),
            *("--scheduler-file", str(self.scheduler_file)),
            *options,
        )
        wait_until(self.scheduler_file.exists)

    def start_worker(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a nanny and its worker, with one thread unless something else is said."""
        known = ("--host", "127.0.0.1", "--scheduler-file", str(self.scheduler_file))
        return self.start("dask_worker", *known, *(options or ("--nthreads", "1")), **variables)

    def wait_for_workers(self) -> None:
        """Wait until all that were started are known to the scheduler."""
        logs = [self.folder / f"{number}.log" for number in range(1, len(self.processes))]
        wait_until(lambda: all("Registered to" in log.read_text() for log in logs))

    def workers(self) -> list[psutil.Process]:
        """Return the processes in which Dask does its tasks: those of the nannies."""
        return [
            child for nanny in self.processes[1:] for child in _children(psutil.Process(nanny.pid))
        ]

    def hosts(self) -> list[psutil.Process]:
        """Return posecheck's processes on the workers, with all of theirs."""
        return [child for worker in self.workers() for child in _children(worker, recursive=True)]

    def leftovers(self) -> Sequence[Path]:
        """Return posecheck's temporary folders on the workers."""
        return list(self.folder.rglob("posecheck-*"))

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _children(process: psutil.Process, *, recursive: bool = False) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in process.children(recursive=recursive):
            with contextlib.suppress(psutil.NoSuchProcess):
                # `multiprocessing` has one that it ends with the process itself.
                if "resource_tracker" not in " ".join(child.cmdline()):
                    yield child


@contextlib.contextmanager
def dask_cluster(folder: Path, *, workers: int = 2) -> Iterator[DaskCluster]:
    """Run a cluster until the block ends."""
    cluster = DaskCluster(folder)
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        cluster.wait_for_workers()
        yield cluster
    finally:
        cluster.stop()


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)
