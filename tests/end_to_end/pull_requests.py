"""A dataset in git, pull requests on it, and checkouts of them as a CI server makes them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from tests.git_command import git
from tests.recordings.written import STEM


def write_dataset(careful: Path, folder: Path) -> Path:
    """Write a dataset of two recordings on ``main``, both with their video."""
    for name in ("sub-a", "sub-b"):
        shutil.copytree(careful.with_name(STEM), folder / name / STEM)
        shutil.copyfile(careful, folder / name / f"{name}.nwb")
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "posecheck.toml").write_text('fail-on = "error"\n')
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "base")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub does
    return folder


def lose_video(folder: Path) -> None:
    (video,) = (folder / "sub-b").glob("*/*.mp4")
    git(folder, "rm", "--quiet", str(video.relative_to(folder)))


def pull_request(origin: Path, *changes: Callable[[Path], None]) -> dict[str, Any]:
    """Commit changes on a branch; return the event that GitHub sends for it."""
    base = git(origin, "rev-parse", "main")
    git(origin, "switch", "--quiet", "-c", "topic")
    for change in changes:
        change(origin)
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "--allow-empty", "-m", "topic; touch injected")
    head = git(origin, "rev-parse", "HEAD")
    # What a checkout is of: the merge of both.
    git(origin, "switch", "--quiet", "-c", "merge", "main")
    git(origin, "merge", "--quiet", "--no-ff", "-m", "merge", "topic")
    return {"pull_request": {"base": {"sha": base}, "head": {"sha": head}, "title": "$(touch x)"}}


def checkout(origin: Path, folder: Path, *, depth: int = 1) -> Path:
    """Clone as actions/checkout does."""
    options = ("--quiet", "--no-tags", f"--depth={depth}") if depth else ("--quiet",)
    git(folder.parent, "clone", *options, f"file://{origin}", str(folder))
    return folder


def site_packages() -> str:
    """Return where this Python finds what posecheck needs."""
    return str(Path(yaml.__file__).parents[1])
