"""The dandiset's folder, and what stands in the way of a target."""

from __future__ import annotations

import functools
import os
import shutil
import stat
from pathlib import Path

from posecheck.files.annex import keeps_annex
from posecheck.files.content import same_content
from posecheck.organize.plan.facts import MediaFacts, Obstacle, Occupant
from posecheck.organize.plan.names import folded


class Folder:
    """A dandiset's folder as `posecheck.organize.plan.facts.Destination`; it need not exist yet.

    Parameters
    ----------
    root
        Its absolute path.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listings: dict[Path, dict[tuple[str, ...], set[str]]] = {}

    @functools.cached_property
    def device(self) -> str:
        """The device that it lies on."""
        return str(_nearest(self._root).stat().st_dev)

    @functools.cached_property
    def free(self) -> int:
        """Bytes that this user can still write to it."""
        return shutil.disk_usage(_nearest(self._root)).free

    def occupant(self, target: tuple[str, ...]) -> Occupant | None:
        """Return what stands at a target or on the way there, in whatever case it is spelled."""
        folder = self._root
        for depth, name in enumerate(target, start=1):
            alike = self._listing(folder).get(folded((name,)))
            path = folder / name
            if not alike:
                return None
            if name not in alike:
                spelled = (*target[: depth - 1], min(alike))
                return Occupant(path=spelled, obstacle=Obstacle.OTHER_CASE)
            if depth == len(target):
                obstacle = Obstacle.FOLDER if path.is_dir() else Obstacle.FILE
                return Occupant(path=target, obstacle=obstacle)
            if path.is_symlink():
                return Occupant(path=target[:depth], obstacle=Obstacle.LINKED_FOLDER)
            if not path.is_dir():
                return Occupant(path=target[:depth], obstacle=Obstacle.NOT_A_FOLDER)
            folder = path
        return None

    def holds(self, media: MediaFacts, target: tuple[str, ...]) -> bool:
        """Whether the file at a target has the content of a source.

        The content itself is compared: two recordings that a camera began in one instant may be
        alike in all but that, and a source that moves must not be taken for what it is not.
        """
        path = self._root.joinpath(*target)
        try:
            status = path.stat()
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode) or status.st_size != media.stamp.size:
            return False
        if f"{status.st_dev}:{status.st_ino}" == media.stamp.identity:
            return True
        return same_content(path, Path(media.source))

    def keeps_annex(self, target: tuple[str, ...]) -> bool:
        """Whether git-annex would take what comes to a target."""
        return _keeps_annex(_nearest(self._root.joinpath(*target[:-1])))

    def why_unwritable(self, target: tuple[str, ...]) -> str:
        """Say why nothing can be written at a target; empty if something can."""
        folder = _nearest(self._root.joinpath(*target[:-1]))
        return self._why_locked(folder, "written to")

    def why_unmovable(self, source: str) -> str:
        """Say why a source cannot be taken from its folder; empty if it can."""
        return self._why_locked(Path(source).parent, "taken from, and a file of it is to be moved")

    @staticmethod
    @functools.cache
    def _why_locked(folder: Path, what: str) -> str:
        if os.access(folder, os.W_OK | os.X_OK):
            return ""
        return f"The folder {folder} cannot be {what}"

    def _listing(self, folder: Path) -> dict[tuple[str, ...], set[str]]:
        if folder not in self._listings:
            try:
                names = os.listdir(folder)  # noqa: PTH208 - names alone
            except OSError:
                names = []
            alike: dict[tuple[str, ...], set[str]] = {}
            for name in names:
                alike.setdefault(folded((name,)), set()).add(name)
            self._listings[folder] = alike
        return self._listings[folder]


@functools.lru_cache(maxsize=4096)
def _keeps_annex(folder: Path) -> bool:
    return keeps_annex(folder.resolve())


def _nearest(path: Path) -> Path:
    """Return a path, or the nearest one above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
