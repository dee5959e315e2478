"""What is done with one file: read it, judge it. A worker does it, and nothing else does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.engine.judging import internal_error, judge
from posecheck.engine.rulebook import RuleBook
from posecheck.engine.summarizing import summarize
from posecheck.engine.voices import WHOLE_FILE, Heard, VoiceChoice, listen_inside, listen_outside
from posecheck.model.errors import ConfigurationError, UsageError
from posecheck.model.finding import FileReport, FileStatus
from posecheck.model.picture import Picture, PictureRequest
from posecheck.model.recording import Problem, ProblemKind, Recording
from posecheck.model.rule import Need
from posecheck.model.video import EVERY_VIDEO, VideoAccess

if TYPE_CHECKING:
    from posecheck.storage import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJob:
    """One file to check.

    Attributes
    ----------
    path, shown
        Where it lies, and how it is printed.
    ignored
        Codes that are silenced for it.
    """

    path: Path
    shown: str
    ignored: frozenset[str] = frozenset()


def check_file(
    job: FileJob,
    *,
    book: RuleBook,
    videos: VideoAccess = EVERY_VIDEO,
    voices: VoiceChoice | None = None,
) -> FileReport:
    """Read and judge one file, and hear what the other validators say of it.

    Raises
    ------
    ConfigurationError
        If NWB Inspector's configuration cannot be used.
    MemoryError
        If the memory limit does not suffice.
    """
    began = time.perf_counter()
    heard = Heard()
    choice = voices or VoiceChoice()

    def listen(store: Store, recording: Recording) -> None:
        if choice.opens_the_file:
            listen_inside(choice, store, recording, job.path, heard)

    try:
        recording = read_steadily(job, book.needs, videos, while_open=listen)
        listen_outside(choice, recording, job.path, heard)
    except (MemoryError, ConfigurationError):
        raise
    except Exception as error:  # noqa: BLE001 - a fault of the reader must not end the run
        finding = internal_error(
            error, book.origin, file=job.shown, location=WHOLE_FILE, doing="reading the file"
        )
        report = FileReport(path=job.shown, status=FileStatus.CRASHED, findings=(finding,))
    else:
        recording = replace(
            recording,
            asked_pynwb=heard.asked_pynwb,
            problems=(*recording.problems, *heard.problems),
        )
        report = judge(recording, book, heard=heard, ignored=job.ignored)
        if report.status is FileStatus.CHECKED:
            report = replace(report, summary=summarize(recording))
    return replace(report, seconds=time.perf_counter() - began)


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
    from posecheck.reading.frames import picture_frame  # noqa: PLC0415 - h5py is the worker's to pay
    from posecheck.storage import StorageError  # noqa: PLC0415

    try:
        return picture_frame(job.path, request, shown=job.shown, videos=videos)
    except UsageError as error:
        return error
    except StorageError as error:
        return UsageError(f"{job.shown}: {error.detail}")


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
    from posecheck.storage.file_lock import FileUse, describe_use, use_of  # noqa: PLC0415

    before, use_before = _identity(job.path), use_of(job.path)
    recording = read_recording(
        job.path, shown=job.shown, needs=needs, videos=videos, while_open=while_open
    )
    after = _identity(job.path)
    problems = [*recording.problems]
    if before != after:
        detail = "it disappeared during" if after is None else "it changed during"
        problems.append(Problem(kind=ProblemKind.CHANGED, detail=f"{detail} the check"))
    use = use_before if use_before.is_in_use else use_of(job.path)
    if use is not FileUse.FREE:
        kind = ProblemKind.IN_USE if use.is_in_use else ProblemKind.USE_UNKNOWN
        values = {"use": use.value}
        problems.append(Problem(kind=kind, detail=f"it {describe_use(use)}", values=values))
    return replace(recording, problems=tuple(problems))


def _identity(path: Path) -> tuple[int, int, int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns
