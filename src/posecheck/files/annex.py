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
# https://git-annex.branchable.com/internals/key_format/
_KEY = re.compile(r"[A-Z0-9_]+((?:-[a-zA-Z][0-9]+)*)--.")
_SIZE = re.compile(r"-s([0-9]{1,18})(?![0-9])")
_LONGEST_POINTER = 32 * 1024
_LONGEST_OF_GIT = 256 * 1024
_WORKTREE = re.compile(r"^\s*worktree\s*=\s*(.*?)\s*$", re.MULTILINE)


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


def is_annex_key(key: str) -> bool:
    """Whether it is a key of git-annex, and not the hash of a Git LFS object."""
    return _KEY.match(key) is not None


def is_absent(path: Path) -> bool:
    """Whether git-annex keeps the content of a file, and it is not here."""
    key = unfetched_key(path)
    return key is not None and is_annex_key(key)


def key_size(key: str) -> int | None:
    """Return the bytes that a key of git-annex states; ``None`` if it states none."""
    found = _KEY.match(key)
    size = _SIZE.search(found[1]) if found else None
    return int(size[1]) if size else None


def stated_size(link: Path) -> int | None:
    """Return the bytes that the content of an annexed file has by its key, fetched or not.

    Parameters
    ----------
    link
        A path. Of an unlocked file that is fetched, its name says nothing: ``None``.
    """
    try:
        target = str(link.readlink())
    except (OSError, ValueError):
        return None
    return key_size(_key_in(target)) if _ANNEX_OBJECT.search(target) else None


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
    try:
        git = git_folder_of(folder)
        return git is not None and (git / "annex").is_dir()
    except (OSError, ValueError):
        return False


def git_folder_of(folder: Path) -> Path | None:
    """Return the folder in which git keeps what it knows of the repository that holds a folder.

    Returns
    -------
    Path or None
        ``None`` where there is no repository, or it is not certain which.
    """
    try:
        repository = nearest_repository(Path(os.path.realpath(folder)))
        return _git_folder(repository) if repository is not None else None
    except (OSError, ValueError):
        return None


def annexed_place(link: Path) -> Path | None:
    """Return where the content of an annexed file belongs, fetched or not.

    A link may say anything, and so may a ``.git`` that is no folder, in a tree that came from
    somewhere. So the content must belong in the annex of the very repository that holds the link,
    and a ``.git`` that leads elsewhere counts only if what it leads to names that repository.

    Parameters
    ----------
    link
        A link.

    Returns
    -------
    Path or None
        The real path of the content; ``None`` if the link leads to no place in that annex.
    """
    try:
        content, git = Path(os.path.realpath(link)), git_folder_of(link.parent)
    except (OSError, ValueError):
        return None
    if git is None or not content.is_relative_to(git / "annex" / "objects"):
        return None
    return content


def annexed_object(link: Path) -> Path | None:
    """Return where the content of an annexed file lies.

    Parameters
    ----------
    link
        A link.

    Returns
    -------
    Path or None
        As `annexed_place`; ``None`` also if no object lies there.
    """
    content = annexed_place(link)
    # An object lies in a folder of its own name.
    if content is None or content.parent.name != content.name:
        return None
    try:
        return content if stat.S_ISREG(content.stat().st_mode) else None
    except OSError:
        return None


def _git_folder(repository: Path) -> Path | None:
    """Return the folder in which git keeps what it knows of a repository, if that is certain."""
    git = repository / ".git"
    place = Path(os.path.realpath(git))
    if place.is_dir():
        if place == git:
            return git
    else:
        _, marker, pointed = _text_of(git).partition("gitdir:")
        if not marker:
            return None
        place = Path(os.path.realpath(repository / pointed.strip()))
    if place.parent.name == "worktrees":
        # The repository that a worktree belongs to names its folder.
        back = Path(place, _text_of(place / "gitdir").strip()).parent
        git = place.parent.parent
    else:
        back, git = _submodule_of(place), place
    return git if Path(os.path.realpath(back)) == repository else None


def _submodule_of(git: Path) -> Path:
    """Return the folder of the submodule that git keeps a folder for."""
    found = _WORKTREE.search(_text_of(git / "config"))
    if found is not None:
        return git / found[1].strip('"')
    # git-annex takes that entry out; what is left is the submodule's name, which is its path.
    parts = git.parts
    start = parts.index(".git") if ".git" in parts else 0
    if parts[start + 1 : start + 2] != ("modules",):
        return git
    return Path(*parts[:start], *(part for part in parts[start + 1 :] if part != "modules"))


def _text_of(path: Path) -> str:
    """Return what a small file of git's says; nothing if it is none."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LONGEST_OF_GIT:
        return ""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _key_of_link(path: Path) -> str | None:
    try:
        target = str(path.readlink())
        fetched = path.exists()
    except OSError:
        return None
    if not _ANNEX_OBJECT.search(target):
        return None
    # git-annex unlocks a file as a link to a pointer only on odd file systems; try once more.
    if fetched:
        return None
    return _key_in(target)


def _key_in(target: str) -> str:
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
