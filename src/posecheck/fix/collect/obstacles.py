"""Why a file must be left as it is: a link, git-annex, another program, permissions."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.annex import annexed_object
from posecheck.files.file_lock import describe_use, use_of
from posecheck.files.folders import is_real_folder
from posecheck.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a file is left as it is, and what its owner can do.

    Attributes
    ----------
    reason
        As a clause.
    remedy
        As sentences.
    """

    reason: str
    remedy: str = ""


def obstacle_to_changing(path: Path, root: Path) -> Obstacle | None:
    """Say why a file is left as it is; ``None`` if it may be changed.

    Parameters
    ----------
    path
        The file.
    root
        The absolute folder that holds all files.
    """
    if path.is_symlink():
        if annexed_object(path) is not None:
            return Obstacle(
                "git-annex keeps its content",
                f"Unlock it first: {_unlock_command(path)}. Add it again afterwards.",
            )
        return Obstacle("it is a link, and nothing is written through one", "Name the file.")
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - links are kept
    for folder in absolute.parents:
        if folder == root:
            break
        if not is_real_folder(folder):
            return Obstacle(
                f"{folder} is a link, and nothing is written through one", "Name the real folder."
            )
    use = use_of(path)
    if use.is_in_use:
        return Obstacle(f"it {describe_use(use)}", "Close it there.")
    if not os.access(absolute.parent, os.W_OK):
        return Obstacle(f"{absolute.parent} is read-only", "Make the folder writable.")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return Obstacle(f"it cannot be read: {error.strerror or error}")
    if not mode & stat.S_IWUSR:
        return Obstacle("it is read-only", "Make the file writable, if it may be changed.")
    return None


def _unlock_command(path: Path) -> str:
    folder, name = shlex.quote(os.fspath(path.parent)), shlex.quote(path.name)
    return f"git -C {folder} annex unlock {name}"


def literal_file(path: Path, finding: Finding) -> str:
    """Say that a reference with a backslash is, letter for letter, the name of a file.

    Parameters
    ----------
    path
        The NWB file.
    finding
        What is said of it; its subject is the reference.

    Returns
    -------
    str
        A clause; empty where the backslash separates folders, as it always does on Windows.
    """
    name = finding.subject
    if os.name == "nt" or "\\" not in name or "\0" in name:
        return ""
    if not os.path.lexists(path.parent / name):
        return ""
    return "a file is called exactly that, with the backslash; rename it first"
