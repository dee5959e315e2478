"""Where the work on files is done: by worker processes of this machine, or by a Dask cluster."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from posecheck.engine.workers import modules_for, open_pool
from posecheck.execution.executor import Executor
from posecheck.model.progress import ProgressListener
from posecheck.sources.source import Source


def open_executor(
    scheduler: str | None,
    *,
    jobs: int | None = None,
    other_validators: bool = False,
    progress: ProgressListener | None = None,
) -> AbstractContextManager[Executor]:
    """Return what reads NWB files, here or on a Dask cluster; use it as a context manager.

    Parameters
    ----------
    scheduler
        The scheduler's address or file; ``None`` for worker processes of this machine.
    jobs
        How many files the cluster may read at a time; by default as many as it has threads.
    other_validators
        As in `open_pool`.
    progress
        Is told where the cluster has no worker, or another file at the same path.

    Raises
    ------
    UsageError
        If Dask is not installed, or the scheduler is neither an address nor a file. When the
        context begins: if nobody answers, or the workers have other versions than we have.
    """
    if scheduler is None:
        return open_pool(other_validators=other_validators)
    from posecheck.execution.dask_executor import DaskExecutor  # noqa: PLC0415 - seldom wanted

    return DaskExecutor(
        scheduler,
        modules_for(other_validators=other_validators),
        jobs=jobs,
        path_of=_path_of,
        on_message=(progress or ProgressListener()).message,
    )


@contextlib.contextmanager
def keep_cluster(
    scheduler: str, *, begins: bool = False, other_validators: bool = False
) -> Iterator[None]:
    """Let all executors on a Dask cluster that are opened in the block have one connection.

    It is for a process that does nothing but what posecheck does. What is wrong with the scheduler
    is told where it is needed.

    Parameters
    ----------
    scheduler
        The scheduler's address or file.
    begins
        Whether to connect now, in the background, and to let workers import what they need.
    other_validators
        As in `open_pool`.
    """
    from posecheck.execution.dask_connection import keep_connection  # noqa: PLC0415

    modules = modules_for(other_validators=other_validators) if begins else None
    with keep_connection(scheduler, modules):
        yield


def check_executor(scheduler: str | None) -> None:
    """Check what a user names as a scheduler, also where it will not be needed.

    Raises
    ------
    UsageError
        If Dask is not installed, or it is neither an address nor a scheduler file.
    """
    if scheduler is not None:
        from posecheck.execution.dask_cluster import check_scheduler  # noqa: PLC0415

        check_scheduler(scheduler)


def _path_of(job: Any) -> str | None:
    """Return the file on this machine that a job is about; ``None`` if it lies elsewhere."""
    source = getattr(job, "source", job)
    if isinstance(source, Source):
        return source.address if source.has_path else None
    return os.fspath(source) if isinstance(source, str | Path) else None
