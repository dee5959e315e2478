"""What lies where a reference points: looked up on the disk, never opened.

Whether a reference resolves is checked at every directory on its way, so that a linked directory
cannot lead out of the dandiset unnoticed.
"""

from __future__ import annotations

import functools
import os
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from posecheck.files.annex import unfetched_key
from posecheck.files.dataset_roots import find_dandiset, in_bids
from posecheck.model.external_file import Candidate, ExternalFile, Target, TargetState
from posecheck.model.facts import ArrayInfo
from posecheck.model.recording import Dandiset
from posecheck.model.reference import Reference, ReferenceKind, join, parse_reference, relative

_AT_HAND = frozenset({TargetState.PRESENT, TargetState.NOT_FETCHED})


class FileContext:
    """The folder, and perhaps the dandiset, around one NWB file.

    Parameters
    ----------
    file
        The NWB file's path; links are not followed, so that an annexed file keeps its place.
    linked_from
        Folders outside the dandiset to which linked folders may lead.
    """

    def __init__(self, file: Path, linked_from: Sequence[Path] = ()) -> None:
        self.file = file
        self._folder = Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() follows links
        self._root = find_dandiset(self._folder)
        self._linked_from = linked_from
        self._file_name = file.name
        self._looked_up: dict[str, Target] = {}
        self._names: dict[Path, dict[str, list[str]]] = {}

    @property
    def dandiset(self) -> Dandiset | None:
        """The dandiset as the model has it; ``None`` outside one."""
        if self._root is None:
            return None
        parts = self._folder.relative_to(self._root).parts
        return Dandiset(path=(*parts, self._file_name), is_bids=in_bids(self._folder, self._root))

    def external_file(self, index: int, text: str, stored: ArrayInfo | None = None) -> ExternalFile:
        """Parse a stored reference and look up its target."""
        reference = parse_reference(text)
        if text not in self._looked_up:
            self._looked_up[text] = self._look_up(reference)
        return ExternalFile(
            index=index, reference=reference, target=self._looked_up[text], stored=stored
        )

    def path_of(self, target: Target) -> Path | None:
        """Return where a present file lies, and ``None`` for every other target."""
        if target.state is not TargetState.PRESENT:
            return None
        return (self._root or self._folder).joinpath(*target.path)

    def path_of_candidate(self, target: Target) -> Path | None:
        """Return where the file lies that an absolute reference may mean; ``None`` without one."""
        candidate = target.candidate
        if candidate is None or candidate.state is not TargetState.PRESENT:
            return None
        return (self._root or self._folder).joinpath(*candidate.path)

    def beside(self, reference: Reference) -> Path | None:
        """Return a file of the reference's name beside the NWB file; ``None`` without one."""
        if not reference.name or reference.kind is ReferenceKind.URL:
            return None
        path = self._folder / reference.name
        status = _status(path)
        return path if status is not None and stat.S_ISREG(status.st_mode) else None

    def _look_up(self, reference: Reference) -> Target:
        if reference.kind is ReferenceKind.RELATIVE:
            return self._look_up_relative(reference)
        if reference.is_absolute and reference.name:
            return Target(state=TargetState.UNKNOWN, candidate=self._candidate(reference))
        return Target(state=TargetState.UNKNOWN)

    def _candidate(self, reference: Reference) -> Candidate | None:
        """Find the file that an absolute reference may mean."""
        root = self._root or self._folder
        return self._first_at_hand(
            (_parts_within(reference, root), True), (self._beside(reference.name), False)
        )

    def _namesake(self, reference: Reference, path: Path) -> Candidate | None:
        """Find the file that a relative reference to nothing may mean."""
        if not reference.name.strip("."):
            return None
        root = self._root or self._folder
        twin = self._twin(path)
        return self._first_at_hand(
            (twin.relative_to(root).parts if twin and twin.is_relative_to(root) else (), False),
            (self._beside(reference.name), False),
            (self._beside(Path(self._file_name).stem, reference.name), False),
        )

    def _twin(self, path: Path) -> Path | None:
        """Return the only file whose name is the path's in other letters or accents."""
        if path.parent not in self._names:
            self._names[path.parent] = _names_in(path.parent)
        twins = self._names[path.parent].get(_folded(path.name), [])
        return path.with_name(twins[0]) if len(twins) == 1 else None

    def _beside(self, *parts: str) -> tuple[str, ...]:
        return (*self._folder.relative_to(self._root or self._folder).parts, *parts)

    def _first_at_hand(self, *places: tuple[tuple[str, ...], bool]) -> Candidate | None:
        """Return the first file that is there; outside the bounds nobody looks."""
        root = self._root or self._folder
        bounds = (root, *self._linked_from)
        folder = self._folder.relative_to(root).parts
        for parts, is_meant in places:
            found = _target(root.joinpath(*parts), parts, root, bounds) if parts else Target()
            if parts and found.state in _AT_HAND:
                return Candidate(
                    reference=relative(parts, folder),
                    path=parts,
                    state=found.state,
                    identity=found.identity,
                    is_meant=is_meant,
                )
        return None

    def _look_up_relative(self, reference: Reference) -> Target:
        if self._root is None:
            path = Path(os.path.normpath(self._folder.joinpath(*reference.parts)))
            relative = tuple(Path(os.path.relpath(path, self._folder)).parts)
            return self._or_namesake(reference, path, _target(path, relative, self._folder))
        parts = join(self._folder.relative_to(self._root).parts, reference)
        if parts is None:
            return Target(state=TargetState.OUTSIDE)
        bounds = (self._root, *self._linked_from)
        path = self._root.joinpath(*parts)
        return self._or_namesake(reference, path, _target(path, parts, self._root, bounds))

    def _or_namesake(self, reference: Reference, path: Path, target: Target) -> Target:
        if target.state is not TargetState.MISSING:
            return target
        return replace(target, candidate=self._namesake(reference, path))


def _target(path: Path, parts: tuple[str, ...], root: Path, bounds: Sequence[Path] = ()) -> Target:
    state, size, identity = TargetState.MISSING, 0, ""
    if bounds and all(_leaves_by_link(path, bound) for bound in bounds):
        state = TargetState.OUTSIDE_BY_LINK
    elif unfetched_key(path) is not None:
        state = TargetState.NOT_FETCHED
    else:
        status = _status(path)
        if status is not None:
            state = TargetState.NOT_A_FILE
            if stat.S_ISREG(status.st_mode):
                state, size = TargetState.PRESENT, status.st_size
                identity = f"{status.st_dev}:{status.st_ino}"
    return Target(
        state=state,
        path=parts,
        size=size,
        identity=identity,
        in_bids=bool(bounds) and in_bids(path.parent, root),
        of_another_file=bool(bounds) and _is_video_folder(path.parent),
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _names_in(folder: Path) -> dict[str, list[str]]:
    """Return the names in a folder, by what is equal for other spellings of one."""
    names: dict[str, list[str]] = {}
    try:
        for entry in folder.iterdir():
            names.setdefault(_folded(entry.name), []).append(entry.name)
    except (OSError, ValueError):
        return {}
    return names


@functools.lru_cache(maxsize=4096)
def _is_video_folder(folder: Path) -> bool:
    """Whether an NWB file lies beside a folder and is called like it, be it fetched or not."""
    return os.path.lexists(f"{folder}.nwb")


def _parts_within(reference: Reference, root: Path) -> tuple[str, ...]:
    """Return where an absolute reference leads within a root; nothing where it leads elsewhere."""
    anchor = reference.anchor
    if reference.kind is ReferenceKind.UNC or (os.name != "nt" and anchor != "/"):
        return ()
    path = Path(os.path.normpath(anchor.rstrip("/") + "/" + "/".join(reference.parts)))
    for base in (root, Path(os.path.realpath(root))):
        if path != base and path.is_relative_to(base):
            return path.relative_to(base).parts
    return ()


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in a name
        return None


def _leaves_by_link(path: Path, root: Path) -> bool:
    """Whether a directory on the way is a link that leads out of the root."""
    try:
        real_root = os.path.realpath(root)
        real_folder = os.path.realpath(path.parent)
        return os.path.commonpath([real_root, real_folder]) != real_root
    except (OSError, ValueError):  # no such path, or another Windows drive
        return False
