"""What must hold before anything is touched: every source unchanged, every target free."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from posecheck.dandi_layout.markers import DANDISET_FILE
from posecheck.files.annex import keeps_annex
from posecheck.files.copies import share_blocks
from posecheck.files.folders import is_real_folder
from posecheck.files.publication import missing_folders, remove
from posecheck.model.errors import ApplyError, Argument, UsageError
from posecheck.organize.apply.items import Item
from posecheck.organize.apply.preparing import expect_unchanged, expect_unused
from posecheck.organize.extensions import uploadable_extensions
from posecheck.organize.plan.validity import check_plan as check_whole_plan
from posecheck.organize.plan.validity import existing_media
from posecheck.organize.plan.values import OrganizePlan, PlannedMedia, VideoMode

_AGAIN = "Nothing was touched. Plan again."


def check_plan(plan: OrganizePlan) -> None:
    """Refuse a plan that no program should carry out, and one for a folder that is no dandiset.

    Raises
    ------
    UsageError
        If a conflict forbids it, it reaches out of its dandiset, or there is no such dandiset.
    """
    if plan.is_blocked:
        raise UsageError("the plan has conflicts, so nothing of it is applied. Resolve them first.")
    check_whole_plan(plan, uploadable_extensions())
    if not Path(plan.dandiset).is_absolute():
        raise UsageError(f"the plan's dandiset {plan.dandiset!r} is of another system.")
    if plan.new_identifier is None and not (Path(plan.dandiset) / DANDISET_FILE).is_file():
        raise UsageError(
            f"there is no {DANDISET_FILE} in {plan.dandiset}, so it is no dandiset. {_AGAIN}"
        )


def check_existing(plan: OrganizePlan, items: Sequence[Item]) -> None:
    """Look whether videos are there, and stay, to which recordings are to refer.

    Raises
    ------
    UsageError
        If one is not.
    """
    root = Path(os.path.realpath(plan.dandiset))
    leaving = {
        Path(os.path.realpath(item.source.parent)) / item.source.name
        for item in items
        if item.is_moved
    }
    for recording, path in existing_media(plan):
        target = root.joinpath(*path)
        if not os.path.lexists(target) or target in leaving:
            raise UsageError(
                f"{recording.source} is to refer to {'/'.join(path)}, which the plan does not "
                f"bring, and which will not be there. {_AGAIN}"
            )


def check_items(root: Path, items: Sequence[Item], *, writes_identifier: bool) -> None:
    """Look at every source and every target.

    Raises
    ------
    UsageError
        If one changed, is taken, or cannot be reached.
    """
    if writes_identifier and os.path.lexists(root / DANDISET_FILE):
        raise UsageError(f"{root} has a {DANDISET_FILE} by now. {_AGAIN}")
    for item in items:
        try:
            expect_unused(item)
            expect_unchanged(item)
            missing_folders(root, item.planned.target[:-1])
        except ApplyError as error:
            raise UsageError(f"{error} {_AGAIN}") from error
        if item.is_in_place:
            if item.source.is_symlink():
                raise UsageError(f"{item.source} is a link, which is not rewritten in place.")
            if isinstance(item.planned, PlannedMedia) or not item.is_rewritten:
                raise UsageError(f"{item.source} is in its place already. {_AGAIN}")
        elif os.path.lexists(item.target):
            raise UsageError(f"{item.target} exists by now. {_AGAIN}")
        if item.is_moved and not os.access(item.source.parent, os.W_OK):
            raise UsageError(
                f"{item.source} cannot be moved: its folder is read-only. Copy it instead, with ",
                Argument("files", "copy"),
                " or ",
                Argument("videos", "copy"),
                ".",
            )


def check_modes(runs: Path, items: Sequence[Item]) -> None:
    """Look whether the file system knows the way in which videos are to come.

    Each way is tried once for each device, beside the journal.

    Raises
    ------
    UsageError
        If it does not.
    """
    tried: set[tuple[VideoMode, str]] = set()
    for item in items:
        planned = item.planned
        if not isinstance(planned, PlannedMedia) or planned.remux:
            continue
        if planned.mode is VideoMode.HARDLINK and keeps_annex(item.target.parent.resolve()):
            raise UsageError(
                f"{item.target} comes into a repository of git-annex, which would make the file "
                f"itself, and so {item.source}, read-only. Nothing was touched. Try ",
                Argument("videos", "auto"),
                ".",
            )
        key = (planned.mode, planned.stamp.identity.partition(":")[0])
        if key not in tried:
            tried.add(key)
            reason = _refusal(item.source.resolve(), runs, planned.mode)
            if reason:
                raise UsageError(
                    f"{reason}: {item.source}. Nothing was touched. Try ",
                    Argument("videos", "auto"),
                    ".",
                )


def _refusal(content: Path, runs: Path, mode: VideoMode) -> str:
    trial = runs / f"trial-{secrets.token_hex(4)}"
    try:
        if mode is VideoMode.REFLINK and not share_blocks(content, trial):
            return "the file system cannot share blocks with the source"
        if mode is VideoMode.HARDLINK:
            os.link(content, trial)
        if mode is VideoMode.SYMLINK:
            trial.symlink_to(content)
    except OSError as error:
        return f"a {mode} is not possible here ({error.strerror or error})"
    finally:
        remove(trial)
    return ""


def check_folder(root: Path, target: Sequence[str]) -> None:
    """Look once more, just before writing, that nothing leads elsewhere on the way to a target.

    Raises
    ------
    ApplyError
        If a folder on the way is none, or a link.
    """
    if not is_real_folder(Path(os.path.realpath(root))) or missing_folders(root, target[:-1]):
        raise ApplyError(f"the folder of {'/'.join(target)} is gone.")
