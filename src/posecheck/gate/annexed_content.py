"""Content that git-annex fetches for a check, and drops when it is over, however it ends."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from posecheck.engine.file_check import FileJob
from posecheck.engine.run_plan import Plan
from posecheck.engine.workers import open_pool
from posecheck.execution.failure import WorkerFailure
from posecheck.files.annex import is_annex_key, unfetched_key
from posecheck.files.annex_repository import AnnexRepository
from posecheck.model.annex_content import AnnexContent
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.rule import Need
from posecheck.model.video_file import Decode


@dataclass(slots=True)
class Transfers:
    """What git-annex did for a run.

    Attributes
    ----------
    fetched
        How many files it fetched.
    not_fetched, not_dropped
        The files that it could not, and why.
    """

    fetched: int = 0
    not_fetched: dict[Path, str] = field(default_factory=dict)
    not_dropped: dict[Path, str] = field(default_factory=dict)


@contextmanager
def content_for(
    plan: Plan,
    mode: AnnexContent,
    *,
    linked_from: Sequence[Path] = (),
    progress: ProgressListener,
) -> Iterator[Transfers]:
    """Fetch what a check needs, and drop exactly that after it.

    Parameters
    ----------
    plan
        What will be checked.
    mode
        What becomes of content that is not here.
    linked_from
        Folders to which links and references may lead.
    progress
        Receives how many files are fetched.

    Yields
    ------
    Transfers
        What was done; what could not be dropped is in it once the context is left.

    Raises
    ------
    UsageError
        If git-annex is not installed, or a repository is none of its.
    InternalError
        If no worker can be started.
    """
    transfers = Transfers()
    if mode is not AnnexContent.GET:
        yield transfers
        return
    wanted: dict[Path, None] = {}
    try:
        files = [item.path for item in plan.found if item.source.is_local and not item.obstacle]
        _fetch(files, wanted, transfers, progress)
        if plan.decode is not Decode.NONE and any(
            Need.VIDEO in rule.needs for rule in plan.rule_set.rules
        ):
            _fetch(_videos_of(plan, linked_from, progress), wanted, transfers, progress)
        yield transfers
    finally:
        fetched = [path for path in wanted if unfetched_key(path) is None and path.exists()]
        transfers.fetched = len(fetched)
        for repository, paths in _by_repository(fetched).items():
            transfers.not_dropped |= AnnexRepository(repository).drop(paths)
        transfers.fetched -= len(transfers.not_dropped)


def _fetch(
    paths: Iterable[Path],
    wanted: dict[Path, None],
    transfers: Transfers,
    progress: ProgressListener,
) -> None:
    """Fetch those of some files whose content is with git-annex, and take note of them first."""
    absent = [path for path in paths if _is_absent(path) and path not in wanted]
    if absent:
        progress.begin(Phase.FETCHING, len(absent))
    repositories = _by_repository(absent)
    held = {path for members in repositories.values() for path in members}
    transfers.not_fetched |= {
        path: "it lies in no git repository" for path in absent if path not in held
    }
    for repository, members in repositories.items():
        wanted |= dict.fromkeys(members)
        transfers.not_fetched |= AnnexRepository(repository).get(members)
        progress.advance(len(members))


def _is_absent(path: Path) -> bool:
    key = unfetched_key(path)
    return key is not None and is_annex_key(key)


def _by_repository(paths: Iterable[Path]) -> Mapping[Path, list[Path]]:
    found: dict[Path, list[Path]] = {}
    for path in paths:
        repository = AnnexRepository.around(path.parent)
        if repository is not None:
            found.setdefault(repository.root, []).append(path)
    return found


def _videos_of(
    plan: Plan, linked_from: Sequence[Path], progress: ProgressListener
) -> Sequence[Path]:
    """Return the referenced files whose content is not here."""
    jobs = [FileJob(source=item.source) for item in plan.found if item.source.is_local]
    progress.begin(Phase.READING, len(jobs))
    paths: dict[Path, None] = {}
    with open_pool() as pool:
        task = functools.partial(absent_targets, linked_from=tuple(linked_from))
        for _, answer in pool.run(task, jobs, workers=plan.jobs, limits=plan.limits):
            progress.advance(1)
            if isinstance(answer, WorkerFailure):
                answer.raise_if_fault()
            else:
                paths |= dict.fromkeys(answer)
    return tuple(paths)


def absent_targets(job: FileJob, *, linked_from: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the files that an NWB file references and that are not fetched; in a worker.

    What lies where the check itself would not look is not among them.
    """
    from posecheck.reading.references import read_references  # noqa: PLC0415 - h5py is the worker's
    from posecheck.reading.targets import FileContext  # noqa: PLC0415

    context = FileContext(job.source, linked_from)
    return tuple(
        place
        for reference in read_references(job.source) or ()
        if (place := context.unfetched_place(reference.text)) is not None
    )
