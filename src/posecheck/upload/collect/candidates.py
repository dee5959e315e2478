"""From the paths that a user names to NWB files, what they reference, and what else lies there.

NWB files are opened in worker processes, for they may come from strangers, and nothing of them is
read but what leads to other files.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from posecheck.dandi_layout.constants import media_extensions
from posecheck.dandi_layout.markers import BIDS_FILE, STORES
from posecheck.engine.discovery import Found, discover
from posecheck.engine.file_check import FileJob, read_steadily
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.limits import (
    available_processors,
)
from posecheck.execution.pool import WorkerPool
from posecheck.files.annex import unfetched_key
from posecheck.files.containment import PathGuard
from posecheck.files.dataset_roots import find_dandiset, in_bids
from posecheck.files.walk import is_hidden, leads_to_folder, walk
from posecheck.model.errors import UsageError
from posecheck.model.external_file import TargetState
from posecheck.model.problem import ProblemKind
from posecheck.model.video_file import Decode, VideoAccess
from posecheck.upload.collect.local_dandiset import LocalDandiset
from posecheck.upload.collect.local_files import local_file, open_guard
from posecheck.upload.collect.prefetch import guess
from posecheck.upload.plan.closure import Gathered, mentions_of
from posecheck.upload.plan.content_keys import ContentKey, parse_key
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import FETCH, Mention, Obstacle, why_not_selected
from posecheck.upload.plan.recordings import Refusal

_NWB = ".nwb"
_BLOCKING = (ProblemKind.UNREADABLE, ProblemKind.NOT_NWB, ProblemKind.CHANGED)
_CLOSE_IT = "close it there, since what that program has yet to write would not be sent"


@dataclass(slots=True)
class Candidates:
    """What was found.

    Attributes
    ----------
    chosen
        The NWB files.
    found
        The same, as discovered.
    searched
        The paths that they were searched in.
    files
        Every file that may be sent, by its path in the dandiset.
    named
        The paths of the videos and images that the user named.
    refusals
        What was named and cannot be sent.
    folders
        The folders that were named, as paths in the dandiset.
    unreferenced
        Videos and images below them that no chosen NWB file references.
    withheld
        Why a referenced file that is there may not be sent, by its path in the dandiset.
    keys
        What is known of referenced content that is not fetched, by its path in the dandiset.
    """

    chosen: list[Gathered] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    files: dict[str, LocalFile] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    unreferenced: list[str] = field(default_factory=list)
    withheld: dict[str, Obstacle] = field(default_factory=dict)
    keys: dict[str, ContentKey] = field(default_factory=dict)

    def targets(self) -> Iterator[str]:
        """Yield the paths of the dandiset that references lead to, whatever lies there."""
        for gathered in self.chosen:
            for mention in gathered.mentions:
                target = mention.file.target
                if target is not None and target.path and ".." not in target.path:
                    yield "/".join(target.path)

    @property
    def referenced(self) -> frozenset[str]:
        """The paths that the NWB files reference, whether or not anything lies there."""
        return frozenset(
            "/".join(mention.file.target.path)
            for gathered in self.chosen
            for mention in gathered.mentions
            if mention.file.target is not None
        )


@dataclass(frozen=True, slots=True)
class _References:
    """What a worker read of an NWB file."""

    mentions: tuple[Mention, ...] = ()
    obstacle: str = ""


def collect_candidates(  # noqa: PLR0913 - two of them only look on
    dandiset: LocalDandiset,
    paths: Sequence[str],
    pool: WorkerPool,
    *,
    linked_from: Sequence[Path] = (),
    jobs: int | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_file: Callable[[int], None] = lambda _: None,
    on_prefetch: Callable[[list[LocalFile]], None] | None = None,
) -> Candidates:
    """Find what was chosen, and what it references.

    Parameters
    ----------
    dandiset
        Where all of it must lie.
    paths
        Files and folders as typed; none stands for the whole dandiset.
    pool
        Where the workers come from.
    linked_from
        Folders outside the dandiset from which links may bring files in.
    jobs
        How many; by default one for each processor.
    on_start, on_file
        Receive the number of NWB files, and 1 for each that was read.
    on_prefetch
        Receives, before any NWB file is opened, what will most likely be sent.

    Raises
    ------
    UsageError
        If a path is not there, or there is nothing to upload.
    """
    gathering = Candidates()
    guard = open_guard(dandiset.root, linked_from)
    suffixes = media_extensions()
    named = list(paths) or [_as_typed(dandiset.root)]
    _check_there(named)
    media = [text for text in named if _is_medium(Path(text), suffixes)]
    others = [text for text in named if text not in media]
    for text in media:
        _take_medium(gathering, dandiset, guard, Path(text), text, suffixes)
    gathering.folders = [
        "/".join(parts)
        for text in others
        if Path(text).is_dir() and (parts := dandiset.parts_of(Path(text))) is not None
    ]
    found = _discovered(others)
    gathering.searched = others
    jobs_of = []
    for item in found:
        gathered = _placed(gathering, dandiset, guard, item)
        gathering.chosen.append(gathered)
        gathering.found.append(item)
        if not gathered.obstacle:
            jobs_of.append((len(gathering.chosen) - 1, FileJob(path=item.path, shown=item.shown)))
    on_start(len(jobs_of))
    if on_prefetch is not None:
        on_prefetch(guess(gathering.files, guard, suffixes))
    answers = pool.run(
        functools.partial(read_references, linked_from=guard.linked_from),
        [job for _, job in jobs_of],
        workers=jobs or available_processors(),
    )
    for index, answer in answers:
        position = jobs_of[index][0]
        gathering.chosen[position] = _with_references(gathering.chosen[position], answer)
        on_file(1)
    _take_targets(gathering, guard)
    gathering.unreferenced = list(_unreferenced(gathering, dandiset, suffixes))
    return gathering


def read_references(job: FileJob, *, linked_from: tuple[Path, ...] = ()) -> _References:
    """Read what an NWB file references; called in a worker."""
    videos = VideoAccess(decode=Decode.NONE, linked_from=linked_from)
    recording = read_steadily(job, frozenset(), videos)
    in_use = next(recording.problems_of(ProblemKind.IN_USE), None)
    if in_use is not None:
        return _References(obstacle=f"{in_use.detail}; {_CLOSE_IT}")
    blocking = next(recording.problems_of(*_BLOCKING), None)
    if blocking is not None and blocking.location == "/":
        return _References(obstacle=f"it cannot be read: {blocking.detail}")
    return _References(mentions=tuple(mentions_of(recording)))


def _with_references(gathered: Gathered, answer: _References | WorkerFailure) -> Gathered:
    remedy = "Look at it with `posecheck validate`."
    if isinstance(answer, WorkerFailure):
        is_fault = answer.kind is FailureKind.EXCEPTION
        what = "posecheck failed to read it" if is_fault else "it cannot be read"
        read = _References(obstacle=f"{what}: {answer.reason}")
    else:
        read = answer
    return Gathered(
        path=gathered.path,
        shown=gathered.shown,
        mentions=read.mentions,
        obstacle=read.obstacle,
        remedy=remedy if read.obstacle else "",
    )


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


def _take_medium(  # noqa: PLR0913, PLR0917 - one of the named paths, among all that is known
    gathering: Candidates,
    dandiset: LocalDandiset,
    guard: PathGuard,
    path: Path,
    shown: str,
    suffixes: Sequence[str],
) -> None:
    parts = dandiset.parts_of(path)
    if parts is None:
        raise UsageError(f"{shown} lies outside the dandiset {dandiset.root}")
    inside = dandiset.root.joinpath(*parts)
    obstacle = why_not_selected(parts, suffixes, in_bids=in_bids(inside.parent, dandiset.root))
    if obstacle is None and unfetched_key(path) is not None:
        obstacle = Obstacle("is not here: its content is not fetched", FETCH)
    if obstacle is None:
        taken = local_file(guard, parts)
        if isinstance(taken, LocalFile) and taken.size:
            gathering.files[taken.path] = taken
            gathering.named.append(taken.path)
            return
        empty = Obstacle("is empty", "Look at the file.")
        obstacle = empty if isinstance(taken, LocalFile) else taken
    gathering.refusals.append(
        Refusal(
            path="/".join(parts),
            shown=shown,
            reason=f"it {obstacle.reason}",
            remedy=obstacle.remedy,
        )
    )


def _placed(
    gathering: Candidates, dandiset: LocalDandiset, guard: PathGuard, item: Found
) -> Gathered:
    """Say where a chosen NWB file lies, and why it cannot be sent, if that is plain to see."""
    parts = dandiset.parts_of(item.path)
    if parts is None:
        raise UsageError(f"{item.shown} lies outside the dandiset {dandiset.root}")
    path = "/".join(parts)
    obstacle, remedy = item.obstacle, "Look at the file."
    inside = dandiset.root.joinpath(*parts)
    if obstacle:
        pass
    elif item.path.is_dir():
        obstacle = "it is a Zarr store, and posecheck sends files only"
        remedy = "Upload it with `dandi upload`."
    elif unfetched_key(item.path) is not None:
        obstacle, remedy = "its content is not fetched", FETCH
    elif any(part.startswith(".") for part in parts):
        obstacle = "what begins with a dot is never uploaded"
        remedy = "Rename it."
    elif inside.suffix != _NWB:
        obstacle = f"the archive's clients select {_NWB} in lower case only"
        remedy = "Rename it; `posecheck organize` does."
    elif find_dandiset(inside.parent) != dandiset.root:
        obstacle = f"it lies in a dandiset of its own: {find_dandiset(inside.parent)}"
        remedy = "Upload that one by itself."
    else:
        taken = local_file(guard, parts)
        if isinstance(taken, Obstacle):
            obstacle, remedy = f"it {taken.reason}", taken.remedy
        elif not taken.size:
            obstacle = "it is empty"
        else:
            gathering.files[path] = taken
    return Gathered(
        path=path, shown=item.shown, obstacle=obstacle, remedy=remedy if obstacle else ""
    )


def _take_targets(gathering: Candidates, guard: PathGuard) -> None:
    for gathered in gathering.chosen:
        for mention in gathered.mentions:
            target = mention.file.target
            if target is None or not target.path:
                continue
            path = "/".join(target.path)
            if target.state is TargetState.NOT_FETCHED:
                key = unfetched_key(guard.root.joinpath(*target.path))
                gathering.keys[path] = parse_key(key or "")
            if target.state is not TargetState.PRESENT:
                continue
            if path in gathering.files or path in gathering.withheld:
                continue
            taken = local_file(guard, target.path)
            if isinstance(taken, LocalFile):
                gathering.files[path] = taken
            else:
                gathering.withheld[path] = taken


def _unreferenced(
    gathering: Candidates, dandiset: LocalDandiset, suffixes: Sequence[str]
) -> Iterator[str]:
    known = gathering.referenced | set(gathering.named)
    seen = set()
    for folder in gathering.folders:
        for path in _files_below(dandiset.root, folder):
            lower = path.lower()
            if lower.endswith(tuple(suffixes)) and path not in known and path not in seen:
                seen.add(path)
                yield path


def _files_below(root: Path, folder: str) -> Iterator[str]:
    """Yield the files that ``dandi upload`` would come upon, as paths in the dandiset."""
    for found in walk(
        root.joinpath(*folder.split("/")) if folder else root,
        enters=lambda name: not is_hidden(name) and not name.lower().endswith(STORES),
        wants=lambda entry: not is_hidden(entry.name) and not leads_to_folder(entry),
        skips=lambda names: BIDS_FILE in names,
    ):
        if found.entry is not None:
            path = found.relative.replace(os.sep, "/")
            yield f"{folder}/{path}" if folder else path
