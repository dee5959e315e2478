"""One file by itself: what is in it, and a frame of it with its keypoints."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from posecheck.archive.dandi_address import is_dandi_address
from posecheck.config.schema import Configuration
from posecheck.engine.byte_progress import ByteProgress, with_bytes_counted
from posecheck.engine.discovery import Found, discover
from posecheck.engine.file_check import FileJob, describe_file, picture_file
from posecheck.engine.reading_limit import data_of
from posecheck.engine.run_plan import limits_of
from posecheck.engine.settings import DEFAULT_VIDEO_TIMEOUT, Settings
from posecheck.engine.unread_recordings import recording_of_failure, recording_of_obstacle
from posecheck.engine.workers import open_pool
from posecheck.execution.executor import Executor
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.model.errors import UsageError
from posecheck.model.picture import Picture, PictureRequest
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.recording import Recording
from posecheck.model.video_file import Decode, VideoAccess
from posecheck.sources.remote_access import is_address, path_of_url, redacted

Result = TypeVar("Result")


def describe(
    path: str,
    settings: Settings | None = None,
    *,
    executor: Executor | None = None,
    progress: ProgressListener | None = None,
) -> Recording:
    """Read one file with everything that can be known of it, in a worker.

    Parameters
    ----------
    path
        The file, as typed.
    settings
        For the limits on time and memory.
    executor
        What the caller started early, and ends; by default there is a worker for this alone.
    progress
        Receives how much is read of a file elsewhere.

    Raises
    ------
    UsageError
        If the path is not there, or is a folder of files.
    InternalError
        If the reader fails, or no worker can be started.
    """
    chosen = settings or Settings()
    found = _the_file(path, chosen, progress)
    if found.obstacle:
        return recording_of_obstacle(found)
    task = functools.partial(describe_file, videos=_video_access(chosen, chosen.decode))
    recording, limits = _run_one(found, task, chosen, executor, progress)
    if isinstance(recording, WorkerFailure):
        return recording_of_failure(found.source, recording, limits.seconds)
    return recording


def picture(
    path: str,
    request: PictureRequest,
    settings: Settings | None = None,
    *,
    executor: Executor | None = None,
    progress: ProgressListener | None = None,
) -> Picture:
    """Draw the pose of a file on a frame of the video that it was tracked in, in a worker.

    Parameters
    ----------
    path
        The NWB file, as typed.
    request
        Which frame, of which video.
    settings, executor, progress
        As in `describe`.

    Raises
    ------
    UsageError
        If there is no such file or frame, or the video is not at hand.
    InternalError
        If posecheck fails, or no worker can be started.
    """
    chosen = settings or Settings()
    found = _the_file(path, chosen, progress)
    if found.obstacle:
        raise UsageError(f"{found.display_path}: {found.obstacle}")
    videos = _video_access(chosen, Decode.PACKETS)
    task = functools.partial(picture_file, request=request, videos=videos)
    drawn, _ = _run_one(found, task, chosen, executor, progress)
    if isinstance(drawn, WorkerFailure):
        raise UsageError(f"{found.display_path}: {drawn.reason}")
    if isinstance(drawn, UsageError):
        raise drawn
    return drawn


def _the_file(path: str, settings: Settings, progress: ProgressListener | None) -> Found:
    found = discover((path,), access=settings.access, progress=progress)
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
    progress: ProgressListener | None,
) -> tuple[Result | WorkerFailure, Limits]:
    """Let a worker do one thing with one file; return its answer, and within which limits."""
    limits = limits_of(settings, Configuration())
    listener = progress or ProgressListener()
    with contextlib.ExitStack() as stack:
        chosen = executor or stack.enter_context(open_pool())
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="posecheck-", ignore_cleanup_errors=True)
        )
        listener.begin(Phase.READING, 1)
        received = ByteProgress((found.source,), Path(folder), listener)
        job = FileJob(
            source=found.source,
            data=data_of(found.source, settings.data),
            count=received.count_of(0),
        )
        ((_, answer),) = chosen.run(
            functools.partial(with_bytes_counted, task=task),
            [job],
            workers=1,
            limits=limits,
            while_waiting=received.report,
        )
    if isinstance(answer, WorkerFailure):
        answer.raise_if_fault()
    return answer, limits


def _video_access(settings: Settings, decode: Decode | None) -> VideoAccess:
    """Return how one file's videos are looked into, outside a run."""
    seconds = settings.video_timeout or DEFAULT_VIDEO_TIMEOUT
    return VideoAccess(decode=decode or Decode.PACKETS, seconds=seconds, folder=None)
