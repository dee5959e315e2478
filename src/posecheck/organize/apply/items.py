"""What a plan brings, one by one: media first, then recordings, each with its number."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.organize.plan.values import (
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
    Stamp,
    VideoMode,
)
from posecheck.transaction.journal_state import Landing, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file on its way.

    Attributes
    ----------
    number
        By which the journal calls it.
    planned
        What the plan says of it.
    source, target, temporary
        Where it lies, where it comes, and under which name it is prepared beside that.
    is_in_place
        Whether the target is the source itself.
    """

    number: int
    planned: PlannedMedia | PlannedRecording
    source: Path
    target: Path
    temporary: Path
    is_in_place: bool

    @property
    def stamp(self) -> Stamp:
        """What the source was when the plan was made."""
        return self.planned.stamp

    @property
    def name(self) -> str:
        """Its target from the dandiset's root, in POSIX spelling."""
        return "/".join(self.planned.target)

    @property
    def is_moved(self) -> bool:
        """Whether the source's own name is removed in the end."""
        return not self.is_in_place and self.planned.mode in {FileMode.MOVE, VideoMode.MOVE}

    @property
    def is_rewritten(self) -> bool:
        """Whether the target's bytes are not the source's."""
        if isinstance(self.planned, PlannedMedia):
            return self.planned.remux
        return bool(self.planned.rewrites)


def list_items(plan: OrganizePlan, run: str) -> list[Item]:
    """Return all that a plan brings, numbered.

    Parameters
    ----------
    plan
        The plan.
    run
        The run's name, which is in the hidden names.
    """
    root = Path(plan.dandiset)
    real_root = Path(os.path.realpath(root))
    items = []
    for number, planned in enumerate(all_planned(plan)):
        source, target = Path(planned.source), root.joinpath(*planned.target)
        real_source = Path(os.path.realpath(source.parent)) / source.name
        items.append(
            Item(
                number=number,
                planned=planned,
                source=source,
                target=target,
                temporary=temporary_beside(target, run, str(number)),
                is_in_place=real_source == real_root.joinpath(*planned.target),
            )
        )
    return items


def all_planned(plan: OrganizePlan) -> list[PlannedMedia | PlannedRecording]:
    """Return all that a plan brings, in the order of its numbers."""
    return [*plan.media, *plan.recordings]


def temporary_beside(target: Path, run: str, name: str) -> Path:
    """Return the hidden name under which a file is prepared beside its place."""
    return target.with_name(f".posecheck-{run}-{name}.tmp")


def has_stamp(path: Path, stamp: Stamp) -> bool:
    """Whether the content of a file is still what it was when the plan was made.

    The device's number is not compared: a machine that starts again may count its devices anew.

    Raises
    ------
    OSError
        If nothing is there.
    """
    status = path.stat()
    inode = stamp.identity.rpartition(":")[2]
    return (status.st_size, status.st_mtime_ns, str(status.st_ino)) == (
        stamp.size,
        stamp.modified_ns,
        inode,
    )


def has_landed(path: Path, landing: Landing) -> bool:
    """Whether what lies at a target is what this run was about to put there, unchanged.

    It may have another number, if the dandiset was copied or brought back from a backup since.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if landing.link:
        return path.is_symlink() and os.fspath(path.readlink()) == landing.link
    if status.st_size != landing.size:
        return False
    if stat.S_ISREG(status.st_mode) and status.st_mtime_ns == landing.modified_ns:
        return True
    return bool(landing.sha256) and not path.is_symlink() and hash_file(path) == landing.sha256


def is_item_placed(item: Item, story: Story) -> bool:
    """Whether an item is in its place by what this run did."""
    landing = story.landings.get(item.number)
    return landing is not None and has_landed(item.target, landing)
