"""Search folders that the user named for files of a name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from posecheck.files.walk import is_folder, is_linked_folder, walk


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
        """The linked folders that were found and not entered."""
        return tuple(dict.fromkeys(self._linked))

    def _list(self, root: str, index: dict[str, list[str]]) -> None:
        for found in walk(root):
            if found.entry is None or is_folder(found.entry):
                continue
            if is_linked_folder(found.entry):
                self._linked.append(found.path)
            else:
                index.setdefault(found.entry.name, []).append(found.path)
