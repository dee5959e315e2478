"""Find the files that an upload may send: the chosen NWB files, and what they reference.

NWB files are opened in worker processes, for they may come from strangers. Only their references
are read.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from posecheck.dandi_layout.constants import media_extensions
from posecheck.engine.discovery import Found, discover
from posecheck.engine.file_check import FileJob
from posecheck.execution.executor import Executor
from posecheck.execution.limits import (
    available_processors,
)
from posecheck.files.annex import unfetched_key
from posecheck.files.containment import PathGuard
from posecheck.files.dataset_roots import in_bids
from posecheck.model.errors import UsageError
from posecheck.model.external_file import TargetState
from posecheck.model.progress import Phase, ProgressListener
from posecheck.upload.collect.chosen_recordings import chosen_recording
from posecheck.upload.collect.local_dandiset import LocalDandiset
from posecheck.upload.collect.local_files import local_file, open_guard
from posecheck.upload.collect.prefetch import likely_files
from posecheck.upload.collect.references import read_references, with_references
from posecheck.upload.collect.unreferenced import find_unreferenced
from posecheck.upload.plan.closure import Candidate
from posecheck.upload.plan.content_keys import ContentKey, parse_key
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import FETCH, Obstacle, why_not_selected
from posecheck.upload.plan.recordings import Refusal


@dataclass(slots=True)
class Candidates:
    """The files that may be sent.

    Attributes
    ----------
    chosen
        The NWB files.
    found
        The same, as `discover` returns them.
    searched
        The paths in which they were searched.
    files
        Every file that may be sent, by its path in the dandiset.
    named
        The paths of the videos and images that the user named.
    refusals
        Why named files cannot be sent.
    folders
        The folders that were named, as paths in the dandiset.
    unreferenced
        Videos and images below them that no chosen NWB file references.
    blocked
        Why a referenced file that is here may not be sent, by its path in the dandiset.
    keys
        What is known of referenced content that is not fetched, by its path in the dandiset.
    """

    chosen: list[Candidate] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    files: dict[str, LocalFile] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    unreferenced: list[str] = field(default_factory=list)
    blocked: dict[str, Obstacle] = field(default_factory=dict)
    keys: dict[str, ContentKey] = field(default_factory=dict)

    def targets(self) -> Iterator[str]:
        """Yield the paths in the dandiset that references lead to, whether or not they exist."""
        for candidate in self.chosen:
            for mention in candidate.mentions:
                target = mention.file.target
                if target is not None and target.path and ".." not in target.path:
                    yield "/".join(target.path)

    @property
    def referenced(self) -> frozenset[str]:
        """All paths that the NWB files reference, whether or not they exist."""
        return frozenset(
            "/".join(mention.file.target.path)
            for candidate in self.chosen
            for mention in candidate.mentions
            if mention.file.target is not None
        )


def collect_candidates(  # noqa: PLR0913 - two of them only look on
    dandiset: LocalDandiset,
    paths: Sequence[str],
    pool: Executor,
    *,
    linked_from: Sequence[Path] = (),
    jobs: int | None = None,
    progress: ProgressListener | None = None,
    on_prefetch: Callable[[list[LocalFile]], None] | None = None,
) -> Candidates:
    """Find the chosen files, and what they reference.

    Parameters
    ----------
    dandiset
        The dandiset; every path must be in it.
    paths
        Files and folders as typed; none stands for the whole dandiset.
    pool
        Where the workers come from.
    linked_from
        Folders outside the dandiset from which links may bring files in.
    jobs
        How many; by default one for each processor.
    progress
        Receives how many NWB files are read.
    on_prefetch
        Receives the files that will most likely be sent, before any NWB file is opened.

    Raises
    ------
    UsageError
        If a path does not exist, or there is nothing to upload.
    """
    candidates = Candidates()
    guard = open_guard(dandiset.root, linked_from)
    suffixes = media_extensions()
    named = list(paths) or [_as_typed(dandiset.root)]
    _check_there(named)
    media = [text for text in named if _is_medium(Path(text), suffixes)]
    others = [text for text in named if text not in media]
    for text in media:
        _take_medium(candidates, dandiset, guard, Path(text), text, suffixes)
    candidates.folders = [
        "/".join(parts)
        for text in others
        if Path(text).is_dir() and (parts := dandiset.parts_of(Path(text))) is not None
    ]
    found = _discovered(others)
    candidates.searched = others
    jobs_of = []
    for item in found:
        candidate = chosen_recording(candidates.files, dandiset, guard, item)
        candidates.chosen.append(candidate)
        candidates.found.append(item)
        if not candidate.obstacle:
            jobs_of.append(
                (
                    len(candidates.chosen) - 1,
                    FileJob(source=item.source),
                )
            )
    listener = progress or ProgressListener()
    listener.begin(Phase.READING, len(jobs_of))
    if on_prefetch is not None:
        on_prefetch(likely_files(candidates.files, guard, suffixes))
    answers = pool.run(
        functools.partial(read_references, linked_from=guard.linked_from),
        [job for _, job in jobs_of],
        workers=jobs or available_processors(),
    )
    for index, answer in answers:
        position = jobs_of[index][0]
        candidates.chosen[position] = with_references(candidates.chosen[position], answer)
        listener.advance(1)
    _take_targets(candidates, guard)
    candidates.unreferenced = list(
        find_unreferenced(
            dandiset.root,
            candidates.folders,
            candidates.referenced.union(candidates.named),
            suffixes,
        )
    )
    return candidates


def _discovered(paths: Sequence[str]) -> tuple[Found, ...]:
    if not paths:
        return ()
    try:
        return discover(paths)
    except UsageError as error:
        raise UsageError(str(error).replace("nothing to check", "nothing to upload")) from error


def _as_typed(root: Path) -> str:
    try:
        relative = os.path.relpath(root)
    except ValueError:  # on Windows, another drive
        return str(root)
    return str(root) if relative.startswith("..") else relative


def _check_there(named: Iterable[str]) -> None:
    missing = [text for text in named if not os.path.lexists(text)]
    if missing:
        listed = ", ".join(repr(text) for text in missing)
        raise UsageError(f"no such file or folder: {listed}; nothing was uploaded")


def _is_medium(path: Path, suffixes: Sequence[str]) -> bool:
    return path.suffix.lower() in suffixes and not path.is_dir()


def _take_medium(  # noqa: PLR0913, PLR0917 - a named path, and what is known of all
    candidates: Candidates,
    dandiset: LocalDandiset,
    guard: PathGuard,
    path: Path,
    display_path: str,
    suffixes: Sequence[str],
) -> None:
    parts = dandiset.parts_of(path)
    if parts is None:
        raise UsageError(f"{display_path} lies outside the dandiset {dandiset.root}")
    inside = dandiset.root.joinpath(*parts)
    obstacle = why_not_selected(parts, suffixes, in_bids=in_bids(inside.parent, dandiset.root))
    if obstacle is None and unfetched_key(path) is not None:
        obstacle = Obstacle("is not here: its content is not fetched", FETCH)
    if obstacle is None:
        taken = local_file(guard, parts)
        if isinstance(taken, LocalFile) and taken.size:
            candidates.files[taken.path] = taken
            candidates.named.append(taken.path)
            return
        empty = Obstacle("is empty", "Look at the file.")
        obstacle = empty if isinstance(taken, LocalFile) else taken
    candidates.refusals.append(
        Refusal(
            path="/".join(parts),
            display_path=display_path,
            reason=f"it {obstacle.reason}",
            remedy=obstacle.remedy,
        )
    )


def _take_targets(candidates: Candidates, guard: PathGuard) -> None:
    for candidate in candidates.chosen:
        for mention in candidate.mentions:
            target = mention.file.target
            if target is None or not target.path:
                continue
            path = "/".join(target.path)
            if target.state is TargetState.NOT_FETCHED:
                key = unfetched_key(guard.root.joinpath(*target.path))
                candidates.keys[path] = parse_key(key or "")
            if target.state is not TargetState.PRESENT:
                continue
            if path in candidates.files or path in candidates.blocked:
                continue
            taken = local_file(guard, target.path)
            if isinstance(taken, LocalFile):
                candidates.files[path] = taken
            else:
                candidates.blocked[path] = taken
