"""The folder of the demo: it appears whole or not at all, and nothing is ever overwritten."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from posecheck.demo.mistakes import STORIES, Story
from posecheck.model.errors import UsageError

DANDISET = """\
# Written by posecheck demo: drawn mice, in part wrong on purpose. Not for upload.
identifier: DANDI:000999
name: Mice in a small arena, a demonstration
description: Drawn mice walk through an arena with a shelter. No animal was involved.
"""
"""What `dandiset.yaml` says; no such dandiset exists."""

_MARK = "dandiset.yaml"


def write_demo(
    folder: Path,
    *,
    stories: Sequence[Story] = STORIES,
    on_recording: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write the dandiset of the demo.

    Everything is written beside the folder first, and moved into it when it is complete; an
    interrupted run leaves nothing behind.

    Parameters
    ----------
    folder
        Where to; it may exist if it is empty.
    stories
        What to write.
    on_recording
        Receives how many recordings are written, and how many there are.

    Returns
    -------
    tuple of Path
        The NWB files, in the order of ``stories``.

    Raises
    ------
    UsageError
        If the folder holds something, is a file or a link, lies in a dandiset, with which it
        would be uploaded, or cannot be written; or if no H.264 video can be written.
    """
    place = folder.absolute()
    built = place.with_name(f".{place.name or 'demo'}.{secrets.token_hex(4)}.tmp")
    written = []
    try:
        _check(folder)
        # pynwb takes seconds to import: a folder that is refused is refused at once
        from posecheck.demo.writing import write_recording  # noqa: PLC0415

        built.mkdir()
        for done, story in enumerate(stories, start=1):
            draft = story.draft()
            write_recording(draft, built)
            written.append(folder / draft.path)
            if on_recording is not None:
                on_recording(done, len(stories))
        (built / _MARK).write_text(DANDISET, encoding="utf-8")
        _settle(built, place)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(built, ignore_errors=True)
    return tuple(written)


def _check(folder: Path) -> None:
    """Refuse, before the work is done, a place where the demo cannot or must not be written."""
    place = folder.absolute()
    if place.is_symlink():
        raise UsageError(f"{folder} is a link, and is not written through; name another folder")
    if place.exists() and not place.is_dir():
        raise UsageError(f"{folder} is a file, and is left alone; name a folder")
    if place.is_dir() and any(place.iterdir()):
        if _is_demo(place):
            raise UsageError(
                f"{folder} holds the demo already, and nothing is overwritten; look at it with "
                "posecheck validate, delete it, or name another folder"
            )
        raise UsageError(f"{folder} is not empty, and is left alone; name another folder")
    if not place.parent.is_dir():
        raise UsageError(f"{folder} cannot be written: there is no folder {folder.parent}")
    for parent in place.resolve().parents:
        if (parent / _MARK).exists():
            raise UsageError(
                f"{folder} lies in the dandiset {parent}, and would be uploaded with it; "
                "name a folder elsewhere"
            )


def _settle(built: Path, place: Path) -> None:
    if not place.exists():
        built.rename(place)
        return
    # An empty folder keeps its own identity: a shell may stand in it.
    moved: list[str] = []
    try:
        for name in sorted((entry.name for entry in built.iterdir()), reverse=True):
            (built / name).rename(place / name)
            moved.append(name)
    except BaseException:
        for name in moved:
            (place / name).rename(built / name)
        raise


def _is_demo(place: Path) -> bool:
    try:
        return (place / _MARK).read_text(encoding="utf-8") == DANDISET
    except (OSError, ValueError):
        return False
