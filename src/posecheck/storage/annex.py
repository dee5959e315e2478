"""Content that is named here and lies elsewhere: git-annex links and pointers, Git LFS pointers.

A datalad repository on a CI machine has the tree and not the content. Such a file is not broken:
it is not fetched.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

_ANNEX_OBJECT = re.compile(r"(?:^|[/\\])annex[/\\]objects[/\\]")
_LONGEST_POINTER = 32 * 1024


def unfetched_key(path: Path) -> str | None:
    """Return the key of content that is not here, or ``None`` if the file is what it seems.

    Parameters
    ----------
    path
        A path; nothing need exist there.

    Returns
    -------
    str or None
        The git-annex key or the Git LFS object's hash.
    """
    try:
        status = path.lstat()
    except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in the name
        return None
    if stat.S_ISLNK(status.st_mode):
        return _key_of_link(path)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LONGEST_POINTER:
        return None
    return _key_of_pointer(path)


def repository_of(content: Path) -> Path | None:
    """Return the repository whose annex keeps some content.

    Parameters
    ----------
    content
        Where it really lies.

    Returns
    -------
    Path or None
        The folder that holds ``.git``; ``None`` if it is no object of such an annex.
    """
    for folder in content.parents:
        if folder.name == "objects" and folder.parts[-3:-1] == (".git", "annex"):
            return folder.parents[2]
    return None


def nearest_repository(folder: Path) -> Path | None:
    """Return the nearest folder upwards that is a git repository."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)


def keeps_annex(folder: Path) -> bool:
    """Whether git-annex would take what comes into a folder.

    ``git annex add`` makes the object of the file itself, and write-protects it: whatever other
    name it has is write-protected along with it.
    """
    repository = nearest_repository(folder)
    if repository is None:
        return False
    kept = repository / ".git"
    if kept.is_file():  # a worktree or a submodule says there where it is kept
        kept = _followed(kept, "gitdir:")
        kept = _followed(kept / "commondir") if (kept / "commondir").is_file() else kept
    return (kept / "annex").is_dir()


def _followed(file: Path, prefix: str = "") -> Path:
    """Return the path that a small file of git's names, relative to where it lies."""
    try:
        with file.open("rb") as opened:
            text = os.fsdecode(opened.read(_LONGEST_POINTER)).removeprefix(prefix).strip()
    except OSError:
        return file
    return file.parent / text


def _key_of_link(path: Path) -> str | None:
    try:
        target = str(path.readlink())
        fetched = path.exists()
    except OSError:
        return None
    if not _ANNEX_OBJECT.search(target):
        return None
    # git-annex unlocks a file as a link to a pointer only on odd file systems; ask once more.
    if fetched:
        return None
    return re.split(r"[/\\]", target)[-1]


def _key_of_pointer(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return None
    first, _, rest = head.partition(b"\n")
    if re.match(rb"^/?annex/objects/", first):
        return os.fsdecode(first.rsplit(b"/", 1)[-1]).strip()
    if first.startswith(b"version https://git-lfs.github.com/spec/"):
        oid = re.search(rb"oid (\S+)", rest)
        return os.fsdecode(oid[1]) if oid else "Git LFS"
    return None
