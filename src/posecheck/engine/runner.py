"""From settings to a report: configure, find, read and evaluate in workers, collect in order."""

from __future__ import annotations

import contextlib
import functools
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from posecheck.config.schema import Configuration
from posecheck.engine.byte_progress import ByteProgress, with_bytes_counted
from posecheck.engine.check_memory import CheckMemory
from posecheck.engine.checkpoint import Checkpoint
from posecheck.engine.dandisets import evaluate_dandisets
from posecheck.engine.evaluation import evaluate
from posecheck.engine.executors import check_executor, open_executor
from posecheck.engine.file_check import (
    CheckedFile,
    FileJob,
    check_file,
)
from posecheck.engine.ignore_tally import IgnoreTally
from posecheck.engine.job_order import longest_first
from posecheck.engine.preliminary_reports import PreliminaryReports, in_turn
from posecheck.engine.reading_limit import data_of
from posecheck.engine.recovery import Recovery
from posecheck.engine.report_root import path_in
from posecheck.engine.report_store import DiskStore, ReportStore
from posecheck.engine.run_plan import Plan, configuration_of, make_plan
from posecheck.engine.settings import Settings
from posecheck.engine.unread_recordings import recording_of_failure, recording_of_obstacle
from posecheck.engine.verdict_cache import open_verdicts
from posecheck.execution.executor import Executor
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.scratch import scratch_folder
from posecheck.model.collection import FileSummary
from posecheck.model.fingerprint import with_fingerprints
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.report import FileReport, Report
from posecheck.model.video_file import VideoAccess

Result = TypeVar("Result")

MOST_WAITING = 100
"""Files whose reports wait in memory for an earlier one; those of more wait on the disk."""


def run(
    settings: Settings,
    configuration: Configuration | None = None,
    *,
    progress: ProgressListener | None = None,
    executor: Executor | None = None,
    asset_metadata: dict[str, Mapping[str, Any]] | None = None,
) -> Report:
    """Check the files that the settings name.

    Parameters
    ----------
    configuration
        What the caller read already; by default what `configuration_of` reads.
    progress
        Receives how many files are done, in whatever order, and the reports in the files' order.
    executor
        What the caller started early, and ends; by default the run has workers of its own.
    asset_metadata
        Filled, if given, with the metadata that the archive would hold of each file of which dandi
        makes any, by the file's display path.

    Raises
    ------
    UsageError
        If a path or a code does not exist, or there is nothing to check.
    ConfigurationError
        If the configuration file cannot be used.
    InternalError
        If no worker can be started.
    """
    plan = make_plan(
        settings,
        configuration if configuration is not None else configuration_of(settings),
        asset_metadata=asset_metadata is not None,
        progress=progress,
    )
    return run_plan(
        plan, settings, progress=progress, executor=executor, asset_metadata=asset_metadata
    )


def unchanged(report: FileReport) -> FileReport:
    """Return a report of which nothing is suppressed."""
    return report


def run_plan(  # noqa: PLR0913 - what it needs, and what it passes on
    plan: Plan,
    settings: Settings,
    *,
    progress: ProgressListener | None = None,
    executor: Executor | None = None,
    asset_metadata: dict[str, Mapping[str, Any]] | None = None,
    suppress: Callable[[FileReport], FileReport] = unchanged,
    memory: CheckMemory | None = None,
) -> Report:
    """Check the files of a plan.

    Parameters
    ----------
    plan
        What `make_plan` made of the settings, or a part of its files.
    settings, progress, executor, asset_metadata
        As of `run`.
    suppress
        Called with the report of each file and of each dandiset, in their order, before anybody
        receives it; returns it with what is suppressed of it.
    memory
        What is known of the files before, and which of them count; by default nothing, and all.

    Raises
    ------
    UsageError
        If Dask is not installed, or what is named as its scheduler is none.
    InternalError
        If no worker can be started.
    """
    began = time.monotonic()
    check_executor(settings.scheduler)
    listener = progress or ProgressListener()
    with contextlib.ExitStack() as stack:
        known = memory or stack.enter_context(open_verdicts(plan, settings))

        def workers() -> Executor:
            return executor or stack.enter_context(
                open_executor(
                    settings.scheduler,
                    jobs=settings.jobs,
                    other_validators=plan.selection.opens_the_file,
                    progress=listener,
                )
            )

        folder = stack.enter_context(scratch_folder())
        videos = VideoAccess(
            decode=plan.decode,
            seconds=plan.video_seconds,
            folder=folder,
            linked_from=settings.linked_from,
        )
        kept = folder / "checkpoints"
        kept.mkdir()
        sources = [item.source for item in plan.found]
        received = ByteProgress(sources, folder, listener)
        listener.begin(Phase.CHECKING, len(plan.found))
        counted: list[int] = []
        reports = ReportStore()
        summaries: list[FileSummary | None] = []
        path_of = functools.partial(path_in, plan.root)
        tally = IgnoreTally(plan.configured_by, plan.ignores, is_whole=plan.is_whole)
        # What a gate lets pass is known of a whole report, not of its beginning.
        early = listener if suppress is unchanged else ProgressListener()
        arriving = _answers(plan, workers, videos, kept, received, listener=early, memory=known)
        for place, checked in enumerate(_in_order(_advancing(arriving, listener))):
            if not known.counts(place, checked):
                continue
            counted.append(place)
            tally.add(place, checked.report.ignored)
            report = suppress(_without_zeros(with_fingerprints(checked.report, path_of)))
            reports.add(report)
            summaries.append(checked.summary)
            listener.add_report(report)
            if asset_metadata is not None and checked.asset_metadata is not None:
                asset_metadata[report.path] = checked.asset_metadata
        dandisets = tuple(
            suppress(with_fingerprints(report, path_of))
            for report in known.with_others(
                evaluate_dandisets(plan.part(counted), settings.local_paths, summaries)
            )
        )
        for report in dandisets:
            tally.add(None, report.ignored)
            listener.add_report(report)
    return Report(
        version=plan.rule_set.origin.version,
        root=plan.root,
        files=reports.reports(),
        dandisets=dandisets,
        configuration=tally.result(),
        seconds=time.monotonic() - began,
        remembered=known.remembered,
    )


def _advancing(
    answers: Iterable[tuple[int, CheckedFile]], listener: ProgressListener
) -> Iterator[tuple[int, CheckedFile]]:
    """Yield what each file's check came to, as it comes, and count it."""
    for answer in answers:
        listener.advance(1)
        yield answer


def _answers(  # noqa: PLR0913 - what it needs
    plan: Plan,
    open_workers: Callable[[], Executor],
    videos: VideoAccess,
    kept: Path,
    received: ByteProgress,
    *,
    listener: ProgressListener,
    memory: CheckMemory,
) -> Iterator[tuple[int, CheckedFile]]:
    limits = plan.limits
    executor: Executor | None = None
    places: list[int] = []
    jobs: list[FileJob] = []
    for place in longest_first([item.source for item in plan.found], plan.jobs):
        item, ignored = plan.found[place], plan.ignored[place]
        before = memory.known(place)
        if before is not None:
            yield place, before
        elif item.obstacle:
            yield (
                place,
                CheckedFile(
                    report=evaluate(recording_of_obstacle(item), plan.rule_set, ignored=ignored)
                ),
            )
        else:
            # What workers need is imported while the others are looked up.
            executor = executor or open_workers()
            places.append(place)
            job = FileJob(
                source=item.source,
                ignored=ignored,
                checkpoint=Checkpoint(kept, place) if plan.selection.opens_the_file else None,
                seconds=limits.seconds,
                data=data_of(item.source, plan.data),
                count=received.count_of(place),
                records=memory.records(place),
            )
            jobs.append(job)
    if executor is None:
        return
    recovery = Recovery(plan.selection, limits.seconds)
    preliminary = PreliminaryReports(jobs, plan.rule_set, listener)
    task = functools.partial(
        check_file, rule_set=plan.rule_set, videos=videos, selection=plan.selection
    )
    for index, answer in executor.run(
        functools.partial(with_bytes_counted, task=task),
        jobs,
        workers=plan.jobs,
        limits=limits,
        follow_up=recovery,
        while_waiting=in_turn(received.report, preliminary.look),
    ):
        job = jobs[index]
        if isinstance(answer, WorkerFailure):
            answer.raise_if_fault()
            recording = recording_of_failure(job.source, answer, limits.seconds)
            report = evaluate(recording, plan.rule_set, ignored=job.ignored)
            seconds = answer.seconds + recovery.spent(index)
            checked = CheckedFile(report=replace(report, seconds=seconds))
        else:
            checked = answer
        if job.checkpoint is not None:
            job.checkpoint.discard()
        report = replace(checked.report, read_from=job.source.read_from)
        checked = replace(checked, report=report)
        memory.keep(places[index], checked)
        yield places[index], checked


def _without_zeros(report: FileReport) -> FileReport:
    """Keep what was ignored; that something was looked for and not found is the tally's."""
    if not report.ignored:
        return report
    return replace(report, ignored={code: n for code, n in report.ignored.items() if n})


def _in_order(arriving: Iterable[tuple[int, CheckedFile]]) -> Iterator[CheckedFile]:
    """Yield what arrives by its place, each as soon as everything before it is there.

    Where many wait for one that takes long, they wait on the disk.
    """
    early: dict[int, CheckedFile | int] = {}
    on_disk = DiskStore()
    due = 0
    for place, checked in arriving:
        if place != due and len(early) >= MOST_WAITING:
            early[place] = on_disk.add(pickle.dumps(checked, pickle.HIGHEST_PROTOCOL))
        else:
            early[place] = checked
        while due in early:
            next_one = early.pop(due)
            if isinstance(next_one, int):
                next_one = pickle.loads(on_disk.get(next_one))  # noqa: S301 - we wrote it
            yield next_one
            due += 1
        if not early and len(on_disk):
            on_disk = DiskStore()
