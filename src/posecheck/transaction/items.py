"""The files of a transaction, one by one, each with its number and its paths on this machine."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.files.trees import TreeError, list_tree
from posecheck.transaction.journal_state import JournalState, PlacedRecord
from posecheck.transaction.steps import ChangeSet, PlaceFile, TransferMode

_LATER_NS = 1_000_000_000
"""How much newer than its source a rewritten file is, where that has a time in the future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file of a transaction.

    Attributes
    ----------
    number
        Its number in the journal.
    step
        What is done with it.
    source, target, temporary
        Where it lies, where it is placed, and under which name it is prepared beside that.
    is_in_place
        Whether the target is the source itself.
    """

    number: int
    step: PlaceFile
    source: Path
    target: Path
    temporary: Path
    is_in_place: bool

    @property
    def name(self) -> str:
        """Its target from the root, in POSIX spelling."""
        return "/".join(self.step.target)

    @property
    def is_kept(self) -> bool:
        """Whether what the source was has to be kept, because nothing has it afterwards."""
        return self.is_moved or self.is_in_place

    @property
    def again(self) -> Path:
        """The hidden name under which the prepared file, or a part of it, is written once more."""
        return self.temporary.with_name(f"{self.temporary.name}.again")

    @property
    def is_moved(self) -> bool:
        """Whether the source's own name is removed in the end."""
        return not self.is_in_place and self.step.mode is TransferMode.MOVE


def list_items(changes: ChangeSet, run: str) -> list[Item]:
    """Return the files of a transaction, numbered.

    Parameters
    ----------
    changes
        What the transaction does.
    run
        The run's name, which is in the hidden names.
    """
    root = Path(changes.root)
    real_root = Path(os.path.realpath(root))
    items = []
    for number, step in enumerate(changes.files):
        source, target = Path(step.source), root.joinpath(*step.target)
        real_source = Path(os.path.realpath(source.parent)) / source.name
        items.append(
            Item(
                number=number,
                step=step,
                source=source,
                target=target,
                temporary=temporary_beside(target, run, str(number)),
                is_in_place=real_source == real_root.joinpath(*step.target),
            )
        )
    return items


def temporary_beside(target: Path, run: str, name: str) -> Path:
    """Return the hidden name under which a file is prepared beside its place."""
    return target.with_name(f".posecheck-{run}-{name}.tmp")


def newer_than(original_ns: int, now_ns: int) -> int:
    """Return the time of a file whose bytes are not its original's: archives go by the time."""
    return now_ns if now_ns > original_ns else original_ns + _LATER_NS


def is_as_recorded(path: Path, record: PlacedRecord) -> bool:
    """Whether what lies at a target is what the run was about to put there, unchanged.

    It may have another inode, if the folder was copied or restored from a backup since.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        if record.tree:
            return list_tree(path).digest == record.tree
        status = path.lstat()
    except (FileNotFoundError, TreeError):
        return False
    if record.link:
        return path.is_symlink() and os.fspath(path.readlink()) == record.link
    if status.st_size != record.size:
        return False
    if stat.S_ISREG(status.st_mode) and status.st_mtime_ns == record.modified_ns:
        return True
    return bool(record.sha256) and not path.is_symlink() and hash_file(path) == record.sha256


def is_placed(item: Item, state: JournalState) -> bool:
    """Whether an item was put in its place by this run, and still lies there."""
    record = state.placed.get(item.number)
    return record is not None and is_as_recorded(item.target, record)
