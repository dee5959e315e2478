"""Whole commands, timed from start to end: seconds, and the memory of the largest process."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

QUIET = {"DANDI_NO_ET": "1", "DANDI_CACHE": "ignore"}
"""Let dandi ask no server for its newest version, nor its disk for what pynwb said before."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run of a command took.

    Attributes
    ----------
    seconds
        On the clock.
    megabytes
        Of the largest process, counting the command and all that it started.
    """

    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and the environment on top of this process's own.

    Attributes
    ----------
    arguments
        The program and its arguments. A program of this environment needs no folder.
    environment
        What is set beside `QUIET`.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]

    def run(self, folder: Path) -> Taken:
        """Run it in a folder; whatever it says of files, it must come to its end.

        Raises
        ------
        SystemExit
            If it fails otherwise than with 1, which says that something was found.
        """
        program = Path(sys.executable).parent / self.arguments[0]
        first = str(program) if program.exists() else self.arguments[0]
        began = perf_counter()
        with subprocess.Popen(
            [first, *self.arguments[1:]],
            cwd=folder,
            env={**os.environ, **QUIET, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            with LargestProcess(process.pid) as largest:
                _, said = process.communicate()
            seconds = perf_counter() - began
        if process.returncode not in {0, 1}:
            raise SystemExit(f"{' '.join(self.arguments)} failed:\n{said[-2000:]}")
        return Taken(seconds, largest.bytes / 1e6)


def in_turn(commands: Mapping[str, Command], rounds: int, folder: Path) -> dict[str, list[Taken]]:
    """Run commands in turn, so that what else the machine does falls on all of them alike."""
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(command.run(folder))
    return taken


def median_seconds(taken: Sequence[Taken]) -> float:
    """Return the median of the seconds."""
    return statistics.median(each.seconds for each in taken)


class LargestProcess:
    """Looks again and again how much memory a process and those that it started take.

    Parameters
    ----------
    process
        Its number; by default those are watched that this process started.
    """

    def __init__(self, process: int | None = None) -> None:
        self.bytes = 0
        self._root = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> LargestProcess:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._root)
            while not self._done.wait(0.02):
                own = [root] if self._root is not None else []
                for process in (*own, *root.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        self.bytes = max(self.bytes, process.memory_info().rss)
