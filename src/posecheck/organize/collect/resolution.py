"""From what a recording says to a file of this machine, and never to one that nobody offered.

A recording comes from a stranger: what it references, by ``../``, by an absolute path or through a
link, is placed in a dandiset only if it lies in a folder that the user named. What a link leads
to is resolved by the file system, so no spelling gets around that. A link into the annex of its own
git repository is the one exception, since that is how git-annex keeps a file's content.
"""

from __future__ import annotations

import functools
import os
import re
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.annex import annexed_place, unfetched_key
from posecheck.model.reference import Reference, ReferenceKind, collapse
from posecheck.model.stamp import Stamp
from posecheck.organize.collect.file_index import Search
from posecheck.organize.collect.near_names import NearNames
from posecheck.organize.collect.nwb_files import absolute
from posecheck.organize.plan.facts import MediaFacts, Resolution
from posecheck.sources.local_store import is_store


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedReference:
    """What a reference came to.

    Attributes
    ----------
    resolution, detail, note
        As in `posecheck.organize.plan.facts.ReferenceFacts`.
    media
        What was found.
    candidates
        Where it leads to no file: those that have its name, each once.
    has_beside
        Whether the first of them lies beside the NWB file.
    """

    resolution: Resolution
    detail: str = ""
    note: str = ""
    media: MediaFacts | None = None
    candidates: tuple[MediaFacts, ...] = ()
    has_beside: bool = False


class ReferenceResolver:
    """Finds what references mean.

    Parameters
    ----------
    roots
        Absolute folders whose content may be used, the searched ones among them.
    searched
        Absolute folders in which a file that is missing is searched for by name.
    dandiset
        The dandiset's absolute folder.
    sources
        Absolute folders that the user named to organize what is in them.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        searched: Sequence[Path],
        dandiset: Path,
        sources: Sequence[Path] = (),
    ) -> None:
        self._roots = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))
        self._search = Search(searched)
        self._elsewhere = Search(sources)
        self._dandiset = os.path.realpath(dandiset)
        self._near_names = NearNames(self.may_use, (self._search, self._elsewhere))

    def may_use(self, path: Path) -> bool:
        """Whether a file lies where the user said, links followed, or in its repository's annex."""
        return self._is_within_roots(path) or is_annexed(path)

    def resolve(self, recording: Path, reference: Reference) -> ResolvedReference:
        """Find what a reference of a recording means.

        Parameters
        ----------
        recording
            The NWB file's absolute path, in its own spelling.
        reference
            What it says.
        """
        if reference.kind is ReferenceKind.BLANK:
            return ResolvedReference(resolution=Resolution.BLANK)
        if reference.kind is ReferenceKind.URL:
            return ResolvedReference(resolution=Resolution.URL)
        tried = self._places(recording, reference)
        for path in tried:
            if _is_there(path):
                return self._check(path)
        return self._find(recording, reference, tried)

    @property
    def unsearched_folders(self) -> tuple[str, ...]:
        """The linked folders that a search for files by name did not enter."""
        return self._search.linked_folders

    def near_names(self, recording: Path, reference: Reference) -> tuple[str, ...]:
        """Say which files nearly have the name of one that is missing, where that would lie."""
        if not reference.name.strip("."):
            return ()
        wanted = self._places(recording, reference)
        if reference.is_absolute:
            wanted.append(recording.parent / reference.name)
        return self._near_names.near(wanted)

    def elsewhere(self, name: str) -> tuple[Path, ...]:
        """Return the folders among the sources that hold a file of a name that may be used."""
        found = (path for path in self._elsewhere.named(name) if name)
        folders = (
            path.parent for path in found if self._check(path).resolution is Resolution.FOUND
        )
        return tuple(dict.fromkeys(folders))

    def inside(self, path: Path) -> tuple[str, ...]:
        """Return where a path really lies in the dandiset; nothing if outside.

        Links on the way are followed, a link that the path itself is is not.
        """
        folder = _real(path.parent)
        if not _is_within(folder, self._dandiset):
            return ()
        return (*Path(folder).relative_to(self._dandiset).parts, path.name)

    def _places(self, recording: Path, reference: Reference) -> list[Path]:
        """Return where a file would lie, if the reference were right on this machine."""
        if reference.kind is ReferenceKind.RELATIVE:
            places = [_follow(recording.parent, reference)]
            if recording.is_symlink():
                places.append(_follow(Path(os.path.realpath(recording)).parent, reference))
            return places
        here = _of_this_machine(reference)
        return [here] if here is not None else []

    def _find(
        self, recording: Path, reference: Reference, tried: Sequence[Path]
    ) -> ResolvedReference:
        name = reference.name
        beside: list[Path] = []
        found: list[Path] = []
        if name and name not in {".", ".."}:
            path = recording.parent / name
            if reference.is_absolute and _is_there(path) and not path.is_dir():
                beside = [path]
            found = self._search.named(name)
        checked = [self._check(path) for path in (*beside, *found)]
        if not checked:
            where = tried[0] if tried else f"{reference.posix} is a path of another machine"
            return ResolvedReference(
                resolution=Resolution.MISSING,
                detail=f"there is no {where}" if tried else str(where),
            )
        unique: dict[str, MediaFacts] = {}
        for one in checked:
            if one.media is not None and one.resolution is Resolution.FOUND:
                unique.setdefault(one.media.stamp.identity, one.media)
        if not unique:
            return checked[0]
        return ResolvedReference(
            resolution=Resolution.AMBIGUOUS,
            candidates=tuple(unique.values()),
            has_beside=bool(beside) and checked[0].resolution is Resolution.FOUND,
        )

    def _check(self, path: Path) -> ResolvedReference:
        """Return whether what lies at a path may be used."""
        found = os.fspath(path)
        # What a hostile reference learns of a file outside is that it is refused.
        if not self.may_use(path):
            return ResolvedReference(
                resolution=Resolution.OUTSIDE, detail=found, media=self._link(path)
            )
        if unfetched_key(path) is not None:
            return ResolvedReference(
                resolution=Resolution.NOT_FETCHED, detail=found, media=self._link(path)
            )
        try:
            status = path.stat()
        except (OSError, ValueError):
            return ResolvedReference(resolution=Resolution.DANGLING, detail=found)
        if not stat.S_ISREG(status.st_mode):
            return ResolvedReference(resolution=Resolution.NOT_A_FILE, detail=found)
        if status.st_size == 0:
            return ResolvedReference(resolution=Resolution.EMPTY, detail=found)
        if _is_in_store(_real(path.parent)):
            return ResolvedReference(resolution=Resolution.IN_STORE, detail=found)
        media = MediaFacts(
            source=found,
            stamp=Stamp(
                size=status.st_size,
                modified_ns=status.st_mtime_ns,
                identity=f"{status.st_dev}:{status.st_ino}",
            ),
            inside=self.inside(path),
            annexed=is_annexed(path),
            name=path.name,
        )
        return ResolvedReference(resolution=Resolution.FOUND, media=media)

    def _link(self, path: Path) -> MediaFacts | None:
        """Return a link of the dandiset itself, which may stay there, whatever it leads to."""
        inside = self.inside(path)
        if not inside:
            return None
        return MediaFacts(
            source=os.fspath(path),
            stamp=Stamp(size=0, modified_ns=0, identity=f"link:{path}"),
            inside=inside,
            annexed=is_annexed(path),
            name=path.name,
        )

    def _is_within_roots(self, path: Path) -> bool:
        real = os.path.realpath(path)
        return any(_is_within(real, root) for root in self._roots)


@functools.lru_cache(maxsize=4096)
def _is_in_store(folder: str) -> bool:
    """Whether a folder is a Zarr store, or lies in one, which is placed as a whole."""
    return any(is_store(os.fspath(each)) for each in (Path(folder), *Path(folder).parents))


@functools.lru_cache(maxsize=4096)
def _real(folder: Path) -> str:
    return os.path.realpath(folder)


def is_annexed(path: Path) -> bool:
    """Whether a path is a link to an object, fetched or not, of its git repository's annex."""
    return path.is_symlink() and annexed_place(path) is not None


def _of_this_machine(reference: Reference) -> Path | None:
    """Return what an absolute reference names here; ``None`` if it is another system's."""
    drive = re.fullmatch(r"[A-Za-z]:", reference.anchor) is not None
    share = reference.anchor.startswith("//")
    if sys.platform == "win32":
        if not (drive or share):
            return None
    elif drive or share or reference.kind in {ReferenceKind.DRIVE, ReferenceKind.UNC}:
        return None
    anchor = reference.anchor.rstrip("/") + "/"
    return absolute(Path(anchor + "/".join(reference.parts)))


def _follow(folder: Path, reference: Reference) -> Path:
    # As text, like everyone who resolves the reference later: "a/../b" is "b", whatever "a" is.
    parts = collapse((*folder.parts[1:], *reference.parts))
    climbing = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    return Path(folder.anchor, *parts[climbing:])


def _is_there(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a zero byte in the name
        return False


def _is_within(path: str, root: str) -> bool:
    try:
        return os.path.commonpath([path, root]) == root
    except ValueError:  # another Windows drive
        return False
