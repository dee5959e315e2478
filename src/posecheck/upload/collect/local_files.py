"""Files of a dandiset that may be sent, and why others may not."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from posecheck.dandi_layout.archive_path import LONGEST_PATH
from posecheck.files.containment import Escaping, PathGuard
from posecheck.model.errors import Argument, UsageError
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import LINKED_FROM, Obstacle


def open_guard(root: Path, linked_from: Sequence[Path] = ()) -> PathGuard:
    """Return the check of which paths stay in a dandiset.

    Raises
    ------
    UsageError
        If one of the folders from which links may bring files is none.
    """
    for folder in linked_from:
        if not folder.is_dir():
            raise UsageError(Argument("linked_from"), f": {folder} is no folder")
    return PathGuard(root, linked_from)


def local_file(guard: PathGuard, parts: Sequence[str]) -> LocalFile | Obstacle:
    """Look up a file, or say why it may not be sent; nothing is opened.

    Parameters
    ----------
    guard
        Checks which paths stay in the dandiset.
    parts
        The components of the file's path in the dandiset.
    """
    location = guard.root.joinpath(*parts)
    path = "/".join(parts)
    if len(path) > LONGEST_PATH:
        return Obstacle(
            f"has a path of {len(path)} characters in the dandiset, and the archive stores "
            f"{LONGEST_PATH} at most",
            "Shorten the names; `posecheck organize --video-names object-id` gives videos "
            "short ones.",
        )
    try:
        status = location.stat()
        if not stat.S_ISREG(status.st_mode):
            return Obstacle("is no regular file", "Look at what lies there.")
        checked = guard.check(location)
    except (OSError, ValueError):
        return Obstacle("cannot be read", "Check its permissions.")
    if isinstance(checked, Escaping):
        return _describe(checked, location)
    if not os.access(location, os.R_OK):
        return Obstacle("cannot be read", "Check its permissions.")
    return LocalFile(
        path=path,
        location=str(location),
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        identity=f"{status.st_dev}:{status.st_ino}" if status.st_ino else "",
        origin=checked.origin,
    )


def _describe(escaping: Escaping, location: Path) -> Obstacle:
    kind = "is a link" if location.is_symlink() else "lies in a linked folder"
    if escaping.hidden:
        reason = f"{kind} that leads to what is hidden, and never uploaded: {escaping.hidden}"
        return Obstacle(reason, "Put a copy of it in its place.", leads_out=True)
    return Obstacle(
        f"{kind} that leads out of the dandiset, to {escaping.real}", LINKED_FROM, leads_out=True
    )
