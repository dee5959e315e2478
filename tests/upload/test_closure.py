"""What belongs to a recording, and which references refuse it."""

from __future__ import annotations

import pytest
from tests.upload.values import NWB, SUFFIXES, VIDEO, candidate, local, mention, remote

from posecheck.model.external_file import TargetState
from posecheck.upload.plan.closure import resolve
from posecheck.upload.plan.content_keys import parse_key
from posecheck.upload.plan.obstacles import ArchivedFiles, Mention, Obstacle

INSIDE = "sub-01_ses-1_behavior/camera.mp4"


def test_a_recording_takes_its_video_along() -> None:
    closed = resolve([candidate(mention(INSIDE))], {VIDEO: local()}, SUFFIXES)
    assert closed.refusals == []
    assert closed.recordings[0].media == (VIDEO,)
    assert closed.recordings[0].paths == (VIDEO, NWB)


def test_a_video_of_two_series_is_taken_once() -> None:
    closed = resolve([candidate(mention(INSIDE), mention(INSIDE))], {VIDEO: local()}, SUFFIXES)
    assert len(closed.recordings[0].pointers) == 2
    assert closed.recordings[0].media == (VIDEO,)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (mention("a.MP4"), "takes no .MP4"),
        (mention("a.h264"), "takes no .h264"),
        (mention("a"), "takes no file without extension"),
        (mention(".hidden/a.mp4"), "begins with a dot (.hidden)"),
        (mention("../../outside.mp4", TargetState.OUTSIDE), "leads out of the dandiset"),
        (mention("linked/a.mp4", TargetState.OUTSIDE_BY_LINK), "through a linked folder"),
        (mention("gone.mp4", TargetState.MISSING), "leads to no file"),
        (mention("folder.mp4", TargetState.NOT_A_FILE), "leads to what is no file"),
        (mention("a.mp4", TargetState.NOT_FETCHED), "content is not fetched"),
        (mention("/home/me/a.mp4", TargetState.UNKNOWN), "absolute path"),
        (mention("C:\\a.mp4", TargetState.UNKNOWN), "absolute path"),
        (mention("file:///a.mp4", TargetState.UNKNOWN), "absolute path"),
        (mention("", TargetState.UNKNOWN), "is empty"),
        (mention("a.mp4", size=0), "an empty file"),
        (mention("unreadable.mp4"), "cannot be read"),
    ],
    ids=lambda value: value.file.reference.text if isinstance(value, Mention) else "",
)
def test_a_reference_that_cannot_arrive_refuses_its_recording(bad: Mention, said: str) -> None:
    files = {VIDEO: local(), "sub-01/a.MP4": local("sub-01/a.MP4")}
    closed = resolve([candidate(mention(INSIDE), bad)], files, SUFFIXES)
    assert [refusal.path for refusal in closed.refusals] == [NWB]
    assert said in closed.refusals[0].reason
    assert "external_file[0] of /acquisition/camera" in closed.refusals[0].reason
    assert closed.refusals[0].remedy


def test_a_reference_to_another_server_is_left_to_it() -> None:
    closed = resolve([candidate(mention("https://host/a.mp4", TargetState.UNKNOWN))], {}, SUFFIXES)
    assert (closed.refusals, closed.recordings[0].media) == ([], ())
    (there,) = closed.recordings[0].external
    assert (there.entry, there.url) == ("external_file[0]", "https://host/a.mp4")


def test_a_deprecated_list_takes_along_what_resolves_and_refuses_nothing() -> None:
    lost = mention("fake_path", TargetState.MISSING, is_binding=False)
    closed = resolve(
        [candidate(lost, mention(INSIDE, is_binding=False))], {VIDEO: local()}, SUFFIXES
    )
    assert (closed.refusals, closed.recordings[0].media) == ([], (VIDEO,))


@pytest.mark.parametrize("is_binding", [True, False])
def test_a_link_that_leads_out_refuses_wherever_it_is_named(*, is_binding: bool) -> None:
    leading = mention("linked.mp4", is_binding=is_binding)
    why = Obstacle("is a link that leads out of the dandiset, to /etc", "Copy it.", leads_out=True)
    closed = resolve([candidate(leading)], {}, SUFFIXES, {"sub-01/linked.mp4": why})
    (refusal,) = closed.refusals
    assert "leads to sub-01/linked.mp4, which is a link that leads out" in refusal.reason
    assert closed.recordings[0].media == ()


@pytest.mark.parametrize("state", [TargetState.MISSING, TargetState.NOT_FETCHED])
def test_a_reference_to_what_the_archive_alone_holds_is_satisfied(state: TargetState) -> None:
    absent = mention(INSIDE, state)
    closed = resolve([candidate(absent)], {}, SUFFIXES, archived=ArchivedFiles({VIDEO: remote()}))
    assert closed.refusals == []
    (recording,) = closed.recordings
    assert recording.media == (VIDEO,)
    assert recording.archived == recording.pointers
    assert resolve([candidate(absent)], {}, SUFFIXES, archived=ArchivedFiles()).refusals


@pytest.mark.parametrize(
    ("key", "is_refused"),
    [
        (f"SHA256E-s10--{'a' * 64}.mp4", False),
        (f"SHA256E-s11--{'a' * 64}.mp4", True),
        (f"SHA256E-s10--{'b' * 64}.mp4", True),
        (f"SHA256-s10-S5-C1--{'a' * 64}", False),
        (f"MD5E-s10--{'b' * 32}.mp4", False),
        (f"MD5E-s11--{'b' * 32}.mp4", True),
        (f"sha256:{'b' * 64}", True),
        ("URL--https&c%%host%a.mp4", False),
        ("Git LFS", False),
    ],
)
def test_content_that_is_not_fetched_must_be_what_the_archive_holds(
    key: str, *, is_refused: bool
) -> None:
    absent = mention(INSIDE, TargetState.NOT_FETCHED)
    held = ArchivedFiles({VIDEO: remote(sha256="a" * 64)}, {VIDEO: parse_key(key)})
    closed = resolve([candidate(absent)], {}, SUFFIXES, archived=held)
    assert bool(closed.refusals) is is_refused
    if is_refused:
        assert "of which the archive holds other content" in closed.refusals[0].reason


def test_what_is_allowed_is_left_out_and_refuses_nothing() -> None:
    gone = mention("gone.mp4", TargetState.MISSING)
    absolute = mention("/home/me/a.mp4", TargetState.UNKNOWN)
    closed = resolve([candidate(gone, absolute)], {}, SUFFIXES, allowed={"VID002"})
    assert [refusal.code for refusal in closed.refusals] == ["VID003"]
    (recording,) = closed.recordings
    assert [each.path for each in recording.left_out] == ["gone.mp4"]
    assert recording.pointers == ()


def test_of_an_image_one_rule_says_what_several_say_of_videos() -> None:
    gone = mention("gone.png", TargetState.MISSING, is_image=True)
    (refusal,) = resolve([candidate(gone)], {}, SUFFIXES).refusals
    assert refusal.code == "VID026"
    assert resolve([candidate(gone)], {}, SUFFIXES, allowed={"VID026"}).refusals == []


def test_in_a_bids_dataset_every_extension_is_selected() -> None:
    path = "sub-01/a.MP4"
    closed = resolve([candidate(mention("a.MP4", in_bids=True))], {path: local(path)}, SUFFIXES)
    assert (closed.refusals, closed.recordings[0].media) == ([], (path,))


def test_a_file_that_cannot_be_read_is_refused_as_it_was_found() -> None:
    closed = resolve([candidate(obstacle="it is empty", remedy="Look.")], {}, SUFFIXES)
    assert [(each.reason, each.remedy) for each in closed.refusals] == [("it is empty", "Look.")]
