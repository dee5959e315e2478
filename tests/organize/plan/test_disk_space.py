"""Room and leave to write: what an apply needs is known before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.organize.plan.memory import Disk, kinds, plan, recording, refer, stamp

from posecheck.model.string_change import StringChange
from posecheck.organize.plan.disk_space import bytes_needed
from posecheck.organize.plan.values import FileMode, PlannedMedia, PlannedRecording
from posecheck.transaction.steps import TransferMode

MEDIA = PlannedMedia(source="/raw/a.mp4", stamp=stamp("m", size=100), target=("sub-1", "a.mp4"))
RECORDING = PlannedRecording(
    source="/raw/a.nwb", stamp=stamp("r", size=7), target=("sub-1", "sub-1.nwb")
)


@pytest.mark.parametrize(
    ("mode", "device", "expected"),
    [
        (TransferMode.AUTO, "1", 0),
        (TransferMode.AUTO, "2", 100),
        (TransferMode.MOVE, "1", 0),
        (TransferMode.MOVE, "2", 100),
        (TransferMode.COPY, "1", 100),
        (TransferMode.SYMLINK, "2", 0),
        (TransferMode.HARDLINK, "1", 0),
    ],
)
def test_a_video_needs_room_where_it_is_copied(
    mode: TransferMode, device: str, expected: int
) -> None:
    media = replace(MEDIA, mode=mode, stamp=stamp("m", size=100, device=device))
    assert bytes_needed([media], [], Disk()) == expected


def test_an_annexed_object_may_have_to_be_copied() -> None:
    assert bytes_needed([replace(MEDIA, annexed=True)], [], Disk()) == 100


def test_git_annex_would_take_both_names_of_what_is_linked() -> None:
    assert bytes_needed([MEDIA], [], Disk(annex=True)) == 100


def test_a_remux_is_a_new_file() -> None:
    assert bytes_needed([replace(MEDIA, remux=True, mode=TransferMode.SYMLINK)], [], Disk()) == 100


@pytest.mark.parametrize(
    ("mode", "rewrites", "expected"),
    [(FileMode.COPY, 0, 7), (FileMode.MOVE, 1, 7), (FileMode.MOVE, 0, 0)],
)
def test_a_recording_is_edited_as_a_copy(mode: FileMode, rewrites: int, expected: int) -> None:
    change = StringChange(dataset="/a", index=0, old="a", new="b")
    item = replace(RECORDING, mode=mode, rewrites=(change,) * rewrites)
    assert bytes_needed([], [item], Disk()) == expected


def test_too_little_room_blocks_the_plan() -> None:
    made = plan(recording("a", refer()), disk=Disk(free=999))
    assert kinds(made) == ["no-space"]
    assert made.conflicts[0].source == ""


def test_a_locked_dandiset_is_reported_once() -> None:
    made = plan(recording("a", refer()), disk=Disk(locked="The folder /set cannot be written to"))
    assert kinds(made) == ["not-writable"]


def test_a_locked_source_matters_where_it_is_moved() -> None:
    disk = Disk(stuck="The folder /raw cannot be taken from")
    assert kinds(plan(recording("a"), disk=disk)) == []
    assert kinds(plan(recording("a"), disk=disk, files=FileMode.MOVE)) == ["not-writable"]
