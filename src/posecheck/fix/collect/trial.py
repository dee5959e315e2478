"""Try the fixes of one file on a view of it: make them, read what came of it, and go on.

A fix may make another one possible, or change what another one has to be. So fixes are made in
rounds, each worked out on what the round before left, and a fix after which its finding still
stands, or after which something else is wrong, is left out of a new trial.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import h5py

from posecheck.engine.evaluation import evaluate
from posecheck.engine.rule_set import RuleSet
from posecheck.files.file_stamp import stamp_of
from posecheck.fix.collect.edited_source import EditedSource
from posecheck.fix.collect.new_errors import new_errors
from posecheck.fix.collect.obstacles import literal_file
from posecheck.fix.collect.value_texts import text_at
from posecheck.fix.plan.together import made_together
from posecheck.fix.plan.values import PlannedChange, PlannedFix, RefusedFix
from posecheck.hdf5_editing.copy_on_write import CopyOnWrite
from posecheck.hdf5_editing.edit_execution import make_edits
from posecheck.hdf5_editing.edit_obstacles import bytes_left_behind, obstacle_to
from posecheck.hdf5_editing.object_states import state_of
from posecheck.model.edit import Edit, FixSafety, changed_places, touched
from posecheck.model.finding import Finding
from posecheck.model.stamp import Stamp
from posecheck.model.video_file import VideoAccess
from posecheck.model.wording import declared_fix
from posecheck.reading import read_recording
from posecheck.sources.local_source import LocalSource
from posecheck.storage.hdf5_errors import storage_errors
from posecheck.storage.store import StorageError

_MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialJob:
    """One file whose findings are to be fixed.

    Attributes
    ----------
    source
        The file.
    findings
        What posecheck's rules say of it.
    unchecked
        The rules that could not be evaluated, or not everywhere, on the file, by their codes.
    ignored
        Codes that are silenced for it.
    declined
        Codes of which nothing is fixed.
    unsafe_fixes
        Whether fixes are made that rest on an assumption.
    """

    source: LocalSource
    findings: tuple[Finding, ...]
    unchecked: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    unsafe_fixes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What the fixes of one file come to.

    Attributes
    ----------
    stamp
        What the file was.
    fixes, changes, edits, refused, left_behind
        As in `posecheck.fix.plan.values.PlannedFile`.
    findings
        What posecheck's rules say of the file afterwards.
    """

    stamp: Stamp
    fixes: tuple[PlannedFix, ...]
    changes: tuple[PlannedChange, ...]
    edits: tuple[Edit, ...]
    refused: tuple[RefusedFix, ...]
    left_behind: int
    findings: tuple[Finding, ...]


def try_fixes(job: TrialJob, *, rule_set: RuleSet, videos: VideoAccess) -> TrialResult | str:
    """Try the fixes of one file; for a worker.

    Returns
    -------
    TrialResult or str
        What they come to; or why the file cannot be worked on, as a clause.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    refused: list[RefusedFix] = []
    while True:
        trial = _Trial(job, rule_set, videos, tuple(refused))
        try:
            with contextlib.closing(trial):
                result = trial.run()
        except StorageError as error:
            return f"it cannot be edited: {error}"
        except OSError as error:
            return f"it cannot be read: {error.strerror or error}"
        if not trial.faults:
            return result
        refused += trial.faults


@dataclass(slots=True)
class _Trial:
    """One run through all rounds, on a new view of the file.

    Attributes
    ----------
    refused
        What is left out.
    faults
        What turned out to have to be left out; then the trial is worth nothing.
    """

    job: TrialJob
    rule_set: RuleSet
    videos: VideoAccess
    refused: tuple[RefusedFix, ...]
    faults: list[RefusedFix] = field(default_factory=list)
    content: CopyOnWrite = field(init=False)
    stamp: Stamp = field(init=False)
    made: list[PlannedFix] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    obstacles: list[RefusedFix] = field(default_factory=list)
    left_behind: int = 0

    def __post_init__(self) -> None:
        self.stamp = stamp_of(self.job.source.path) or self.job.source.status().stamp
        self.content = CopyOnWrite(self.job.source.open)

    def close(self) -> None:
        """Forget the view."""
        self.content.close()

    def run(self) -> TrialResult:
        """Make all fixes, round by round.

        Raises
        ------
        StorageError, OSError
            If the file cannot be read.
        """
        findings = self.job.findings
        for _ in range(_MOST_ROUNDS):
            wanted = made_together([one for one in findings if self._is_wanted(one)])
            if not wanted:
                break
            made = self._make(wanted)
            if self.faults:
                break
            if not made:
                continue  # others may have waited for those that cannot be made
            found = self._read()
            self._judge(made, findings, found)
            if self.faults:
                break
            findings = found
        else:
            reason = f"it was not reached in {_MOST_ROUNDS} rounds"
            rest = [one for one in findings if self._is_wanted(one)]
            self.obstacles += [_refused(one, reason) for one in rest]
        return TrialResult(
            stamp=self.stamp,
            fixes=tuple(self.made),
            changes=() if self.faults else tuple(self._changes()),
            edits=tuple(self.edits),
            refused=(*self.refused, *self.obstacles),
            left_behind=self.left_behind,
            findings=findings,
        )

    def _is_wanted(self, finding: Finding) -> bool:
        if not finding.edits or finding.fix is None or finding.code in self.job.declined:
            return False
        if finding.fix is FixSafety.UNSAFE and not self.job.unsafe_fixes:
            return False
        kept = {(one.code, one.location) for one in (*self.refused, *self.obstacles)}
        return (finding.code, finding.location) not in kept

    def _make(self, findings: Sequence[Finding]) -> list[Finding]:
        """Make the fixes of one round in the view, and return those that could be made."""
        made: list[Finding] = []
        done: set[Edit] = set()
        with self._opened_for_writing() as file:
            for finding in findings:
                new = tuple(edit for edit in finding.edits if edit not in done)
                obstacle = literal_file(self.job.source.path, finding) or obstacle_to(file, new)
                if obstacle:
                    self.obstacles.append(_refused(finding, obstacle))
                    continue
                behind = bytes_left_behind(file, new)
                try:
                    make_edits(file, new)
                except StorageError as error:
                    # The view is worth nothing any more.
                    self.faults.append(_refused(finding, f"it does not fit: {error}"))
                    break
                self.left_behind += behind
                done.update(new)
                self.edits += new
                made.append(finding)
        self.made += [_planned(one, self.rule_set) for one in made]
        return made

    def _read(self) -> tuple[Finding, ...]:
        source = EditedSource.of(self.job.source, self.content)
        recording = read_recording(source, needs=self.rule_set.needs, videos=self.videos)
        return evaluate(recording, self.rule_set, ignored=self.job.ignored).findings

    def _judge(
        self, made: Sequence[Finding], before: Sequence[Finding], after: Sequence[Finding]
    ) -> None:
        """Take note of fixes after which their finding stands, or something else is wrong."""
        # Its message may be another one, with another figure in it: so they are counted.
        were, are, fixed = (Counter(map(_place, several)) for several in (before, after, made))
        self.faults += [
            _refused(finding, "the finding would still stand")
            for finding in made
            if are[_place(finding)] > were[_place(finding)] - fixed[_place(finding)]
        ]
        if self.faults:
            return
        for error in new_errors(made, before, after, self.rule_set, self.job.unchecked):
            near = [one for one in made if _touches(one, error.location)] or made
            reason = f"it would cause {error.code} at {error.location}: {error.message}"
            self.faults += [
                _refused(one, reason)
                for one in near
                if (one.code, one.location) not in {(f.code, f.location) for f in self.faults}
            ]

    def _changes(self) -> Iterator[PlannedChange]:
        original = CopyOnWrite(self.job.source.open)
        with (
            contextlib.closing(original),
            h5py.File(original.open(), "r") as before,
            h5py.File(self.content.open(), "r") as after,
        ):
            for place in changed_places(self.edits):
                yield PlannedChange(
                    place=place,
                    before=text_at(before, place),
                    after=text_at(after, place),
                    state=state_of(after, place.path, place.attribute),
                )

    @contextlib.contextmanager
    def _opened_for_writing(self) -> Iterator[h5py.File]:
        with storage_errors("/"):
            file = h5py.File(self.content.open(writable=True), "r+")
        with file:
            yield file


def _place(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.location


def _touches(finding: Finding, location: str) -> bool:
    places = [finding.location, *(path for edit in finding.edits for path in touched(edit))]
    return any(
        place == location or place.startswith(f"{location}/") or location.startswith(f"{place}/")
        for place in places
    )


def _planned(finding: Finding, rule_set: RuleSet) -> PlannedFix:
    rule = next((one for one in rule_set.rules if one.code == finding.code), None)
    declared = declared_fix(rule, finding.variant) if rule is not None else None
    return PlannedFix(
        code=finding.code,
        name=finding.name,
        severity=finding.severity,
        location=finding.location,
        message=finding.message,
        safety=finding.fix or FixSafety.UNSAFE,
        what=declared.what if declared is not None else "",
        assumption=declared.assumption if declared is not None else "",
        edits=finding.edits,
    )


def _refused(finding: Finding, reason: str) -> RefusedFix:
    return RefusedFix(code=finding.code, location=finding.location, reason=reason)
