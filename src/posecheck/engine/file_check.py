"""What is done with one file: read it, evaluate it. A worker does it, and nothing else does.

posecheck's own reading comes first and is kept, so that no other validator can cost it: whoever of
them ends the worker, another worker goes on from there.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from posecheck.engine.checkpoint import Checkpoint, FileState, OwnReading, StepWriter
from posecheck.engine.evaluation import evaluate, internal_error
from posecheck.engine.file_summary import summarize
from posecheck.engine.lasting import is_lasting, references_looked_up
from posecheck.engine.reading_limit import reading_seconds
from posecheck.engine.rule_set import RuleSet
from posecheck.engine.validator_run import OPENS_OTHER_FILES, ValidatorRun, ValidatorSelection
from posecheck.engine.validator_steps import Progress, ValidatorResults
from posecheck.execution.deadline import (
    end_process_after,
    end_process_after_computing,
)
from posecheck.model.collection import FileSummary
from posecheck.model.data_read import DataRead
from posecheck.model.errors import ConfigurationError, UsageError
from posecheck.model.finding import WHOLE_FILE
from posecheck.model.picture import Picture, PictureRequest
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.report import FileReport, FileStatus
from posecheck.model.rule import Need
from posecheck.model.storage_format import StorageFormat
from posecheck.model.video_file import EVERY_VIDEO, VideoAccess
from posecheck.sources.questions import Answers
from posecheck.sources.received_bytes import FileCount
from posecheck.sources.recorded_source import RecordedSource
from posecheck.sources.recorder import Recorder
from posecheck.sources.source import Source
from posecheck.validators.protocol import FileToValidate

if TYPE_CHECKING:
    from posecheck.storage import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What the check of one file came to.

    Attributes
    ----------
    report
        What is said of it.
    summary
        What rules over several files need of it; ``None`` outside a dandiset, and where the file
        could not be read to its end.
    asset_metadata
        What the archive would hold of it, if that was wanted.
    asked
        Everything that the check asked of the disk: as long as the answers are the same, the file
        is judged the same. ``None`` if that is not known, or the check may come to another end.
    """

    report: FileReport
    summary: FileSummary | None = None
    asset_metadata: Mapping[str, Any] | None = None
    asked: Answers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJob:
    """One file to check.

    Attributes
    ----------
    source
        The file.
    ignored
        Codes that are silenced for it.
    checkpoint
        Where its check is kept; ``None`` if it is not.
    is_resumed
        Whether an earlier attempt is to be gone on with, from that.
    seconds
        How long this attempt may take.
    spent
        How long the earlier attempts took that were lost, in seconds.
    data
        How much of its arrays is read.
    count
        Counts the bytes that are received from elsewhere; ``None`` if nobody does.
    records
        Whether it is taken down what the check asks of the disk.
    """

    source: Source
    ignored: frozenset[str] = frozenset()
    checkpoint: Checkpoint | None = None
    is_resumed: bool = False
    seconds: float = math.inf
    spent: float = 0.0
    data: DataRead = DataRead.FULL
    count: FileCount | None = None
    records: bool = False


def check_file(
    job: FileJob,
    *,
    rule_set: RuleSet,
    videos: VideoAccess = EVERY_VIDEO,
    selection: ValidatorSelection | None = None,
) -> CheckedFile:
    """Read and evaluate one file, and run the other validators on it.

    Raises
    ------
    ConfigurationError
        If a validator's configuration cannot be used.
    MemoryError
        If the memory limit does not suffice for posecheck's own reading.
    """
    began = time.perf_counter()
    recorder = Recorder() if job.records and not job.is_resumed else None
    if recorder is not None:
        source = RecordedSource(job.source.address, job.source.display_path, recorder)
        job = replace(job, source=source)
    check = _FileCheck(job, rule_set, selection or ValidatorSelection())
    try:
        recording, results = check.go_on() if job.is_resumed else check.begin(videos)
    except (MemoryError, ConfigurationError):
        raise
    except Exception as error:  # noqa: BLE001 - a fault of the reader must not end the run
        finding = internal_error(
            error,
            rule_set.origin,
            file=job.source.display_path,
            location=WHOLE_FILE,
            doing="reading the file",
        )
        path = job.source.display_path
        report = FileReport(path=path, status=FileStatus.CRASHED, findings=(finding,))
        checked = CheckedFile(report=report)
    else:
        recording = replace(
            recording,
            read_by_pynwb=Need.PYNWB in results.gathered,
            extracted_by_dandi=Need.METADATA in results.gathered,
            problems=(*recording.problems, *results.problems),
        )
        report = evaluate(recording, rule_set, results=results, ignored=job.ignored)
        checked = CheckedFile(
            report=report,
            summary=summarize(recording) if report.status is FileStatus.CHECKED else None,
            asset_metadata=results.asset_metadata,
        )
        if recorder is not None and is_lasting(recording, results, report):
            for text in references_looked_up(recording):
                job.source.is_there(text)  # as NWB Inspector does, past the source
            checked = replace(checked, asked=recorder.answers())
    seconds = job.spent + time.perf_counter() - began
    return replace(checked, report=replace(report, seconds=seconds))


class _FileCheck:
    """The check of one file up to where its rules are evaluated."""

    def __init__(self, job: FileJob, rule_set: RuleSet, selection: ValidatorSelection) -> None:
        self._job = job
        self._rule_set = rule_set
        self._selection = selection
        self._started = time.monotonic()

    def begin(self, videos: VideoAccess) -> tuple[Recording, ValidatorResults]:
        """Read the file, keep what was read, and run the validators while it is open."""
        state = state_of(self._job.source)
        steps: StepWriter | None = None
        limit = reading_seconds(self._job.source, self._job.seconds)
        with contextlib.ExitStack() as closing, contextlib.ExitStack() as reading:
            reading.enter_context(end_process_after_computing(limit))

            def validate(store: Store, recording: Recording) -> None:
                nonlocal steps
                reading.close()
                self._keep(OwnReading(recording=recording, state=state))
                steps = closing.enter_context(StepWriter(self._checkpoint))
                self._run(recording, steps, store)
                # Of a damaged file the library may not come back when it is closed, either.
                closing.enter_context(end_process_after(self._selection.seconds))

            recording = read_steadily(
                self._job,
                self._rule_set.needs,
                videos,
                while_open=validate if self._selection.validators else None,
            )
        if steps is None:
            steps = StepWriter(None)
            self._run(recording, steps, None)
        return recording, steps.progress.results

    def go_on(self) -> tuple[Recording, ValidatorResults]:
        """Take what was read before, and run the validators that remain."""
        checkpoint, source = self._checkpoint, self._job.source
        if checkpoint is None:
            raise ValueError("there is no attempt to go on with")
        own = checkpoint.reading()
        kept = checkpoint.progress()
        progress = kept[0] if kept is not None else Progress()
        checkpoint.begin_again(progress, self._started)
        recording = own.recording
        with contextlib.ExitStack() as closing:
            steps = closing.enter_context(StepWriter(checkpoint, progress))
            is_same = state_of(source).stamp == own.state.stamp
            if is_same and progress.pending(self._selection.validators):
                self._run_again(recording, steps, closing)
        problems = (*recording.problems, *problems_since(source, own.state))
        return replace(recording, problems=problems), steps.progress.results

    def _run_again(
        self, recording: Recording, steps: StepWriter, closing: contextlib.ExitStack
    ) -> None:
        from posecheck.storage import StorageError, open_store  # noqa: PLC0415 - the worker's to pay

        try:
            store = open_store(self._job.source)
        except StorageError as error:
            self._run(recording, steps, None, f"the file does not open again: {error.detail}")
            return
        self._run(recording, steps, store)
        closing.enter_context(end_process_after(self._selection.seconds))
        with contextlib.suppress(StorageError):
            store.close()

    @property
    def _checkpoint(self) -> Checkpoint | None:
        return self._job.checkpoint

    def _keep(self, reading: OwnReading) -> None:
        if self._checkpoint is not None:
            # Where there is no room for it, a validator that hangs costs the whole file.
            with contextlib.suppress(OSError):
                self._checkpoint.keep_reading(reading, self._started)

    def _run(
        self, recording: Recording, steps: StepWriter, store: Store | None, obstacle: str = ""
    ) -> None:
        if store is not None and not self._selection.looks_at(recording):
            return
        source, placed = self._job.source, recording.dandiset
        dandiset = None
        if placed is not None and source.has_path:
            dandiset = source.path.absolute().parents[len(placed.path) - 1]
        file = FileToValidate(
            source=source,
            dandiset=dandiset,
            is_bids=placed is not None and placed.is_bids,
            handle=store.handle if store is not None else None,
            format=store.format if store is not None else StorageFormat.HDF5,
        )
        run = ValidatorRun(
            self._selection,
            file,
            steps,
            until=self._started + self._job.seconds,
            origin=self._rule_set.origin,
        )
        run.run_on_path()
        if any(recording.problems_of(ProblemKind.EXTERNAL_DATA)):
            obstacle = OPENS_OTHER_FILES
        if obstacle:
            run.leave_out(obstacle)
        elif store is not None:
            run.run_on_handle()


def describe_file(job: FileJob, *, videos: VideoAccess = EVERY_VIDEO) -> Recording:
    """Read one file with everything that can be known of it.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    return read_steadily(job, frozenset(Need), videos)


def picture_file(
    job: FileJob, *, request: PictureRequest, videos: VideoAccess
) -> Picture | UsageError:
    """Draw the pose on a frame of its video; an error says why that cannot be done.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    from posecheck.reading.frame_picture import picture_frame  # noqa: PLC0415 - h5py is the worker's to pay
    from posecheck.storage import StorageError  # noqa: PLC0415

    try:
        return picture_frame(job.source, request, videos=videos)
    except UsageError as error:
        return error
    except StorageError as error:
        return UsageError(f"{job.source.display_path}: {error.detail}")


def read_steadily(
    job: FileJob,
    needs: frozenset[Need],
    videos: VideoAccess,
    *,
    while_open: Callable[[Store, Recording], None] | None = None,
) -> Recording:
    """Read a file, and add a problem if it changed meanwhile or another program writes to it.

    Its lock is only asked for, before and after, and never held: held, it would keep a running
    acquisition from opening its own file.

    Raises
    ------
    MemoryError
        If the memory limit does not suffice.
    """
    from posecheck.reading import read_recording  # noqa: PLC0415 - h5py is the worker's to pay

    before = state_of(job.source)
    recording = read_recording(
        job.source, needs=needs, videos=videos, data=job.data, while_open=while_open
    )
    known = any(recording.problems_of(ProblemKind.CHANGED))
    problems = [
        problem
        for problem in problems_since(job.source, before)
        if not (known and problem.kind is ProblemKind.CHANGED)
    ]
    return replace(recording, problems=(*recording.problems, *problems))


def problems_since(source: Source, before: FileState) -> tuple[Problem, ...]:
    """Return what befell a file since: it changed, or another program writes to it."""
    from posecheck.files.file_lock import FileUse, describe_use  # noqa: PLC0415

    after = state_of(source)
    problems = []
    if before.stamp != after.stamp:
        detail = "it disappeared during" if after.stamp is None else "it changed during"
        problems.append(Problem(kind=ProblemKind.CHANGED, detail=f"{detail} the check"))
    use = FileUse(before.use) if FileUse(before.use).is_in_use else FileUse(after.use)
    if use is not FileUse.FREE:
        kind = ProblemKind.IN_USE if use.is_in_use else ProblemKind.USE_UNKNOWN
        values = {"use": use.value}
        problems.append(Problem(kind=kind, detail=f"it {describe_use(use)}", values=values))
    return tuple(problems)


def state_of(source: Source) -> FileState:
    """Return what distinguishes a file from others, and from itself after a change.

    Locks are of this machine: of a file elsewhere nobody knows who writes to it.
    """
    return FileState(stamp=source.stamp(), use=source.use().value)
