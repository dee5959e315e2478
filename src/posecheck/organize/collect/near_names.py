"""Files whose names are nearly what a reference says: reported, and never used in its place.

A name may look the same and be another one: macOS writes accents apart (NFD), Windows finds a file
in any capitals, and copying programs make blanks of underscores.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from posecheck.organize.collect.file_index import Search

_LISTED = 3
_BLANKS = re.compile(r"[\s_]+")


class NearNames:
    """Looks in the folders where missing files would lie for others of nearly their names.

    Parameters
    ----------
    may_use
        Whether a path lies where the user said: no other folder is listed.
    searches
        The folders in which missing files are searched for by name, and those that hold the
        sources: where nothing nearly fits in the place itself, these are searched in turn.
    """

    def __init__(self, may_use: Callable[[Path], bool], searches: Sequence[Search]) -> None:
        self._may_use = may_use
        self._searches = searches
        self._listings: dict[Path, dict[str, list[str]]] = {}

    def near(self, wanted: Sequence[Path]) -> tuple[str, ...]:
        """Say which files nearly have a name, each with how it differs.

        Parameters
        ----------
        wanted
            Where the file would lie, as absolute paths: none of them is there.
        """
        found: dict[str, None] = {}
        for path in wanted:
            for near in self._find(path):
                found[f"{near}, {_difference(str(path), str(near))}"] = None
        for search in self._searches:
            if found:
                break
            for name in dict.fromkeys(path.name for path in wanted):
                for near in search.named_alike(name, plain_name):
                    if near.name != name and self._may_use(near):
                        found[f"{near}, {_difference(name, near.name)}"] = None
        return tuple(found)[:_LISTED]

    def _find(self, path: Path) -> Iterator[Path]:
        """Yield the files that a path leads to where each name in it may be nearly so."""
        there = path.parent
        while not there.is_dir() and there != there.parent:
            there = there.parent
        folders = [there]
        *names, last = path.relative_to(there).parts
        for name in names:
            folders = [near for folder in folders for near in self._alike(folder, name)]
        for folder in folders:
            yield from (
                near
                for near in self._alike(folder, last)
                if near != path and near.is_file() and self._may_use(near)
            )

    def _alike(self, folder: Path, name: str) -> list[Path]:
        if folder not in self._listings:
            self._listings[folder] = self._listing(folder)
        return [folder / alike for alike in self._listings[folder].get(plain_name(name), ())]

    def _listing(self, folder: Path) -> dict[str, list[str]]:
        listing: dict[str, list[str]] = {}
        try:
            # What a hostile reference learns of a folder outside is nothing.
            names = sorted(os.listdir(folder)) if self._may_use(folder) else []  # noqa: PTH208
        except (OSError, ValueError):
            names = []
        for name in names:
            listing.setdefault(plain_name(name), []).append(name)
        return listing


def plain_name(name: str) -> str:
    """Return what is equal for names that are nearly so."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _BLANKS.sub("_", folded).replace("_.", ".").strip("_")


def _difference(one: str, other: str) -> str:
    """Say how a name differs from another, as a clause."""
    if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other):
        return "which looks the same and spells an accent in another way (Unicode NFC or NFD)"
    if unicodedata.normalize("NFC", one.casefold()) == unicodedata.normalize(
        "NFC", other.casefold()
    ):
        return "in other capitals"
    return (
        "with other blanks or underscores" if _BLANKS.search(one + other) else "spelled otherwise"
    )
