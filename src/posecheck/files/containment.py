"""Whether a path stays in a folder, links followed: one check, whatever way it was named.

A dandiset may come from anywhere, and a link in it may lead anywhere: to the key in a home
directory as well as to a video. Links are followed only as far as the folder goes, into the annex
of its own repository, and into folders that the user named.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.annex import annexed_object

_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Contained:
    """A path that stays in the folder.

    Attributes
    ----------
    origin
        Where its content lies, if that is outside and allowed; else empty.
    """

    origin: str = ""


@dataclass(frozen=True, slots=True)
class Escaping:
    """A path that leaves the folder, or leads to what is hidden in it.

    Attributes
    ----------
    real
        Where it leads.
    hidden
        The same from the folder, if it is in there and hidden; else empty.
    """

    real: Path
    hidden: str = ""


class PathGuard:
    """Checks which paths stay in a folder.

    Parameters
    ----------
    root
        The folder.
    linked_from
        Folders outside it to which links may lead.

    Attributes
    ----------
    root
        The folder.
    linked_from
        The real paths of the folders outside it.
    """

    def __init__(self, root: Path, linked_from: Sequence[Path] = ()) -> None:
        self.linked_from = tuple(Path(os.path.realpath(folder)) for folder in linked_from)
        self.root = root
        self._real_root = Path(os.path.realpath(root))
        self._real_folders: dict[Path, Path] = {}

    def check(self, path: Path) -> Contained | Escaping:
        """Follow a path link by link, and return where it leads.

        Raises
        ------
        OSError, ValueError
            If it cannot be followed.
        """
        place = path
        for _ in range(_MOST_LINKS):
            place = self._real_folder(place.parent) / place.name
            is_inside = _holds(self._real_root, place)
            if not is_inside and not any(_holds(folder, place) for folder in self.linked_from):
                break
            if not place.is_symlink():
                return Contained("" if is_inside else str(place))
            content = annexed_object(place)
            if content is not None:
                return Contained("" if is_inside else str(content))
            place = place.parent / place.readlink()
        real = Path(os.path.realpath(path))
        if real.is_relative_to(self._real_root):
            return Escaping(real, real.relative_to(self._real_root).as_posix())
        return Escaping(real)

    def _real_folder(self, folder: Path) -> Path:
        if folder not in self._real_folders:
            self._real_folders[folder] = Path(os.path.realpath(folder))
        return self._real_folders[folder]


def _holds(folder: Path, place: Path) -> bool:
    """Whether a folder holds a place, and no hidden folder in it does."""
    if not place.is_relative_to(folder):
        return False
    return not any(part.startswith(".") for part in place.relative_to(folder).parts)
