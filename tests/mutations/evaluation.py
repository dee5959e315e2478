"""What posecheck says of a changed recording on disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.local_files import read_path
from tests.mutations.change import Change, write_change
from tests.mutations.kinds import Clean

from posecheck.api import validate
from posecheck.catalog import load_catalog
from posecheck.engine.evaluation import evaluate
from posecheck.engine.rule_set import build_rule_set
from posecheck.model.finding import Finding, Origin, Skipped
from posecheck.model.rule import Need

CATALOG = {rule.code: rule for rule in load_catalog() if not rule.is_of_archive}
"""The rules on what lies on a disk. Those on what an archive holds are tried by uploads."""
_RULE_SET = build_rule_set(tuple(CATALOG.values()), {}, Origin("posecheck", "0"))


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What was said of one change.

    Attributes
    ----------
    findings, skipped
        As reported.
    undeclared
        The findings that neither the change nor the kind of the recording accounts for.
    """

    change: Change
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    undeclared: tuple[Finding, ...]

    @property
    def is_reported(self) -> bool:
        """Whether the rule in question says what it must of a mutation."""
        return any(
            item.code == self.change.code and self.change.says in item.message
            for item in self.findings
        )

    @property
    def is_silent(self) -> bool:
        """Whether the rule in question checked a near miss, and says nothing."""
        silent = all(item.code != self.change.code for item in self.findings)
        return silent and (self.change.unjudged or not self.is_skipped)

    @property
    def superfluous(self) -> set[str]:
        """The codes that are declared beside the rule in question, and are not reported."""
        return set(self.change.also) - {item.code for item in self.findings}

    @property
    def is_skipped(self) -> bool:
        """Whether the rule in question left something unjudged."""
        return any(skip.code == self.change.code for skip in self.skipped)

    def __str__(self) -> str:
        said = [f"{item.code} {item.location}: {item.message}" for item in self.findings]
        said += [
            f"{skip.code} skipped: {skip.reason}"
            for skip in self.skipped
            if skip.code == self.change.code
        ]
        return "\n".join(said) or "nothing was said"


def try_change(clean: Clean, folder: Path, change: Change) -> ChangeResult:
    """Make a change in a copy of its clean recording, and check it by every rule."""
    path = write_change(clean, folder, change)
    with _meanwhile(path, change):
        findings, skipped = (
            _evaluate_dandiset(folder, change) if change.together else evaluate_file(path)
        )
    declared = {change.code, *change.also, *clean.says}
    undeclared = tuple(item for item in findings if item.code not in declared)
    return ChangeResult(change, findings, skipped, undeclared)


def evaluate_file(path: Path) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """Check one NWB file, in this process, by every rule that needs no other file."""
    recording = read_path(path, needs=frozenset(Need))
    report = evaluate(recording, _RULE_SET)
    return report.findings, report.skipped


def _evaluate_dandiset(
    root: Path, change: Change
) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    """Check a dandiset in worker processes, as the command does."""
    report = validate(
        root, isolated=True, jobs=1, engines=change.engines, file_timeout=change.seconds
    )
    return report.findings, tuple(skip for block in report.blocks for skip in block.skipped)


@contextmanager
def _meanwhile(path: Path, change: Change) -> Iterator[None]:
    """Disturb a file for as long as it is checked."""
    disturb = change.meanwhile
    if disturb is None:
        yield
        return
    done = threading.Event()

    def repeat() -> None:
        count = 0
        while not done.wait(0.002):
            count += 1
            disturb(path, count)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
