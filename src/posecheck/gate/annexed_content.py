"""Content that git-annex fetches for a check, and drops when it is over, however it ends."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from posecheck.engine.file_check import FileJob
from posecheck.engine.run_plan import Plan
from posecheck.engine.workers import open_pool
from posecheck.execution.failure import WorkerFailure
from posecheck.files.annex import is_absent, unfetched_key
from posecheck.files.annex_repository import AnnexRepository, annexed_by_repository
from posecheck.files.outward_links import committed_way_out
from posecheck.model.annex_content import AnnexContent
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.rule import Need
from posecheck.model.video_file import Decode


class AnnexedContent:
    """What git-annex fetches for a run; as a context, it drops exactly that in the end.

    Parameters
    ----------
    mode
        What is done about content that is not here; unless it is `AnnexContent.GET`, nothing is
        fetched.
    progress
        Receives how many files are fetched.
    linked_from
        Folders to which links and references may lead.

    Attributes
    ----------
    fetched
        How many files were fetched and dropped again; known at the end.
    not_fetched, not_dropped
        The files that could not be, and why.
    """

    def __init__(
        self, mode: AnnexContent, progress: ProgressListener, linked_from: Sequence[Path] = ()
    ) -> None:
        self.fetched = 0
        self.not_fetched: dict[Path, str] = {}
        self.not_dropped: dict[Path, str] = {}
        self._mode = mode
        self._linked_from = tuple(linked_from)
        self._progress = progress
        self._wanted: dict[Path, None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        here = [path for path in self._wanted if unfetched_key(path) is None and path.exists()]
        for repository, paths in annexed_by_repository(here).items():
            self.not_dropped |= AnnexRepository(repository).drop(paths)
        self.fetched = len(here) - len(self.not_dropped)

    def fetch(self, paths: Iterable[Path]) -> None:
        """Fetch those of some files whose content is with git-annex.

        Raises
        ------
        UsageError
            If git-annex is not installed, or a repository is none of its.
        """
        if self._mode is not AnnexContent.GET:
            return
        absent = [
            path
            for path in paths
            if is_absent(path)
            and path not in self._wanted
            and committed_way_out(path, self._linked_from) is None
        ]
        if not absent:
            return
        self._progress.begin(Phase.FETCHING, len(absent))
        repositories = annexed_by_repository(absent)
        held = {path for members in repositories.values() for path in members}
        self.not_fetched |= {
            path: "it lies in no git repository" for path in absent if path not in held
        }
        for repository, members in repositories.items():
            self._wanted |= dict.fromkeys(members)  # first: the call may be interrupted
            self.not_fetched |= AnnexRepository(repository).get(members)
            self._progress.advance(len(members))

    def fetch_for(self, plan: Plan) -> None:
        """Fetch the files that will be checked, and the videos that they reference if need be.

        Parameters
        ----------
        plan
            What will be checked.

        Raises
        ------
        UsageError
            As `fetch`.
        InternalError
            If no worker can be started.
        """
        if self._mode is not AnnexContent.GET:
            return
        self.fetch(item.path for item in plan.found if item.source.is_local and not item.obstacle)
        rules = plan.rule_set.rules
        if plan.decode is not Decode.NONE and any(Need.VIDEO in rule.needs for rule in rules):
            self.fetch(_videos_of(plan, self._linked_from, self._progress))


def _videos_of(
    plan: Plan, linked_from: tuple[Path, ...], progress: ProgressListener
) -> Sequence[Path]:
    """Return the referenced files whose content is not here."""
    jobs = [FileJob(source=item.source) for item in plan.found if item.source.is_local]
    progress.begin(Phase.READING, len(jobs))
    paths: dict[Path, None] = {}
    with open_pool() as pool:
        task = functools.partial(absent_targets, linked_from=linked_from)
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
