"""Which file of its name a reference means, by what is stated and what was found in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.organize.plan.memory import recording, refer, video

from posecheck.model.video_file import VideoFacts, VideoFault
from posecheck.organize.collect.namesakes import Unsettled, first_probes, further_probes, settle
from posecheck.organize.collect.video_probe import VideoProbe
from posecheck.organize.plan.facts import Holder, MediaFacts, ReferenceFacts, Resolution
from posecheck.rules.candidate_files import NOTHING_STATED, Stated

STATED = Stated(frames=120, size=(320, 240), rate=30.0)
RIGHT = {"frames": 120, "width": 320, "height": 240, "frame_rate": 30.0}


def probes(**facts: Any) -> VideoProbe:
    return VideoProbe(facts=VideoFacts(**{**RIGHT, **facts}))


def settled(
    stated: Stated,
    *sights: VideoProbe,
    has_beside: bool = False,
    accept: bool = False,
    holder: Holder = Holder.SERIES,
) -> ReferenceFacts:
    """Settle a reference by files of its name, ``/0/cam1.mp4`` and so on, with these probes."""
    media = [candidate(number) for number in range(len(sights))]
    one = Unsettled(place=0, stated=stated, candidates=tuple(media), has_beside=has_beside)
    lost = refer("cam1.mp4", holder=holder, resolution=Resolution.AMBIGUOUS)
    found = settle(
        recording("a", lose(lost)),
        (one,),
        {item.source: probe for item, probe in zip(media, sights, strict=True)},
        accept_unverified=accept,
    )
    (reference,) = found.references
    return reference


def lose(reference: ReferenceFacts) -> ReferenceFacts:
    return replace(reference, media=None)


def candidate(number: int) -> MediaFacts:
    return video(f"/{number}/cam1.mp4")


class TestOne:
    def test_that_agrees_is_the_video(self) -> None:
        reference = settled(STATED, probes())
        assert reference.resolution is Resolution.FOUND
        assert reference.media == candidate(0)
        assert "120 frames, 320 × 240 pixels, 30 Hz" in reference.note

    @pytest.mark.parametrize(
        ("facts", "said"),
        [
            ({"frames": 1500}, "it holds 1,500 frames, num_samples says 120"),
            ({"width": 1024, "height": 1024}, "it is 1024 × 1024, and 320 × 240 is stated"),
            ({"frame_rate": 100.0}, "it runs at 100 Hz, and 30 Hz is stated"),
            ({"is_image": True, "frames": 1}, "it holds 1 frame, num_samples says 120"),
            ({"fault": VideoFault.NO_MOOV, "detail": "no index"}, "it cannot be shown (no index)"),
        ],
    )
    def test_that_contradicts_is_not(self, facts: dict[str, Any], said: str) -> None:
        reference = settled(STATED, probes(**facts), accept=True)
        assert reference.resolution is Resolution.DIFFERS
        assert reference.media is None
        assert said in reference.detail

    @pytest.mark.parametrize(
        ("stated", "facts"),
        [
            (NOTHING_STATED, {}),
            (Stated(rate=30.0), {}),
            (Stated(rate=30.0), {"frame_rate": None}),
            (STATED, {"fault": VideoFault.TIMEOUT}),
            (STATED, {"fault": VideoFault.UNSUPPORTED_FORMAT}),
            (Stated(size=(320, 240), pose=60), {}),
            (Stated(frames=3, counts_images=True), {"is_image": True, "frames": 1}),
        ],
    )
    def test_that_cannot_be_compared_needs_a_yes(
        self, stated: Stated, facts: dict[str, Any]
    ) -> None:
        reference = settled(stated, probes(**facts))
        assert reference.resolution is Resolution.UNVERIFIED
        assert reference.media is None
        assert reference.detail
        taken = settled(stated, probes(**facts), accept=True)
        assert taken.resolution is Resolution.FOUND
        assert taken.media == candidate(0)
        assert "--accept-unverified" in taken.note

    def test_a_shorter_pose_is_reported(self) -> None:
        reference = settled(Stated(pose=60), probes())
        assert reference.resolution is Resolution.UNVERIFIED
        assert reference.detail == "it holds 120 frames, the pose has 60"

    @pytest.mark.parametrize(
        ("stated", "facts"),
        [
            (Stated(frames=120), {}),
            (Stated(frames=121), {}),
            (Stated(pose=120), {}),
            (Stated(size=(320, 240)), {}),
            (Stated(frames=120, size=(240, 320)), {}),
            (
                Stated(frames=3, counts_images=True, size=(320, 240)),
                {"is_image": True, "frames": 1},
            ),
        ],
        ids=["frames", "a-lost-frame", "pose", "size", "swapped-size", "image"],
    )
    def test_one_statement_is_enough(self, stated: Stated, facts: dict[str, Any]) -> None:
        assert settled(stated, probes(**facts)).resolution is Resolution.FOUND


class TestSeveral:
    def test_the_one_that_agrees_is_taken(self) -> None:
        reference = settled(STATED, probes(frames=1500), probes(), probes(width=1024))
        assert reference.media == candidate(1)
        assert "of 3 files of its name, /1/cam1.mp4 alone fits" in reference.note

    def test_exactly_the_frames_count_before_nearly(self) -> None:
        assert settled(STATED, probes(frames=121), probes()).media == candidate(1)

    def test_one_that_agrees_counts_before_one_that_cannot_be_compared(self) -> None:
        late = probes(fault=VideoFault.TIMEOUT)
        assert settled(STATED, late, probes()).media == candidate(1)

    def test_the_only_one_that_does_not_contradict_needs_a_yes(self) -> None:
        late = probes(fault=VideoFault.TIMEOUT)
        assert settled(STATED, probes(frames=5), late).resolution is Resolution.UNVERIFIED
        assert settled(STATED, probes(frames=5), late, accept=True).media == candidate(1)

    @pytest.mark.parametrize("stated", [STATED, NOTHING_STATED])
    def test_where_two_are_possible_none_is_taken(self, stated: Stated) -> None:
        reference = settled(stated, probes(), probes(), accept=True)
        assert reference.resolution is Resolution.AMBIGUOUS
        assert reference.candidates == ("/0/cam1.mp4", "/1/cam1.mp4")

    def test_where_all_contradict_each_is_reported(self) -> None:
        reference = settled(STATED, *(probes(frames=number) for number in range(1, 6)))
        assert reference.resolution is Resolution.DIFFERS
        assert "/0/cam1.mp4: it holds 1 frame" in reference.detail
        assert "and 2 more" in reference.detail

    def test_copies_are_one(self, tmp_path: Path) -> None:
        media = []
        for name in ("one", "two"):
            path = tmp_path / name / "cam1.mp4"
            path.parent.mkdir()
            path.write_bytes(b"the same")
            media.append(video(str(path)))
        one = Unsettled(place=0, stated=STATED, candidates=tuple(media))
        found = settle(
            recording("a", lose(refer("cam1.mp4"))),
            (one,),
            {item.source: probes() for item in media},
            accept_unverified=False,
        )
        assert found.references[0].media == media[0]
        assert "2 files have its name and the same bytes" in found.references[0].note


class TestBeside:
    """A file beside the NWB file, where the reference names a place of another machine."""

    def test_it_has_its_rank_among_others(self) -> None:
        assert settled(STATED, probes(), probes(), has_beside=True).media == candidate(0)

    def test_one_that_contradicts_gives_way(self) -> None:
        reference = settled(STATED, probes(frames=5), probes(), has_beside=True)
        assert reference.media == candidate(1)

    def test_one_that_cannot_be_compared_is_not_passed_over(self) -> None:
        reference = settled(NOTHING_STATED, probes(), probes(), has_beside=True)
        assert reference.resolution is Resolution.UNVERIFIED
        assert reference.candidates == ("/0/cam1.mp4",)

    def test_an_image_of_a_whole_list_is_taken(self) -> None:
        stated = Stated(frames=3, counts_images=True)
        image = probes(is_image=True, frames=1)
        assert settled(stated, image, has_beside=True).resolution is Resolution.FOUND

    def test_the_others_are_looked_into_only_then(self) -> None:
        media = (candidate(0), candidate(1))
        one = Unsettled(place=0, stated=STATED, candidates=media, has_beside=True)
        assert list(first_probes([one])) == ["/0/cam1.mp4"]
        assert list(further_probes([one], {"/0/cam1.mp4": probes()})) == []
        assert list(further_probes([one], {"/0/cam1.mp4": probes(frames=5)})) == ["/1/cam1.mp4"]


class TestOneFileTwice:
    """What one reference of a recording means, another of the same name means as well."""

    def settle(self, *others: ReferenceFacts, stated: Stated = NOTHING_STATED) -> ReferenceFacts:
        found = settle(
            recording("a", lose(refer("old/cam1.mp4", holder=Holder.ORIGINAL)), *others),
            (Unsettled(place=0, stated=stated, candidates=(candidate(0),)),),
            {"/0/cam1.mp4": probes()},
            accept_unverified=False,
        )
        return found.references[0]

    def test_it_is_taken(self) -> None:
        assert self.settle().resolution is Resolution.UNVERIFIED
        assert self.settle(refer("cam1.mp4", candidate(0))).media == candidate(0)
        assert self.settle(refer("cam1.mp4", candidate(1))).resolution is Resolution.UNVERIFIED

    def test_in_a_deprecated_list_even_if_its_container_says_otherwise(self) -> None:
        stated = Stated(size=(999, 999))
        assert self.settle(stated=stated).resolution is Resolution.DIFFERS
        assert (
            self.settle(refer("cam1.mp4", candidate(0)), stated=stated).resolution
            is Resolution.FOUND
        )
