"""From settings to a report: configure, find, read and evaluate in workers, collect in order."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from posecheck.archive.dandi_address import is_dandi_address
from posecheck.config.schema import Configuration
from posecheck.engine.checkpoint import Checkpoint
from posecheck.engine.dandisets import evaluate_dandisets
from posecheck.engine.discovery import Found, discover
from posecheck.engine.evaluation import evaluate
from posecheck.engine.file_check import (
    CheckedFile,
    FileJob,
    check_file,
    describe_file,
    picture_file,
)
from posecheck.engine.ignore_tally import IgnoreTally
from posecheck.engine.reading_limit import reading_seconds
from posecheck.engine.recovery import Recovery
from posecheck.engine.report_root import path_in
from posecheck.engine.run_plan import Plan, configuration_of, limits_of, make_plan
from posecheck.engine.settings import DEFAULT_VIDEO_TIMEOUT, Settings
from posecheck.engine.workers import open_pool
from posecheck.execution.executor import Executor
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.model.collection import FileSummary
from posecheck.model.data_read import DataRead
from posecheck.model.errors import UsageError
from posecheck.model.finding import WHOLE_FILE
from posecheck.model.fingerprint import with_fingerprints
from posecheck.model.picture import Picture, PictureRequest
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.recording import Recording
from posecheck.model.report import FileReport, Report
from posecheck.model.values import Value
from posecheck.model.video_file import Decode, VideoAccess
from posecheck.sources.remote_access import is_address, path_of_url, redacted
from posecheck.sources.source import Source

Result = TypeVar("Result")


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
    )
    return run_plan(
        plan, settings, progress=progress, executor=executor, asset_metadata=asset_metadata
    )


def run_plan(  # noqa: PLR0913 - what it needs, and what it passes on
    plan: Plan,
    settings: Settings,
    *,
    progress: ProgressListener | None = None,
    executor: Executor | None = None,
    asset_metadata: dict[str, Mapping[str, Any]] | None = None,
    suppress: Callable[[FileReport], FileReport] = lambda report: report,
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

    Raises
    ------
    InternalError
        If no worker can be started.
    """
    began = time.monotonic()
    listener = progress or ProgressListener()
    with contextlib.ExitStack() as stack:
        workers = executor or stack.enter_context(
            open_pool(other_validators=plan.selection.opens_the_file)
        )
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="posecheck-", ignore_cleanup_errors=True)
        )
        videos = VideoAccess(
            decode=plan.decode,
            seconds=plan.video_seconds,
            folder=Path(folder),
            linked_from=settings.linked_from,
        )
        kept = Path(folder) / "checkpoints"
        kept.mkdir()
        listener.begin(Phase.CHECKING, len(plan.found))
        reports: list[FileReport] = []
        summaries: list[FileSummary | None] = []
        path_of = functools.partial(path_in, plan.root)
        tally = IgnoreTally(plan.configured_by, plan.ignores, is_whole=plan.is_whole)
        answers = _in_order(_check(plan, workers, videos, kept, listener))
        for place, checked in enumerate(answers):
            tally.add(place, checked.report.ignored)
            report = suppress(_without_zeros(with_fingerprints(checked.report, path_of)))
            reports.append(report)
            summaries.append(checked.summary)
            listener.add_report(report)
            if asset_metadata is not None and checked.asset_metadata is not None:
                asset_metadata[report.path] = checked.asset_metadata
        dandisets = tuple(
            suppress(with_fingerprints(report, path_of))
            for report in evaluate_dandisets(plan, settings.local_paths, summaries)
        )
        for report in dandisets:
            tally.add(None, report.ignored)
            listener.add_report(report)
    return Report(
        version=plan.rule_set.origin.version,
        root=plan.root,
        files=tuple(reports),
        dandisets=dandisets,
        configuration=tally.result(),
        seconds=time.monotonic() - began,
    )


def describe(
    path: str, settings: Settings | None = None, *, executor: Executor | None = None
) -> Recording:
    """Read one file with everything that can be known of it, in a worker.

    Parameters
    ----------
    path
        The file, as typed.
    settings
        For the limits on time and memory.
    executor
        As in `run`.

    Raises
    ------
    UsageError
        If the path is not there, or is a folder of files.
    InternalError
        If the reader fails, or no worker can be started.
    """
    chosen = settings or Settings()
    found = _the_file(path, chosen)
    if found.obstacle:
        return _blocked(found)
    task = functools.partial(describe_file, videos=_video_access(chosen, chosen.decode))
    recording, limits = _run_one(found, task, chosen, executor)
    if isinstance(recording, WorkerFailure):
        return _failed(found.source, recording, limits.seconds)
    return recording


def picture(
    path: str,
    request: PictureRequest,
    settings: Settings | None = None,
    *,
    executor: Executor | None = None,
) -> Picture:
    """Draw the pose of a file on a frame of the video that it was tracked in, in a worker.

    Parameters
    ----------
    path
        The NWB file, as typed.
    request
        Which frame, of which video.
    settings, executor
        As in `describe`.

    Raises
    ------
    UsageError
        If there is no such file or frame, or the video is not at hand.
    InternalError
        If posecheck fails, or no worker can be started.
    """
    chosen = settings or Settings()
    found = _the_file(path, chosen)
    if found.obstacle:
        raise UsageError(f"{found.display_path}: {found.obstacle}")
    videos = _video_access(chosen, Decode.PACKETS)
    task = functools.partial(picture_file, request=request, videos=videos)
    drawn, _ = _run_one(found, task, chosen, executor)
    if isinstance(drawn, WorkerFailure):
        raise UsageError(f"{found.display_path}: {drawn.reason}")
    if isinstance(drawn, UsageError):
        raise drawn
    return drawn


def data_of(source: Source, chosen: DataRead | None) -> DataRead:
    """Return how much of a file's arrays is read: as chosen, else a sample of what is elsewhere."""
    return chosen or (DataRead.FULL if source.is_local else DataRead.SAMPLE)


def _the_file(path: str, settings: Settings) -> Found:
    found = discover((path,), access=settings.access)
    named = path if is_address(path) else str(Path(path_of_url(path)))
    is_named = is_dandi_address(path) or found[0].source.address == named
    if len(found) != 1 or not is_named:
        raise UsageError(f"{redacted(path)!r} is a folder: name one file")
    return found[0]


def _run_one(
    found: Found,
    task: Callable[[FileJob], Result],
    settings: Settings,
    executor: Executor | None,
) -> tuple[Result | WorkerFailure, Limits]:
    """Let a worker do one thing with one file; return its answer, and within which limits."""
    limits = limits_of(settings, Configuration())
    with contextlib.ExitStack() as stack:
        chosen = executor or stack.enter_context(open_pool())
        job = FileJob(source=found.source, data=data_of(found.source, settings.data))
        ((_, answer),) = chosen.run(task, [job], workers=1, limits=limits)
    if isinstance(answer, WorkerFailure):
        answer.raise_if_fault()
    return answer, limits


def _video_access(settings: Settings, decode: Decode | None) -> VideoAccess:
    """Return how one file's videos are looked into, outside a run."""
    seconds = settings.video_timeout or DEFAULT_VIDEO_TIMEOUT
    return VideoAccess(decode=decode or Decode.PACKETS, seconds=seconds, folder=None)


def _check(
    plan: Plan,
    executor: Executor,
    videos: VideoAccess,
    kept: Path,
    listener: ProgressListener,
) -> Iterator[tuple[int, CheckedFile]]:
    """Yield what each file's check came to with its place in the order, as it comes."""
    for place, checked in _answers(plan, executor, videos, kept):
        listener.advance(1)
        yield place, checked


def _answers(
    plan: Plan, executor: Executor, videos: VideoAccess, kept: Path
) -> Iterator[tuple[int, CheckedFile]]:
    limits = plan.limits
    places: list[int] = []
    jobs: list[FileJob] = []
    for place, (item, ignored) in enumerate(zip(plan.found, plan.ignored, strict=True)):
        if item.obstacle:
            yield (
                place,
                CheckedFile(report=evaluate(_blocked(item), plan.rule_set, ignored=ignored)),
            )
        else:
            places.append(place)
            job = FileJob(
                source=item.source,
                ignored=ignored,
                checkpoint=Checkpoint(kept, place) if plan.selection.opens_the_file else None,
                seconds=limits.seconds,
                data=data_of(item.source, plan.data),
            )
            jobs.append(job)
    recovery = Recovery(plan.selection, limits.seconds)
    task = functools.partial(
        check_file, rule_set=plan.rule_set, videos=videos, selection=plan.selection
    )
    for index, answer in executor.run(
        task, jobs, workers=plan.jobs, limits=limits, follow_up=recovery
    ):
        job = jobs[index]
        if isinstance(answer, WorkerFailure):
            answer.raise_if_fault()
            recording = _failed(job.source, answer, limits.seconds)
            report = evaluate(recording, plan.rule_set, ignored=job.ignored)
            checked = CheckedFile(report=replace(report, seconds=answer.seconds))
        else:
            checked = answer
        if job.checkpoint is not None:
            job.checkpoint.discard()
        seconds = checked.report.seconds + recovery.spent(index)
        report = replace(checked.report, seconds=seconds, read_from=job.source.read_from)
        yield places[index], replace(checked, report=report)


def _without_zeros(report: FileReport) -> FileReport:
    """Keep what was ignored; that something was looked for and not found is the tally's."""
    if not report.ignored:
        return report
    return replace(report, ignored={code: n for code, n in report.ignored.items() if n})


def _in_order(arriving: Iterable[tuple[int, CheckedFile]]) -> Iterator[CheckedFile]:
    """Yield what arrives by its place, each as soon as everything before it is there."""
    early: dict[int, CheckedFile] = {}
    due = 0
    for place, report in arriving:
        early[place] = report
        while due in early:
            yield early.pop(due)
            due += 1


def _blocked(found: Found) -> Recording:
    problem = Problem(kind=ProblemKind.UNREADABLE, location=WHOLE_FILE, detail=found.obstacle)
    return Recording(file=found.display_path, problems=(problem,))


def _failed(source: Source, failure: WorkerFailure, limit: float) -> Recording:
    is_late = failure.kind is FailureKind.TIME
    kind = ProblemKind.TIMED_OUT if is_late else ProblemKind.CRASHED
    values: dict[str, Value] = {"seconds": limit, "cause": failure.kind.value}
    if is_late and failure.seconds < limit:  # it computed too long, before its time was over
        values |= {"seconds": reading_seconds(source, limit), "stage": "reading"}
    problem = Problem(kind=kind, location=WHOLE_FILE, detail=failure.reason, values=values)
    return Recording(file=source.display_path, problems=(problem,))
