"""A trial: what a tool writes as it comes, and what becomes of it when one follows a recipe."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import posecheck
from posecheck.model.finding import Finding
from posecheck.model.wording import parts_of_remedy
from posecheck.validators.registry import Engine

SESSION = Path("session.nwb")
"""The file that every trial and every recipe writes, in the folder in which they work."""

START = "2024-05-06T12:00:00+00:00"

Names = Mapping[str, Any]
"""What the code of a recipe finds at hand, by name."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe, tried.

    Attributes
    ----------
    code
        The finding that the recipe is for.
    before
        Writes the file as the tool does by itself.

    file
        What it is called, if not `SESSION`.
    needs_corpus
        Whether ``before`` copies a file of the corpus.
    """

    code: str
    before: Callable[[], Names]
    file: Path = SESSION
    needs_corpus: bool = False


def trials(
    *codes: str, before: Callable[[], Names], file: Path = SESSION, needs_corpus: bool = False
) -> tuple[Trial, ...]:
    """Return one trial for each of some findings that the same file has."""
    return tuple(Trial(code, before, file, needs_corpus) for code in codes)


def follow(remedy: str, names: Names) -> None:
    """Carry out the code of a recipe."""
    _, lines = parts_of_remedy(remedy)
    assert lines
    code = compile("\n".join(lines), "recipe", "exec")
    exec(code, {"np": np, "h5py": h5py, **names})  # noqa: S102 - it is ours


def findings_of(trial: Trial) -> list[Finding]:
    """Return what posecheck says of the file under one code, and fail where it failed itself."""
    inspected = trial.code.startswith("NWBI.")
    code, _, variant = (trial.code, "", "") if inspected else trial.code.partition(".")
    engine = Engine.INSPECTOR if inspected else Engine.POSE
    report = posecheck.validate(trial.file, engines=[engine], isolated=True, jobs=1)
    assert not report.has_internal_error, report.findings
    found = [finding for finding in report.findings if finding.code == code]
    assert all(finding.variant == variant for finding in found if variant)
    return found


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, as those do who name a video without one."""
    with contextlib.chdir(folder):
        yield
