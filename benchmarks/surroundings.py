"""Where a figure was measured: the command, the versions, the kind of machine, the day."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("dandi", "nwbinspector", "pynwb", "hdmf", "h5py", "numpy", "distributed")


def describe_run(arguments: Sequence[str]) -> Mapping[str, Any]:
    """Return what a reader must know of a run to make it again."""
    return {
        "command": " ".join(["python -m benchmarks", *arguments]),
        "day": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": _machine(),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _machine() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    kind = f"{platform.system()} {platform.machine()}{_processor()}"
    return f"{kind}, {cores} processors, {gigabytes:.0f} GB"


def _processor() -> str:
    """Return the name that Linux has for the processor, with a comma before it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return f", {found[1].strip()}" if found else ""


def _commit() -> str:
    """Return the commit that is checked out, marked where files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
