"""One walk through folders, for all that search them: no linked folder is ever entered.

An explicit stack holds what is left to do: a hostile tree may be deeper than Python recurses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from posecheck.model.natural_order import natural_key


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk came upon.

    Attributes
    ----------
    path
        Where it lies.
    relative
        The same from the folder where the walk began; empty for that folder itself.
    entry
        As the system lists it; ``None`` for a folder that cannot be listed.
    error
        Why a folder cannot be listed, as the system says it.
    """

    path: str
    relative: str
    entry: os.DirEntry[str] | None = None
    error: str = ""


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, and no link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def is_linked_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a link to a folder."""
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return False


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_hidden(name: str) -> bool:
    """Whether a name begins with a dot, so that it is neither checked nor uploaded."""
    return name.startswith(".")


def walk(
    top: str | os.PathLike[str],
    *,
    enters: Callable[[str], bool] = lambda name: not is_hidden(name),
    wants: Callable[[os.DirEntry[str]], bool] = lambda entry: True,
    skips: Callable[[Collection[str]], bool] = lambda names: False,
    files_first: bool = True,
) -> Iterator[Walked]:
    """Yield what lies in a folder and in those below it, in natural order.

    A folder that is entered is not yielded itself.

    Parameters
    ----------
    top
        The folder.
    enters
        Decides by its name whether a folder is entered. One that is not is yielded, if wanted.
    wants
        Decides of everything else whether it is yielded.
    skips
        Decides by the names in a folder whether all of it is left out.
    files_first
        Whether what lies in a folder comes before what lies in the folders below. By default it
        does; otherwise a folder has its place among the files beside it.
    """
    waiting: list[tuple[Walked, bool]] = [(Walked(os.fspath(top), ""), True)]
    while waiting:
        here, is_entered = waiting.pop()
        if not is_entered:
            yield here
            continue
        try:
            with os.scandir(here.path) as entries:
                listed = list(entries)
        except OSError as error:
            yield Walked(here.path, here.relative, error=error.strerror or str(error))
            continue
        if skips([entry.name for entry in listed]):
            continue
        found = []
        for entry in listed:
            enter = is_folder(entry) and enters(entry.name)
            if enter or wants(entry):
                relative = os.path.join(here.relative, entry.name)  # noqa: PTH118 - thousands
                found.append((Walked(entry.path, relative, entry), enter))
        found.sort(key=lambda one: natural_key(os.path.basename(one[0].path)))  # noqa: PTH119
        if files_first:
            yield from (one for one, enter in found if not enter)
            found = [(one, enter) for one, enter in found if enter]
        waiting += reversed(found)


def walk_everything(
    top: str | os.PathLike[str], leaves_out: Collection[str] = ()
) -> Iterator[Walked]:
    """Yield all that lies in a folder and in those below it, hidden names and folders, too.

    The order is always the same; a folder comes before what lies in it. Paths are in POSIX
    spelling.

    Parameters
    ----------
    top
        The folder.
    leaves_out
        Names that are passed over, with what lies below them.
    """
    waiting = [(os.fspath(top), "")]
    while waiting:
        folder, relative = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Walked(folder, relative, error=error.strerror or str(error))
            continue
        for entry in listed:
            if entry.name in leaves_out:
                continue
            inside = f"{relative}/{entry.name}" if relative else entry.name
            yield Walked(entry.path, inside, entry)
            if is_folder(entry):
                waiting.append((entry.path, inside))


def files_in(folder: str | os.PathLike[str]) -> list[str]:
    """Return the names in a folder that lead to no folder; none if it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not leads_to_folder(entry)]
    except OSError:
        return []
    return sorted(names, key=natural_key)
