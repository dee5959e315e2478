"""Ask every selected rule about every subject of a recording, and word the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from posecheck.config.selection import SPEAKS_OF_STOPPED
from posecheck.engine.broken_fields import BrokenFields
from posecheck.engine.requirements import Subject, may_judge_in_part, missing_need
from posecheck.engine.rule_set import RuleBook
from posecheck.engine.supersession import drop_superseded, join_shared
from posecheck.engine.validator_steps import WHOLE_FILE, ValidatorResults
from posecheck.model.finding import (
    INTERNAL_ERROR,
    OUTSIDE_DANDISET,
    Finding,
    Origin,
    Severity,
    Skipped,
)
from posecheck.model.natural_order import NaturalKey, natural_key
from posecheck.model.pose import Skeleton
from posecheck.model.problem import ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.report import FileReport, FileStatus, PoseSummary
from posecheck.model.rule import Hit, Params, Rule, Scope, Skip
from posecheck.model.wording import to_finding
from posecheck.model.writer import with_recipes
from posecheck.rules import function_of

FILE_FAMILY = "file"
"""The family of rules that judge a file of which nothing else is known."""

BLOCKING: Mapping[ProblemKind, tuple[FileStatus, str]] = {
    ProblemKind.TIMED_OUT: (FileStatus.TIMED_OUT, "the check took too long"),
    ProblemKind.CRASHED: (FileStatus.CRASHED, "the check crashed"),
    ProblemKind.NOT_FETCHED: (FileStatus.NOT_FETCHED, "the file's content is not fetched"),
    ProblemKind.UNREADABLE: (FileStatus.UNREADABLE, "the file cannot be read"),
    ProblemKind.NOT_NWB: (FileStatus.NOT_NWB, "the file is not NWB"),
}
"""What keeps a file from being judged when it befalls the root, and how a skip says so."""

_LONGEST_MESSAGE = 300
_REPORT_IT = (
    "This is a fault of posecheck, not of the file. Report it to posecheck's issue tracker, with "
    "this message and if possible the file."
)


def judge(
    recording: Recording,
    book: RuleBook,
    *,
    results: ValidatorResults | None = None,
    ignored: frozenset[str] = frozenset(),
) -> FileReport:
    """Run the rules on a recording, and tell each defect once.

    Parameters
    ----------
    results
        What other validators say of the file.
    ignored
        Codes that the configuration silences for this file. Their findings still supersede others:
        whoever ignores a defect does not want to hear of it in another voice.
    """
    status, blocked = _status_of(recording)
    outcome = _Outcome(recording, book.origin)
    for rule in book.rules:
        if blocked and not (rule.family == FILE_FAMILY and rule.scope is Scope.RECORDING):
            outcome.skip(rule, WHOLE_FILE, blocked)
        else:
            outcome.ask(rule, book.params(rule))
    stopped = _is_stopped(recording)
    for rule in book.guards:
        if blocked or (stopped and rule.code in SPEAKS_OF_STOPPED):
            outcome.ask(rule, book.params(rule))
    others = results or ValidatorResults()
    foreign = join_shared(others.findings, recording)
    kept = drop_superseded((*outcome.findings, *foreign), book.rules, recording)
    told = with_recipes(kept, recording, book.writers)
    silent = (*ignored, *book.foreign_ignores)
    return FileReport(
        path=recording.file,
        status=status,
        pose=summary_of(recording),
        findings=in_order(item for item in told if not _is_ignored(item.code, silent)),
        skipped=tuple(
            skip
            for skip in (*outcome.skipped, *others.skipped)
            if not _is_ignored(skip.code, silent)
        ),
        rules_run=outcome.rules_run,
        validators_run=others.finished,
    )


def internal_error(
    error: Exception, origin: Origin, *, file: str, location: str, doing: str
) -> Finding:
    """Turn an exception into a finding against posecheck itself.

    Parameters
    ----------
    doing
        What failed: a rule's code and name, or a clause.
    """
    text = str(error)
    if len(text) > _LONGEST_MESSAGE:
        text = text[:_LONGEST_MESSAGE] + " …"
    exception = type(error).__name__
    return Finding(
        code=INTERNAL_ERROR,
        name=INTERNAL_ERROR,
        severity=Severity.ERROR,
        message=f"{doing} failed with {exception}: {text}",
        file=file,
        location=location,
        remedy=_REPORT_IT,
        origin=origin,
        values={"failed": doing, "exception": exception, "text": text},
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by severity, code and place, and drop those that say the same twice."""
    unique = {(item.code, item.severity, item.location, item.message): item for item in findings}
    return tuple(sorted(unique.values(), key=_order))


def _is_ignored(code: str, ignored: Iterable[str]) -> bool:
    """Whether a code, or the validator that it begins with (``NWBI``), is silenced."""
    return any(code == each or code.startswith(f"{each}.") for each in ignored)


def summary_of(recording: Recording) -> PoseSummary:
    """Count what a recording holds; its frames are those of its longest series."""
    return PoseSummary(
        nwb_version=recording.nwb_version,
        ndx_pose_version=recording.specifications.get("ndx-pose"),
        containers=sum(1 for _ in recording.every_container()),
        series=sum(1 for _ in recording.every_series()),
        frames=max((series.frames for series in recording.every_series()), default=0),
        skeletons=len(recording.skeletons),
        videos=len(recording.videos),
        training_frames=sum(len(training.frames) for training in recording.trainings),
    )


def every_skeleton(recording: Recording) -> Iterator[Skeleton]:
    """Yield the Skeletons, and the nodes and edges that ndx-pose 0.1 kept on containers."""
    yield from recording.skeletons
    listed = {skeleton.path for skeleton in recording.skeletons}
    for container in recording.every_container():
        skeleton = container.skeleton
        if skeleton is not None and skeleton.on_container and skeleton.path not in listed:
            yield skeleton


class _Outcome:
    """What the rules say of one recording, as it comes in."""

    def __init__(self, recording: Recording, origin: Origin) -> None:
        self.findings: list[Finding] = []
        self.skipped: list[Skipped] = []
        self.rules_run = 0
        self._recording = recording
        self._origin = origin
        self._broken_fields = BrokenFields(recording)

    def skip(self, rule: Rule, location: str, reason: str) -> None:
        self.skipped.append(Skipped(rule.code, self._recording.file, location, reason))

    def ask(self, rule: Rule, params: Params) -> None:
        """Ask one rule about each of its subjects; it has run if it could judge one of them."""
        judged = False
        if rule.scope is Scope.DANDISET and self._recording.dandiset is None:
            self.skip(rule, WHOLE_FILE, OUTSIDE_DANDISET)
        for subject in _BIND[rule.scope](self._recording):
            location = WHOLE_FILE if isinstance(subject, Recording) else subject.path
            reason = self._broken_fields.reason(rule, subject)
            if reason:
                self.skip(rule, location, reason)
                continue
            reason = missing_need(self._recording, subject, rule.needs)
            if reason:
                self.skip(rule, location, reason)
                if not may_judge_in_part(subject, rule.needs):
                    continue
            judged = True
            try:
                self._take(rule, function_of(rule)(subject, params))
            except Exception as error:  # noqa: BLE001 - a rule's fault must not end the run
                self._blame(rule, location, error)
        self.rules_run += judged

    def _take(self, rule: Rule, answers: Iterable[Hit | Skip]) -> None:
        for answer in answers:
            broken = self._broken_fields.reason_at(rule, answer.location)
            if isinstance(answer, Skip) or broken:
                reason = answer.reason if isinstance(answer, Skip) else broken
                self.skip(rule, answer.location, reason)
            else:
                finding = to_finding(rule, answer, self._recording.file, self._origin)
                self.findings.append(finding)

    def _blame(self, rule: Rule, location: str, error: Exception) -> None:
        self.findings.append(
            internal_error(
                error,
                self._origin,
                file=self._recording.file,
                location=location,
                doing=f"{rule.code} ({rule.name})",
            )
        )


_BIND: Mapping[Scope, Callable[[Recording], Iterable[Subject]]] = {
    Scope.RECORDING: lambda recording: (recording,),
    Scope.VIDEO: lambda recording: recording.videos,
    Scope.IMAGE: lambda recording: recording.images,
    Scope.CONTAINER: lambda recording: recording.every_container(),
    Scope.SERIES: lambda recording: recording.every_series(),
    Scope.SKELETON: lambda recording: recording.every_skeleton(),
    Scope.CAMERA: lambda recording: (item for item in recording.devices if item.calibrated),
    Scope.TRAINING: lambda recording: recording.trainings,
    # Rules over several files are asked after each file was judged alone, not here.
    Scope.DANDISET: lambda recording: (),
    # What an archive holds is known to those who verify an upload, and no run here asks for it.
    Scope.ASSET: lambda recording: (),
}


def _is_stopped(recording: Recording) -> bool:
    """Whether a validator was stopped before it had judged the file."""
    kinds = (ProblemKind.VALIDATOR_TIMED_OUT, ProblemKind.VALIDATOR_CRASHED)
    return any(recording.problems_of(*kinds))


def _status_of(recording: Recording) -> tuple[FileStatus, str]:
    """Return a file's status, and why rules on its content are skipped: empty if they are not."""
    befallen = {problem.kind for problem in recording.problems if problem.location == WHOLE_FILE}
    for kind, (status, reason) in BLOCKING.items():
        if kind in befallen:
            return status, reason
    changed = ProblemKind.CHANGED in befallen
    return FileStatus.CHANGED if changed else FileStatus.CHECKED, ""


def _order(finding: Finding) -> tuple[int, str, NaturalKey, str]:
    return finding.severity.rank, finding.code, natural_key(finding.location), finding.message
