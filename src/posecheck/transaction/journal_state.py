"""What a journal tells, record by record."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""Of the journal."""

_MARKS = {
    "placed": "is_placed",
    "done": "is_done",
    "undo": "is_undoing",
    "undone": "is_undone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A file that is about to get its place, as it lies beside it.

    Attributes
    ----------
    item
        Its number in the plan: media first, then recordings.
    how
        How its content was brought.
    size, modified_ns
        What `os.lstat` says of it.
    link
        What it says, if it is a symbolic link.
    sha256
        The digest of an NWB file that was rewritten.
    """

    item: int
    how: str
    size: int
    modified_ns: int
    link: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A source that is about to lose its name.

    Attributes
    ----------
    item
        Its number in the plan.
    link
        What it says, if it is a symbolic link.
    modified_ns
        Its own modification time, which for a link is the link's.
    is_kept
        Whether it is kept in the run's folder, because the target cannot bring it back.
    """

    item: int
    link: str = ""
    modified_ns: int = 0
    is_kept: bool = False


@dataclass(slots=True, kw_only=True)
class Story:
    """What a journal tells.

    Attributes
    ----------
    seal
        By which this user's posecheck knows the run again.
    now_ns
        When the run began, which is the modification time of all that it rewrites.
    created
        Folders that were made for the dandiset itself, outermost first.
    folders
        Folders in the dandiset that the run makes, outermost first.
    identifier_sha256
        The digest of the ``dandiset.yaml`` that it writes.
    landings, removals
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
    identifier_sha256: str = ""
    landings: dict[int, Landing] = field(default_factory=dict)
    removals: dict[int, Removal] = field(default_factory=dict)
    pruned: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    is_begun: bool = False
    is_placed: bool = False
    is_done: bool = False
    is_undoing: bool = False
    is_undone: bool = False

    def hear(self, record: Mapping[str, Any]) -> None:
        """Take in the next record."""
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
            case "identifier":
                self.identifier_sha256 = record["sha256"]
            case "place":
                self.landings.update({told["item"]: Landing(**told) for told in record["items"]})
            case "remove":
                self.removals.update({told["item"]: Removal(**told) for told in record["items"]})
            case "prune":
                self.pruned.extend((_below(path), mode) for path, mode in record["folders"])
            case mark:
                setattr(self, _MARKS[mark], True)


def _below(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the components of a folder in the dandiset; no record leads out of it."""
    path = tuple(parts)
    separators = {"/", os.sep, os.altsep or "/", "\0"}
    if not path or any(
        name in {"", ".", ".."} or any(mark in name for mark in separators) for name in path
    ):
        raise ValueError(f"{path!r} is no folder in the dandiset")
    return path
