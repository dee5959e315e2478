"""Recordings with faults that have one right answer, and what a run of ``posecheck fix`` leaves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import h5py
from tests.end_to_end.command import Outcome, posecheck
from tests.recordings.written import POSE, STEM

NOSE = f"{POSE}/nose"
UNIT = f"{NOSE}/data"
CONFIDENCE = f"{NOSE}/confidence"


def add_faults(path: Path, *, percent: bool = True) -> Path:
    """Give a careful recording a unit in other words, and confidence in percent.

    The first has a safe fix (UNI001), the second one that assumes something (CNF007).
    """
    with h5py.File(path, "r+") as file:
        file[UNIT].attrs["unit"] = "px"
        if percent:
            file[CONFIDENCE][...] = file[CONFIDENCE][...] * 100
    return path


def copy_sessions(recording: Path, folder: Path, count: int) -> list[Path]:
    """Copy a recording into a dandiset as several sessions, which share its video."""
    subject = folder / recording.parent.name
    subject.mkdir(parents=True)
    shutil.copy2(recording.parent.parent / "dandiset.yaml", folder)
    shutil.copytree(recording.with_name(STEM), subject / STEM)
    paths = [subject / f"sub-mouse01_ses-{number:03}_behavior.nwb" for number in range(count)]
    for path in paths:
        shutil.copy2(recording, path)
    return paths


def fix(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    seconds: float = 120,
) -> Outcome:
    """Run ``posecheck fix``; a failure of posecheck itself is never what a test expects."""
    after = {"--resume", "--undo", "--finalize", "--status", "--from-plan", "--engine", "--help"}
    engine = () if after & {*map(str, arguments)} else ("--engine", "pose")
    outcome = posecheck("fix", *arguments, *engine, cwd=cwd, env=env, seconds=seconds)
    assert "Traceback" not in outcome.stderr
    assert outcome.code in {0, 1, 2}, outcome.stderr
    return outcome


def unit_of(path: Path) -> str:
    with h5py.File(path, "r") as file:
        return str(file[UNIT].attrs["unit"])


def flat(text: str) -> str:
    """A text that was broken into lines, in one."""
    return re.sub(r"\s+", " ", text)
