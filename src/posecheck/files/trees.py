"""Folders that are one file to NWB, as Zarr stores are: listed, compared and removed as a whole."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.folders import is_real_folder
from posecheck.files.publication import remove
from posecheck.files.walk import walk_everything


class TreeError(OSError):
    """A folder holds a link, or something that is neither file nor folder.

    Attributes
    ----------
    detail
        What it holds, as a clause.
    is_link
        Whether that is a link.
    """

    def __init__(self, detail: str, path: str, *, is_link: bool = False) -> None:
        super().__init__(0, detail, path)
        self.detail = detail
        self.is_link = is_link


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file in a folder.

    Attributes
    ----------
    name
        Its path in the folder, in POSIX spelling.
    size
        In bytes.
    modified_ns
        Its modification time in nanoseconds.
    """

    name: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies in a folder.

    Attributes
    ----------
    files
        Sorted by name.
    folders
        The folders in it, each after the one that holds it.
    """

    files: tuple[TreeFile, ...]
    folders: tuple[str, ...]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def modified_ns(self) -> int:
        """The time of the youngest file; 0 if there is none.

        Those of folders do not count: a copy has others.
        """
        return max((file.modified_ns for file in self.files), default=0)

    @property
    def digest(self) -> str:
        """Differs after any change that a name, a size or the time of a file shows."""
        found = hashlib.blake2b(digest_size=16)
        for folder in self.folders:
            found.update(f"{folder}/\n".encode("utf-8", "surrogateescape"))
        for file in self.files:
            line = f"{file.name}\0{file.size}\0{file.modified_ns}\n"
            found.update(line.encode("utf-8", "surrogateescape"))
        return found.hexdigest()

    def with_files(self, files: Iterable[TreeFile]) -> Tree:
        """Return the same with other files of the same names."""
        others = {file.name: file for file in files}
        return Tree(tuple(others.get(file.name, file) for file in self.files), self.folders)


def list_tree(root: Path) -> Tree:
    """List what lies in a folder; no link is followed.

    Raises
    ------
    TreeError
        If it is none, or holds a link or what is neither file nor folder.
    OSError
        If it cannot be read.
    """
    if not is_real_folder(root):
        raise TreeError("it is a link, or no folder", os.fspath(root))
    files: list[TreeFile] = []
    folders: list[str] = []
    for found in walk_everything(root):
        if found.entry is None:
            raise OSError(errno.EACCES, found.error, found.path)
        status = found.entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            files.append(TreeFile(found.relative, status.st_size, status.st_mtime_ns))
        elif is_real_folder(Path(found.path)):
            folders.append(found.relative)
        else:
            is_link = found.entry.is_symlink()
            what = f"a link to {_link_text(found.path)}" if is_link else "neither file nor folder"
            raise TreeError(f"{found.relative} in it is {what}", found.path, is_link=is_link)
    files.sort(key=lambda file: file.name)
    return Tree(tuple(files), tuple(sorted(folders)))


def _link_text(path: str) -> str:
    try:
        return repr(os.readlink(path))  # noqa: PTH115 - the text alone
    except OSError:
        return "another place"


def remove_any(path: Path) -> None:
    """Remove a file, a link, or a folder with all that lies in it; it is no error if it is gone.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    if not is_real_folder(path):
        remove(path)
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        # A folder in it may be read-only, as its source was.
        for folder, _, _ in os.walk(path):
            Path(folder).chmod(stat.S_IRWXU)
        shutil.rmtree(path)
