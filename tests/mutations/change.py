"""A change of a clean recording on disk, and what must or must not be said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
from tests.mutations.kinds import Clean, Kind
from tests.recordings.edits import Edit

from posecheck.validators.registry import Engine

Disturbance = Callable[[Path], "Path | None"]
"""A change of the files around an NWB file; it returns the NWB file's path if that is another."""


@dataclass(frozen=True, slots=True)
class Change:
    """A mutation, which a rule must report, or a near miss, which it must not.

    Attributes
    ----------
    id
        What was changed.
    code
        The rule in question.
    edit
        What is changed inside the NWB file.
    disturb
        What is changed around it, or of its bytes, once it is edited.
    kind
        Which clean recording it starts from.
    also
        The codes of other rules that may report the change as well.
    says
        A part of the message, where a rule has several.
    together
        Whether the files of the dandiset are checked together, in worker processes.
    engines
        The engines that run then.
    seconds
        The time limit of one file then.
    meanwhile
        What is done again and again while they are checked, with the NWB file and a number that
        grows.
    unjudged
        Whether the rule may say why it does not check.
    """

    id: str
    code: str
    edit: Edit | None = None
    disturb: Disturbance | None = None
    kind: Kind = Kind.VIDEO
    also: tuple[str, ...] = ()
    says: str = ""
    together: bool = False
    engines: tuple[Engine, ...] = (Engine.POSE,)
    seconds: float | None = None
    meanwhile: Callable[[Path, int], object] | None = None
    unjudged: bool = False


def write_change(clean: Clean, folder: Path, change: Change) -> Path:
    """Copy the dandiset of a clean recording to a folder, change it, and return the NWB file."""
    shutil.copytree(clean.path.parents[1], folder)
    path = folder / clean.path.parent.name / clean.path.name
    if change.edit is not None:
        with h5py.File(path, "r+") as file:
            change.edit(file)
    moved = change.disturb(path) if change.disturb is not None else None
    return moved or path
