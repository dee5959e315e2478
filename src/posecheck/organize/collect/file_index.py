"""Search folders that the user named for files of a name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from posecheck.model.natural_order import natural_key


class Search:
    """The files under some folders, by name: listed once, when the first is asked for.

    Hidden folders and folders that are links are not entered.

    Parameters
    ----------
    roots
        Absolute paths of the folders.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self._index: dict[str, list[str]] | None = None
        self._alike: dict[str, list[str]] | None = None
        self._linked: list[str] = []

    def named(self, name: str) -> list[Path]:
        """Return the files of a name, in the order of the folders and naturally sorted in each."""
        if self._index is None:
            self._index = {}
            for root in self._roots:
                self._list(os.fspath(root), self._index)
        return [Path(path) for path in dict.fromkeys(self._index.get(name, ()))]

    def named_alike(self, name: str, plain: Callable[[str], str]) -> list[Path]:
        """Return the files whose names are equal to a name in what a function makes of both."""
        self.named(name)
        if self._alike is None:
            self._alike = {}
            for other in self._index or ():
                self._alike.setdefault(plain(other), []).append(other)
        return [path for other in self._alike.get(plain(name), ()) for path in self.named(other)]

    @property
    def linked_folders(self) -> tuple[str, ...]:
        """The linked folders that were met and not entered."""
        return tuple(dict.fromkeys(self._linked))

    def _list(self, root: str, index: dict[str, list[str]]) -> None:
        waiting = [root]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda entry: natural_key(entry.name))
            except OSError:
                continue
            below = []
            for entry in listed:
                try:
                    is_folder = entry.is_dir(follow_symlinks=False)
                    leads_to_folder = not is_folder and entry.is_dir()
                except OSError:
                    continue
                if is_folder:
                    if not entry.name.startswith("."):
                        below.append(entry.path)
                elif leads_to_folder:
                    self._linked.append(entry.path)
                else:
                    index.setdefault(entry.name, []).append(entry.path)
            waiting += reversed(below)
