"""A run over the recordings with pose of many dandisets, which can be stopped and goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from posecheck.config.schema import Configuration
from posecheck.engine.audit_memory import AuditMemory
from posecheck.engine.audit_targets import AuditTargets
from posecheck.engine.discovery import Found
from posecheck.engine.pose_search import PoseSearch, SearchedVersion
from posecheck.engine.resume_file import ResumeFile, open_resume_file
from posecheck.engine.run_plan import Plan, limits_of, make_plan
from posecheck.engine.runner import run_plan, unchanged
from posecheck.engine.settings import (
    AUDIT_RATE,
    DEFAULT_VALIDATOR_TIMEOUT,
    DEFAULT_VIDEO_TIMEOUT,
    Settings,
)
from posecheck.engine.workers import open_pool
from posecheck.execution.executor import Executor
from posecheck.execution.limits import DEFAULT_FILE_TIMEOUT, available_processors
from posecheck.model.errors import UsageError
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.report import FileReport, Report

_LEAST_SHARE = 2.5
"""Requests a second that a worker needs for itself: more workers would only wait."""
_USUAL_SHARE = 10.0
"""Requests a second of a worker for which the limits of time are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveAudit:
    """What is to be checked, and what is known of it.

    Attributes
    ----------
    settings
        What the user asked for, within the bounds of an audit.
    executor
        The workers.
    versions
        The versions of dandisets, in their order.
    resume
        What earlier runs knew; ``None`` if nothing is kept.
    """

    settings: Settings
    executor: Executor
    versions: Sequence[SearchedVersion]
    resume: ResumeFile | None

    @property
    def found(self) -> tuple[Found, ...]:
        """The recordings that carry ndx-pose, and those that may."""
        return tuple(Found(source) for version in self.versions for source, _ in version.to_check)

    def run(
        self,
        plan: Plan,
        progress: ProgressListener,
        suppress: Callable[[FileReport], FileReport] = unchanged,
    ) -> Report:
        """Check what was found, but for what is known of it.

        Parameters
        ----------
        plan
            What `make_plan` made of `found`.
        progress, suppress
            As of `run_plan`.
        """
        return run_plan(
            plan,
            self.settings,
            progress=progress,
            executor=self.executor,
            suppress=suppress,
            memory=AuditMemory(plan, self.settings, self.versions, self.resume),
        )


@contextlib.contextmanager
def open_audit(
    settings: Settings, configuration: Configuration, progress: ProgressListener
) -> Iterator[ArchiveAudit]:
    """Search the dandisets that the settings name for recordings with pose.

    Parameters
    ----------
    settings
        What was asked for; its access has the bound on requests.
    configuration
        What the configuration says.
    progress
        Receives how far the search is.

    Raises
    ------
    UsageError
        If something else than archives and dandisets is named, or is not there, or what earlier
        runs knew cannot be read.
    ArchiveError
        If an archive does not answer.
    """
    bounded = _bounded(settings, configuration)
    # What is wrong with rules and options is said before an archive is asked for anything.
    plan = make_plan(bounded, configuration, found=(), on_archive=True)
    with contextlib.ExitStack() as stack:
        targets = stack.enter_context(AuditTargets(bounded, progress))
        resume = None
        if settings.resume_file is not None:
            resume = stack.enter_context(open_resume_file(settings.resume_file))
        stack.enter_context(_saying_how_to_go_on(resume))
        executor = stack.enter_context(open_pool(other_validators=plan.selection.opens_the_file))
        found = targets.find()
        counter = _Counter(progress, len(found))
        search = PoseSearch(
            bounded.access,
            executor,
            workers=bounded.jobs or 1,
            limits=limits_of(bounded, configuration),
            probes_all=bounded.probe_all,
            resume=resume,
            report=counter.add,
        )
        versions = []
        for target in found:
            versions.append(search.search(target))
            counter.end_dandiset()
        yield ArchiveAudit(settings=bounded, executor=executor, versions=versions, resume=resume)


class _Counter:
    """Says how far the search is."""

    def __init__(self, progress: ProgressListener, dandisets: int) -> None:
        self._progress = progress
        self._dandisets, self._done = dandisets, 0
        self._candidates = self._probed = 0
        self._say()

    def add(self, candidates: int, probed: int) -> None:
        """Take note of more of them."""
        self._candidates += candidates
        self._probed += probed
        self._say()

    def end_dandiset(self) -> None:
        """Take note that a dandiset is done."""
        self._done += 1
        self._say()

    def _say(self) -> None:
        self._progress.begin(
            f"{Phase.SEARCHING}: {self._done:,}/{self._dandisets:,} dandisets, "
            f"{self._candidates:,} candidates, {self._probed:,} probed"
        )


@contextlib.contextmanager
def _saying_how_to_go_on(resume: ResumeFile | None) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if resume is not None:
            sentence = (
                f"interrupted. {resume.path} holds what is known so far: the same command goes on "
                "from there."
            )
        else:
            sentence = "interrupted. Nothing was kept: with --output json-lines=FILE it would be."
        interrupt.args = (UsageError(sentence),)
        raise


def _bounded(settings: Settings, configuration: Configuration) -> Settings:
    """Let no more workers run than the bound on requests feeds, and give each more time."""
    rate = settings.max_requests_per_second or AUDIT_RATE
    workers = settings.jobs or configuration.jobs or available_processors()
    factor = max(1.0, _USUAL_SHARE / min(rate, _LEAST_SHARE))
    return replace(
        settings,
        jobs=min(workers, max(1, round(rate / _LEAST_SHARE))),
        file_timeout=settings.file_timeout
        or configuration.file_timeout
        or DEFAULT_FILE_TIMEOUT * factor,
        validator_timeout=settings.validator_timeout
        or configuration.validator_timeout
        or DEFAULT_VALIDATOR_TIMEOUT * factor,
        video_timeout=settings.video_timeout
        or configuration.video_timeout
        or DEFAULT_VIDEO_TIMEOUT * factor,
    )
