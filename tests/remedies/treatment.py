"""What the remedy of a rule says, done to a recording that a mutation spoiled."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
from tests.end_to_end.command import posecheck
from tests.mutations.change import Disturbance
from tests.mutations.kinds import Clean, Kind
from tests.recordings.edits import Edit

from posecheck.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Situation:
    """A spoiled recording, and who reads what is said of it.

    Attributes
    ----------
    kinds
        The clean recordings: what the tracker and its converter write when they run again.
    kind
        Which of them was spoiled.
    root, path
        The dandiset, and its NWB file.
    findings
        What the rule reports of it.
    """

    kinds: Mapping[Kind, Clean]
    kind: Kind
    root: Path
    path: Path
    findings: tuple[Finding, ...]

    @property
    def source(self) -> Path:
        """The NWB file as it was before it was spoiled."""
        return self.kinds[self.kind].path


Act = Callable[[Situation], "Path | None"]
"""What a person does; it returns the NWB file's path if that is another."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """One thing that a remedy says to do, done.

    Attributes
    ----------
    code
        The rule.
    says
        The words of its remedy that are carried out.
    act
        What they mean.
    changes
        The ids of the mutations that it is tried on; all of the rule if empty.
    leaves
        What the mutation has broken besides, and this remedy does not cover.
    """

    code: str
    says: str
    act: Act
    changes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()


def treat(
    code: str, says: str, *acts: Act, on: str | tuple[str, ...] = (), leaves: tuple[str, ...] = ()
) -> Treatment:
    """Do several things, one after the other."""
    changes = (on,) if isinstance(on, str) else on
    return Treatment(code, says, _every(acts), changes, leaves)


def inside(*edits: Edit) -> Act:
    """Change the NWB file."""

    def act(situation: Situation) -> None:
        with h5py.File(situation.path, "r+") as file:
            for edit in edits:
                edit(file)

    return act


def again(*paths: str) -> Act:
    """Export some objects again: take them from the recording as it was."""

    def act(situation: Situation) -> None:
        with h5py.File(situation.path, "r+") as file, h5py.File(situation.source) as source:
            for path in paths:
                link = source.get(path, getlink=True)
                if file.get(path, getlink=True) is not None:
                    del file[path]
                if isinstance(link, h5py.SoftLink):
                    file[path] = h5py.SoftLink(link.path)
                else:
                    source.copy(path, file, path)

    return act


def around(disturb: Disturbance) -> Act:
    """Change the files around the NWB file."""
    return lambda situation: disturb(situation.path)


def run_again(kind: Kind | None = None) -> Act:
    """Write the whole NWB file again, as its converter does today."""

    def act(situation: Situation) -> None:
        written = situation.kinds[kind or situation.kind].path
        situation.path.unlink()
        shutil.copyfile(written, situation.path)

    return act


def organize(*options: str) -> Act:
    """Run ``posecheck organize`` on the dandiset, and find its one NWB file."""

    def act(situation: Situation) -> Path:
        done = posecheck("organize", "--dandiset", situation.root, "--yes", *options)
        assert done.code == 0, done.stderr + done.stdout
        (path,) = (
            path
            for path in situation.root.rglob("*.nwb")
            if ".posecheck" not in path.relative_to(situation.root).parts
        )
        return path

    return act


def _every(acts: tuple[Act, ...]) -> Act:
    def act(situation: Situation) -> Path:
        for single in acts:
            path = single(situation) or situation.path
            situation = Situation(
                situation.kinds, situation.kind, situation.root, path, situation.findings
            )
        return situation.path

    return act
