"""Evaluate rules on a file and on a dandiset, and word what they report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from posecheck.engine.broken_fields import BrokenFields
from posecheck.engine.ignored_findings import count_ignored, is_ignored
from posecheck.engine.requirements import Subject, may_evaluate_in_part, missing_need
from posecheck.engine.rule_set import RuleSet
from posecheck.engine.sampled_facts import is_sampled, without_samples
from posecheck.engine.supersession import drop_superseded, join_shared
from posecheck.engine.validator_steps import ValidatorResults
from posecheck.engine.zarr_remedies import for_storage
from posecheck.model.collection import Collection
from posecheck.model.finding import (
    INTERNAL_ERROR,
    OUTSIDE_DANDISET,
    WHOLE_FILE,
    Finding,
    Origin,
    Severity,
    Skipped,
)
from posecheck.model.natural_order import NaturalKey, natural_key
from posecheck.model.problem import ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.report import FileReport, FileStatus, PoseSummary
from posecheck.model.rule import Guard, Rule, Scope, Skip
from posecheck.model.wording import to_finding
from posecheck.model.writer import with_recipes
from posecheck.rules import evaluate_rule

FILE_FAMILY = "file"
"""The family of rules that report a file of which nothing else is known."""

BLOCKING: Mapping[ProblemKind, tuple[FileStatus, str]] = {
    ProblemKind.TIMED_OUT: (FileStatus.TIMED_OUT, "the check took too long"),
    ProblemKind.CRASHED: (FileStatus.CRASHED, "the check crashed"),
    ProblemKind.NOT_FETCHED: (FileStatus.NOT_FETCHED, "the file's content is not fetched"),
    ProblemKind.UNREADABLE: (FileStatus.UNREADABLE, "the file cannot be read"),
    ProblemKind.NOT_NWB: (FileStatus.NOT_NWB, "the file is not NWB"),
}
"""What keeps a file from being evaluated when it befalls the root, and how a skip says so."""

_LONGEST_MESSAGE = 300
_SAMPLE = "in a sample of the rows"
_REPORT_IT = (
    "This is a fault of posecheck, not of the file. Report it to posecheck's issue tracker, with "
    "this message and if possible the file."
)


def evaluate(
    recording: Recording,
    rule_set: RuleSet,
    *,
    results: ValidatorResults | None = None,
    ignored: frozenset[str] = frozenset(),
) -> FileReport:
    """Evaluate the rules on a recording, and report each defect once.

    Parameters
    ----------
    recording
        What was read of a file.
    rule_set
        The rules.
    results
        What other validators report of the file.
    ignored
        Codes that the configuration silences for this file. Their findings still supersede others:
        whoever ignores a defect does not want another validator to report it.
    """
    status, blocked = _status_of(recording)
    guarded = _guarded(recording, blocked)
    outcomes = Outcomes(rule_set, recording.file)
    whole = without_samples(recording) if is_sampled(recording) else recording
    broken_fields = BrokenFields(recording)
    rules_run = 0
    for rule in rule_set.rules:
        if blocked and not (rule.family == FILE_FAMILY and rule.scope is Scope.RECORDING):
            outcomes.skip(rule, WHOLE_FILE, blocked)
        else:
            known = recording if rule.sample else whole
            rules_run += _evaluate_on(known, rule, outcomes, broken_fields)
    for rule in rule_set.guards:
        if guarded.intersection(rule.guards):
            rules_run += _evaluate_on(recording, rule, outcomes, broken_fields)
    ignored_outcomes = Outcomes(rule_set, recording.file)
    for rule in () if blocked else rule_set.ignored:
        _evaluate_on(recording if rule.sample else whole, rule, ignored_outcomes, broken_fields)
    others = results or ValidatorResults()
    foreign = join_shared(others.findings, recording)
    of_ignored = (each for each in ignored_outcomes.findings if each.code != INTERNAL_ERROR)
    kept = drop_superseded((*outcomes.findings, *of_ignored, *foreign), rule_set.rules, recording)
    silent = {*ignored, *rule_set.foreign_ignores, *(rule.code for rule in rule_set.ignored)}
    ignored_findings = [each for each in kept if is_ignored(each.code, silent)]
    reported = for_storage(
        with_recipes(
            [each for each in kept if not is_ignored(each.code, silent)],
            recording,
            rule_set.writers,
        ),
        recording,
    )
    return FileReport(
        path=recording.file,
        status=status,
        pose=summary_of(recording),
        findings=in_order(map(rule_set.with_severity, reported)),
        skipped=tuple(
            skip
            for skip in (*outcomes.skipped, *others.skipped)
            if not is_ignored(skip.code, silent)
        ),
        rules_run=rules_run,
        sampled=_codes_on_samples(rule_set) if whole is not recording else (),
        validators_run=others.finished,
        ignored=count_ignored(
            in_order(ignored_findings),
            silent,
            counted=() if blocked else _counted(rule_set, outcomes, ignored_outcomes),
            finished=others.finished,
        ),
    )


class Outcomes:
    """What rules report of one file or dandiset, as it comes in.

    Parameters
    ----------
    rule_set
        The rules, with their parameters.
    file
        What is evaluated, as it is printed.

    Attributes
    ----------
    findings, skipped
        In the order of the evaluation. A rule that raises gives a finding against posecheck.
    """

    def __init__(self, rule_set: RuleSet, file: str) -> None:
        self.findings: list[Finding] = []
        self.skipped: list[Skipped] = []
        self._rule_set = rule_set
        self._file = file

    def skip(self, rule: Rule, location: str, reason: str) -> None:
        """Record that a rule was not evaluated, and why."""
        self.skipped.append(Skipped(rule.code, self._file, location, reason))

    def evaluate(
        self,
        rule: Rule,
        subject: object,
        location: str,
        broken_at: Callable[[Rule, str], str] = lambda _rule, _location: "",
    ) -> None:
        """Evaluate a rule on one subject.

        Parameters
        ----------
        rule
            The rule.
        subject
            What its scope says.
        location
            Where the subject lies in the file. A hit of a rule over several files names its file.
        broken_at
            Returns why the rule may not report an object, by its path; empty if it may.
        """
        params = self._rule_set.params(rule)
        try:
            for answer in evaluate_rule(rule, subject, params):
                broken = broken_at(rule, answer.location)
                if isinstance(answer, Skip) or broken:
                    reason = answer.reason if isinstance(answer, Skip) else broken
                    self.skip(rule, answer.location, reason)
                else:
                    named = answer.values.get("file") if isinstance(subject, Collection) else None
                    file = named if isinstance(named, str) else self._file
                    finding = to_finding(rule, answer, file, self._rule_set.origin)
                    is_part = rule.sample and is_sampled(subject)
                    self.findings.append(_of_sample(finding) if is_part else finding)
        except Exception as error:  # noqa: BLE001 - a rule's fault must not end the run
            self.findings.append(
                internal_error(
                    error,
                    self._rule_set.origin,
                    file=self._file,
                    location=location,
                    doing=f"{rule.code} ({rule.name})",
                )
            )


def _of_sample(finding: Finding) -> Finding:
    """Say of a finding that it comes from a part of the rows; what to write needs all of them."""
    return replace(finding, message=f"{finding.message} ({_SAMPLE})", edits=())


def _evaluate_on(
    recording: Recording, rule: Rule, outcomes: Outcomes, broken_fields: BrokenFields
) -> bool:
    """Evaluate a rule on each of its subjects in a file; return whether any could be."""
    if rule.scope is Scope.DANDISET and recording.dandiset is None:
        outcomes.skip(rule, WHOLE_FILE, OUTSIDE_DANDISET)
    has_run = False
    find_subjects = next((_SUBJECTS[scope] for scope in rule.scopes if scope in _SUBJECTS), None)
    for subject in find_subjects(recording) if find_subjects is not None else ():
        location = WHOLE_FILE if isinstance(subject, Recording) else subject.path
        broken = broken_fields.reason(rule, subject)
        missing = "" if broken else missing_need(recording, subject, rule.needs)
        if broken or missing:
            outcomes.skip(rule, location, broken or missing)
            if broken or not may_evaluate_in_part(subject, rule.needs):
                continue
        has_run = True
        outcomes.evaluate(rule, subject, location, broken_fields.reason_at)
    return has_run


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
        subject=doing,
        values={"failed": doing, "exception": exception, "text": text},
    )


def _codes_on_samples(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the codes of the rules that were evaluated on samples of the arrays."""
    return tuple(rule.code for rule in rule_set.rules if rule.sample)


def _counted(rule_set: RuleSet, *evaluated: Outcomes) -> frozenset[str]:
    """Return the codes of the rules that were evaluated on all that they are for."""
    if any(each.code == INTERNAL_ERROR for outcomes in evaluated for each in outcomes.findings):
        return frozenset()
    skipped = {skip.code for outcomes in evaluated for skip in outcomes.skipped}
    return frozenset(
        rule.code
        for rule in (*rule_set.rules, *rule_set.ignored)
        if Scope.DANDISET not in rule.scopes and rule.code not in skipped
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by severity, code and place, and drop those that say the same twice."""
    unique = {(item.code, item.severity, item.location, item.message): item for item in findings}
    return tuple(sorted(unique.values(), key=_order))


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


_SUBJECTS: Mapping[Scope, Callable[[Recording], Iterable[Subject]]] = {
    Scope.RECORDING: lambda recording: (recording,),
    Scope.VIDEO: lambda recording: recording.videos,
    Scope.IMAGE: lambda recording: recording.images,
    Scope.CONTAINER: lambda recording: recording.every_container(),
    Scope.SERIES: lambda recording: recording.every_series(),
    Scope.SKELETON: lambda recording: recording.every_skeleton(),
    Scope.CAMERA: lambda recording: (item for item in recording.devices if item.calibrated),
    Scope.TRAINING: lambda recording: recording.trainings,
}
"""The subjects of one file, by scope.

Other scopes are evaluated elsewhere: on a whole dandiset once each of its files was checked, and on
what an archive holds when an upload is verified. A rule may have one of these, and another.
"""


def _guarded(recording: Recording, blocked: str) -> set[Guard]:
    """Return why rules report a file although they were not selected."""
    stopped = recording.problems_of(ProblemKind.VALIDATOR_TIMED_OUT, ProblemKind.VALIDATOR_CRASHED)
    guards = {Guard.BLOCKED} if blocked else set()
    return guards | {Guard.STOPPED} if any(stopped) else guards


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
