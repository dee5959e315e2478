"""From settings to a plan: check the files, try their fixes, and see which may be changed."""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.config.schema import Configuration
from posecheck.engine.executors import open_executor
from posecheck.engine.run_plan import Plan, configuration_of, make_plan
from posecheck.engine.runner import run_plan
from posecheck.engine.settings import Settings
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.scratch import scratch_folder
from posecheck.files.dataset_roots import find_dandiset
from posecheck.files.folders import common_folder
from posecheck.fix.collect.obstacles import obstacle_to_changing
from posecheck.fix.collect.trial import TrialJob, TrialResult, try_fixes
from posecheck.fix.plan.values import (
    FixPlan,
    PlannedCheck,
    PlannedFile,
    StandingFinding,
    UntouchedFile,
)
from posecheck.fix.settings import FixSettings
from posecheck.model.edit import FixSafety
from posecheck.model.errors import UsageError
from posecheck.model.finding import Finding, Severity
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.report import FileReport
from posecheck.model.video_file import VideoAccess
from posecheck.sources.local_source import LocalSource

_OWN = "posecheck"


def plan_fix(settings: FixSettings, *, listener: ProgressListener | None = None) -> FixPlan:
    """Plan what to change in NWB files so that findings go away; nothing is touched.

    Parameters
    ----------
    settings
        What the user asked for.
    listener
        Receives how many files are checked, and in how many fixes are tried.

    Raises
    ------
    UsageError
        If a path or a code does not exist, lies elsewhere, or there is nothing to check.
    ConfigurationError
        If the configuration file cannot be used.
    InternalError
        If posecheck fails, or no worker can be started.
    """
    if settings.check.addresses or settings.check.sources:
        raise UsageError(
            "posecheck fix changes files on this machine: download the recording first"
        )
    told = listener or ProgressListener()
    configuration = configuration_of(settings.check)
    run = make_plan(settings.check, configuration)
    report = run_plan(run, settings.check, progress=told)
    candidates = [
        _Candidate(place, file)
        for place, file in enumerate(report.files)
        if any(_is_fixable(finding) for finding in file.findings)
    ]
    root = _root([run.found[one.place].path for one in candidates])
    planned: list[PlannedFile] = []
    untouched = list(_stores(run, report.files))
    findings: dict[int, Sequence[Finding]] = {
        place: file.findings for place, file in enumerate(report.files)
    }
    free: list[_Candidate] = []
    for one in candidates:
        obstacle = obstacle_to_changing(run.found[one.place].path, root)
        wanted = [finding for finding in one.report.findings if _is_wanted(finding, settings, one)]
        if obstacle is None:
            if wanted:
                free.append(one)
        elif wanted:
            untouched.append(
                UntouchedFile(
                    path=one.report.path,
                    findings=len(wanted),
                    reason=obstacle.reason,
                    remedy=obstacle.remedy,
                )
            )
    for one, result in _tried(run, free, settings, told):
        path = run.found[one.place].path
        if isinstance(result, str):
            count = sum(_is_wanted(finding, settings, one) for finding in one.report.findings)
            untouched.append(UntouchedFile(path=one.report.path, findings=count, reason=result))
            continue
        findings[one.place] = (
            *(each for each in one.report.findings if each.origin.validator != _OWN),
            *result.findings,
        )
        planned.append(_planned(one, result, path, root))
    return FixPlan(
        root=os.fspath(root),
        files=tuple(file for file in planned if file.fixes),
        untouched=(
            *untouched,
            *(
                UntouchedFile(
                    path=file.path,
                    findings=len(file.refused),
                    reason=f"{file.refused[0].code} at {file.refused[0].location}: "
                    f"{file.refused[0].reason}",
                )
                for file in planned
                if not file.fixes and file.refused
            ),
        ),
        checked=len(report.files),
        unsafe_fixes=settings.unsafe_fixes,
        repack=settings.repack,
        available=_available(findings.values(), settings),
        left=_left(findings.values()),
        check=_check_of(settings.check, configuration),
    )


def _check_of(settings: Settings, configuration: Configuration) -> PlannedCheck:
    source = configuration.source
    return PlannedCheck(
        select=settings.select,
        extend_select=settings.extend_select,
        ignore=settings.ignore,
        per_file_ignores=settings.per_file_ignores,
        globs_from=os.fspath(Path.cwd()) if settings.per_file_ignores else "",
        config=os.fspath(_absolute(Path(source.name))) if source is not None else "",
        engines=settings.engines,
        inspector_config=settings.inspector_config,
        linked_from=tuple(os.fspath(_absolute(folder)) for folder in settings.linked_from),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file with something to fix: its place among all files, and what was said of it."""

    place: int
    report: FileReport

    @property
    def unchecked(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.code for one in self.report.skipped))

    @property
    def own_findings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.report.findings if one.origin.validator == _OWN)


def _stores(run: Plan, files: Sequence[FileReport]) -> Iterator[UntouchedFile]:
    """Yield the Zarr stores of which anything is reported: of these nothing is fixed."""
    for found, file in zip(run.found, files, strict=False):
        if file.findings and found.path.is_dir():
            yield UntouchedFile(
                path=file.path,
                findings=len(file.findings),
                reason="it is a Zarr store, and fixes are made in HDF5 alone",
                remedy="Correct it where it was written, and write it again.",
            )


def _is_fixable(finding: Finding) -> bool:
    return bool(finding.edits) and finding.fix is not None


def _is_wanted(finding: Finding, settings: FixSettings, one: _Candidate) -> bool:
    if not _is_fixable(finding) or finding.code in _declined(settings, one.report.path):
        return False
    return settings.unsafe_fixes or finding.fix is FixSafety.SAFE


def _declined(settings: FixSettings, path: str) -> frozenset[str]:
    return frozenset(one.code for one in settings.declined if one.file in {"", path})


def _tried(
    run: Plan, candidates: Sequence[_Candidate], settings: FixSettings, listener: ProgressListener
) -> Iterator[tuple[_Candidate, TrialResult | str]]:
    """Try the fixes of files in workers; yield what they come to, in the order of the files."""
    if not candidates:
        return
    listener.begin(Phase.TRYING, len(candidates))
    with (
        open_executor(
            settings.check.scheduler, jobs=settings.check.jobs, progress=listener
        ) as executor,
        scratch_folder() as folder,
    ):
        videos = VideoAccess(
            decode=run.decode,
            seconds=run.video_seconds,
            folder=folder,
            linked_from=settings.check.linked_from,
        )
        jobs = [
            TrialJob(
                source=LocalSource.at(run.found[one.place].path, one.report.path),
                findings=one.own_findings,
                unchecked=frozenset(one.unchecked),
                ignored=run.ignored[one.place],
                declined=_declined(settings, one.report.path),
                unsafe_fixes=settings.unsafe_fixes,
            )
            for one in candidates
        ]
        task = functools.partial(try_fixes, rule_set=run.rule_set, videos=videos)
        results: dict[int, TrialResult | str] = {}
        for index, answer in executor.run(task, jobs, workers=run.jobs, limits=run.limits):
            if isinstance(answer, WorkerFailure):
                answer.raise_if_fault()
                results[index] = f"trying its fixes did not end well: {answer.reason}"
            else:
                results[index] = answer
            listener.advance(1)
    for index, one in enumerate(candidates):
        yield one, results[index]


def _planned(one: _Candidate, result: TrialResult, path: Path, root: Path) -> PlannedFile:
    absolute = _absolute(path)
    fixed = {(fix.code, fix.location) for fix in result.fixes}
    return PlannedFile(
        source=os.fspath(absolute),
        path=one.report.path,
        stamp=result.stamp,
        target=absolute.relative_to(root).parts,
        fixes=result.fixes,
        changes=result.changes,
        edits=result.edits,
        refused=result.refused,
        left_behind=result.left_behind,
        errors=_standing(each for each in one.report.findings if each.severity is Severity.ERROR),
        unchecked=one.unchecked,
        remaining=_standing(
            each for each in result.findings if (each.code, each.location) in fixed
        ),
    )


def _standing(findings: Iterable[Finding]) -> tuple[StandingFinding, ...]:
    return tuple(
        StandingFinding(code=each.code, location=each.location, message=each.message)
        for each in findings
    )


def _root(paths: Sequence[Path]) -> Path:
    """Return the folder that holds files: their dandiset, if they lie in one."""
    absolute = [_absolute(path) for path in paths]
    dandisets = {find_dandiset(path.parent) for path in absolute}
    if len(dandisets) == 1 and (dandiset := next(iter(dandisets))) is not None:
        return dandiset
    return common_folder([os.fspath(path.parent) for path in absolute] or ["."])


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - links are kept


def _available(
    findings: Iterable[Sequence[Finding]], settings: FixSettings
) -> tuple[tuple[str, int], ...]:
    """Count what could be fixed besides, if assumptions were allowed."""
    if settings.unsafe_fixes:
        return ()
    counts = Counter(
        finding.code
        for several in findings
        for finding in several
        if _is_fixable(finding) and finding.fix is FixSafety.UNSAFE
    )
    return tuple(sorted(counts.items()))


def _left(findings: Iterable[Sequence[Finding]]) -> tuple[tuple[Severity, int], ...]:
    counts = Counter(
        finding.severity for several in findings for finding in several if not _is_fixable(finding)
    )
    return tuple((severity, counts[severity]) for severity in Severity if counts[severity])
