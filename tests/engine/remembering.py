"""Runs that remember, in this process, and changes of what they remember."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posecheck.engine.runner import run
from posecheck.engine.settings import Settings
from posecheck.execution.executor import InProcess
from posecheck.model.report import Report
from posecheck.sources import local_source

REST = 0.02
"""Seconds after which a file counts as rested here: more than a tick of the kernel's clock."""

Change = Callable[[Path], None]


def shorten_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file count as rested after `REST`."""
    monkeypatch.setattr(local_source, "REST_NS", int(REST * 1e9))
    monkeypatch.setattr(local_source, "COARSE_REST_NS", int(REST * 1e9))


class NoWorkers(InProcess):
    """Fails if anything is to be checked."""

    def run(self, *_: object, **__: object) -> Any:
        raise AssertionError("something is checked")


def check(*, remember: bool = True, executor: InProcess | None = None, **options: Any) -> Report:
    """Check the current folder in this process, after everything in it has rested."""
    time.sleep(REST * 1.5)
    chosen = {"engines": ("pose", "layout"), "isolated": True, **options}
    return run(Settings(remember=remember, **chosen), executor=executor or InProcess())


def said(report: Report) -> object:
    """Return what a report says, but for times, and for where it was taken from."""
    document = report.to_dict()
    for block in (document, *document["files"], *document["dandisets"]):
        block.pop("seconds")
    document.pop("remembered")
    return document


def keep_times(path: Path, change: Callable[[], object]) -> None:
    """Change a file, and set its modification time back."""
    before = path.stat()
    change()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def toggle_file(path: Path, content: Path) -> None:
    if path.exists():
        path.unlink()
    else:
        shutil.copyfile(content, path)


def toggle_text(path: Path, text: str) -> None:
    if path.exists():
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
