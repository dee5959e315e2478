"""The folder to which the fingerprints of a report are relative, and the path of a file in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from posecheck.files.folders import common_folder
from posecheck.sources.remote_access import is_address

_GIT = ".git"
_DANDISET = "dandiset.yaml"


def find_root(paths: Sequence[str], configured: Path | None) -> str:
    """Return the root of a report.

    Parameters
    ----------
    paths
        What the run checks; none stands for the current folder.
    configured
        The absolute path of the configuration's folder; ``None`` if there is none.

    Returns
    -------
    str
        The absolute path of the top of the git repository that holds all paths, else of their
        dandiset, else of the folder of the configuration where that holds them, else of the folder
        that holds them all.
    """
    start = common_folder(paths or (".",))
    around = (start, *start.parents)
    root = _holding(around, _GIT) or _holding(around, _DANDISET)
    if root is None and configured in around:
        root = configured
    return str(root or start)


def holds_folder(paths: Sequence[str], folder: Path) -> bool:
    """Whether one of the paths of a run is a folder, or holds it: all its files are checked."""
    absolute = (Path(os.path.abspath(path)) for path in paths or (".",))  # noqa: PTH100 - keeps links
    return any(path == folder or path in folder.parents for path in absolute)


def path_in(root: str, file: str) -> str:
    """Return the path of a file from the root, with slashes; an address stays what it is."""
    if is_address(file):
        return file
    absolute = os.path.abspath(file)  # noqa: PTH100
    try:
        return Path(os.path.relpath(absolute, root)).as_posix()
    except ValueError:  # on Windows, another drive
        return Path(absolute).as_posix()


def _holding(folders: Iterable[Path], name: str) -> Path | None:
    return next((folder for folder in folders if os.path.lexists(folder / name)), None)
