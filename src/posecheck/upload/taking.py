"""Which file of the disk may be taken for sending: one check, whatever way it was named.

A dandiset may come from anywhere, and a link in it may lead anywhere: to the key in a home
directory as well as to a video. Links are followed only as far as the dandiset goes, into the annex
of its own repository, and into folders that the user named.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from posecheck.dandi_layout.archive_path import LONGEST_PATH
from posecheck.files.annex import annexed_object
from posecheck.model.errors import Argument, UsageError
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import LINKED_FROM, Obstacle

_MOST_LINKS = 40


class Taker:
    """Takes files of a dandiset.

    Parameters
    ----------
    root
        The dandiset's folder.
    linked_from
        Folders outside it from which links may bring files in.

    Attributes
    ----------
    root
        The dandiset's folder.
    linked_from
        The real paths of the folders outside it.

    Raises
    ------
    UsageError
        If one of them is no folder.
    """

    def __init__(self, root: Path, linked_from: Sequence[Path] = ()) -> None:
        for folder in linked_from:
            if not folder.is_dir():
                raise UsageError(Argument("linked_from"), f": {folder} is no folder")
        self.linked_from = tuple(Path(os.path.realpath(folder)) for folder in linked_from)
        self.root = root
        self._real_root = Path(os.path.realpath(root))
        self._real_folders: dict[Path, Path] = {}

    def take(self, parts: Sequence[str]) -> LocalFile | Obstacle:
        """Look at a file, and say why it may not be sent if that is so; nothing is opened.

        Parameters
        ----------
        parts
            The components of its path in the dandiset.
        """
        location = self.root.joinpath(*parts)
        if len("/".join(parts)) > LONGEST_PATH:
            return Obstacle(
                f"has a path of {len('/'.join(parts))} characters in the dandiset, and the archive "
                f"stores {LONGEST_PATH} at most",
                "Shorten the names; `posecheck organize --video-names object-id` gives videos "
                "short ones.",
            )
        try:
            seen = location.stat()
            if not stat.S_ISREG(seen.st_mode):
                return Obstacle("is no regular file", "Look at what lies there.")
            origin = self._origin(location)
        except (OSError, ValueError):
            return Obstacle("cannot be read", "Check its permissions.")
        if isinstance(origin, Obstacle):
            return origin
        if not os.access(location, os.R_OK):
            return Obstacle("cannot be read", "Check its permissions.")
        return LocalFile(
            path="/".join(parts),
            location=str(location),
            size=seen.st_size,
            modified_ns=seen.st_mtime_ns,
            identity=f"{seen.st_dev}:{seen.st_ino}" if seen.st_ino else "",
            origin=origin,
        )

    def _origin(self, location: Path) -> str | Obstacle:
        """Follow a path link by link; return where it ends outside the dandiset, if it may."""
        place = location
        for _ in range(_MOST_LINKS):
            place = self._real_folder(place.parent) / place.name
            is_inside = _holds(self._real_root, place)
            if not is_inside and not any(_holds(folder, place) for folder in self.linked_from):
                break
            if not place.is_symlink():
                return "" if is_inside else str(place)
            content = annexed_object(place)
            if content is not None:
                return "" if is_inside else str(content)
            place = place.parent / place.readlink()
        real = Path(os.path.realpath(location))
        kind = "is a link" if location.is_symlink() else "lies in a linked folder"
        if real.is_relative_to(self._real_root):
            inside = real.relative_to(self._real_root).as_posix()
            reason = f"{kind} that leads to what is hidden, and never uploaded: {inside}"
            return Obstacle(reason, "Put a copy of it in its place.", leads_out=True)
        return Obstacle(
            f"{kind} that leads out of the dandiset, to {real}", LINKED_FROM, leads_out=True
        )

    def _real_folder(self, folder: Path) -> Path:
        if folder not in self._real_folders:
            self._real_folders[folder] = Path(os.path.realpath(folder))
        return self._real_folders[folder]


def _holds(folder: Path, place: Path) -> bool:
    """Whether a folder holds a place, and no hidden folder in it does."""
    if not place.is_relative_to(folder):
        return False
    return not any(part.startswith(".") for part in place.relative_to(folder).parts)
