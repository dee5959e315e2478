"""Which NWB files are to be checked since something changed: they, or what they reference."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.engine.discovery import Found
from posecheck.engine.executors import open_executor
from posecheck.engine.file_check import FileJob
from posecheck.engine.settings import Settings
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.gate.changed_files import ChangedFiles
from posecheck.model.change_scope import ChangeScope
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.reference import ReferenceKind

_IN_A_FILE_SYSTEM = frozenset(
    {ReferenceKind.RELATIVE, ReferenceKind.POSIX_ABSOLUTE, ReferenceKind.FILE_URL}
)


@dataclass(frozen=True, slots=True)
class References:
    """Where the references of an NWB file lead.

    Attributes
    ----------
    paths
        Absolute paths.
    is_known
        Whether all of them could be read: not where the content was not fetched.
    """

    paths: tuple[str, ...] = ()
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class AffectedFiles:
    """Which files are to be checked, in their order, and how many are left out."""

    found: tuple[Found, ...]
    scope: ChangeScope


def affected_files(  # noqa: PLR0913 - what it reads with
    found: Sequence[Found],
    changed: ChangedFiles,
    *,
    workers: int,
    limits: Limits,
    progress: ProgressListener,
    settings: Settings,
) -> AffectedFiles:
    """Return the files that changed, and those that reference what changed.

    Parameters
    ----------
    found
        All files.
    changed
        What changed.
    workers, limits
        For reading the references of files that did not change, if anything else did.
    progress
        Receives how many of these were read.
    settings
        Say where the workers are.

    Raises
    ------
    InternalError
        If no worker can be started.
    """
    affected = {place for place, item in enumerate(found) if changed.include(_absolute(item.path))}
    others = [place for place, item in enumerate(found) if place not in affected]
    unknown = 0
    if others and changed.may_concern_others:
        jobs = [FileJob(source=found[place].source) for place in others]
        progress.begin(Phase.READING, len(jobs))
        with open_executor(settings.scheduler, jobs=settings.jobs, progress=progress) as executor:
            for index, answer in executor.run(
                read_reference_paths, jobs, workers=workers, limits=limits
            ):
                progress.advance(1)
                references = References(is_known=False)
                if isinstance(answer, WorkerFailure):
                    answer.raise_if_fault()
                else:
                    references = answer
                if any(map(changed.include, references.paths)):
                    affected.add(others[index])
                elif not references.is_known:
                    unknown += 1
    return AffectedFiles(
        found=tuple(item for place, item in enumerate(found) if place in affected),
        scope=ChangeScope(
            revision=changed.revision,
            commit=changed.commit,
            unchanged=len(found) - len(affected),
            unknown=unknown,
        ),
    )


def read_reference_paths(job: FileJob) -> References:
    """Read where the references of a file lead, and nothing of its data; called in a worker."""
    from posecheck.reading.references import read_references  # noqa: PLC0415 - h5py is the worker's

    found = read_references(job.source)
    if found is None:
        return References(is_known=False)
    folder = os.path.dirname(_absolute(job.source.path))  # noqa: PTH120
    paths = (
        os.path.join(folder, reference.posix)  # noqa: PTH118
        for reference in found
        if reference.kind in _IN_A_FILE_SYSTEM
    )
    return References(tuple(dict.fromkeys(paths)))


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links
