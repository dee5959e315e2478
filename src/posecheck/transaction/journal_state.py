"""What a journal says, record by record."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 2
"""Of the journal."""

_MARKS = {
    "placed": "is_placed",
    "done": "is_done",
    "undo": "is_undoing",
    "undone": "is_undone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRecord:
    """A file that is about to get its place, as it lies under its hidden name beside that.

    Attributes
    ----------
    item
        Its number in the transaction.
    how
        How its content came there: a `posecheck.transaction.steps.TransferMode`.
    size, modified_ns
        What `os.lstat` says of it.
    link
        What it says, if it is a symbolic link.
    sha256
        The digest of an HDF5 file of which strings were changed.
    tree
        The digest of the names, sizes and times of all files of a Zarr store.
    """

    item: int
    how: str
    size: int
    modified_ns: int
    link: str = ""
    sha256: str = ""
    tree: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedRecord:
    """A source that is about to lose its name.

    Attributes
    ----------
    item
        Its number in the transaction.
    link
        What it says, if it is a symbolic link.
    modified_ns
        Its own modification time, which for a link is the link's.
    is_kept
        Whether it is kept in the run's folder, because it cannot be restored from its target.
    """

    item: int
    link: str = ""
    modified_ns: int = 0
    is_kept: bool = False


@dataclass(slots=True, kw_only=True)
class JournalState:
    """What was done, as far as a journal says.

    Attributes
    ----------
    seal
        By which this user's posecheck recognizes the run.
    now_ns
        When the run began, which is the modification time of all that it rewrites.
    created
        Folders that were made for the root itself, outermost first.
    folders
        Folders below the root that the run makes, outermost first.
    written
        The digests of the new files, by the components of their places.
    placed, removed
        By the number of the item.
    pruned
        Folders that it removes because they are empty, innermost first, with their permissions.
    is_begun, is_placed, is_done, is_undoing, is_undone
        How far it is.
    """

    seal: str = ""
    now_ns: int = 0
    created: list[str] = field(default_factory=list)
    folders: list[tuple[str, ...]] = field(default_factory=list)
    written: dict[tuple[str, ...], str] = field(default_factory=dict)
    placed: dict[int, PlacedRecord] = field(default_factory=dict)
    removed: dict[int, RemovedRecord] = field(default_factory=dict)
    pruned: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    is_begun: bool = False
    is_placed: bool = False
    is_done: bool = False
    is_undoing: bool = False
    is_undone: bool = False

    def apply(self, record: Mapping[str, Any]) -> None:
        """Add the next record."""
        match record["step"]:
            case "begin":
                if record["format"] != FORMAT:
                    raise ValueError("it is of another version of posecheck")
                self.is_begun = True
                self.seal = record["seal"]
                self.now_ns = record["now"]
                self.created = list(record["created"])
            case "folders":
                self.folders.extend(_below(path) for path in record["paths"])
            case "write":
                self.written[_below(record["path"])] = record["sha256"]
            case "place":
                self.placed.update({one["item"]: PlacedRecord(**one) for one in record["items"]})
            case "remove":
                self.removed.update({one["item"]: RemovedRecord(**one) for one in record["items"]})
            case "prune":
                self.pruned.extend((_below(path), mode) for path, mode in record["folders"])
            case mark:
                setattr(self, _MARKS[mark], True)


def _below(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the components of a path below the root; no record leads out of it."""
    path = tuple(parts)
    separators = {"/", os.sep, os.altsep or "/", "\0"}
    if not path or any(
        name in {"", ".", ".."} or any(mark in name for mark in separators) for name in path
    ):
        raise ValueError(f"{path!r} is no path below the root")
    return path
