"""Where recordings go: dandi's names, the same ones whatever is organized beside them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.organize.plan.memory import (
    Disk,
    existing,
    kinds,
    lose,
    placed,
    plan,
    recording,
    refer,
    stamp,
)

from posecheck.organize.plan.facts import Obstacle, RecordingFacts
from posecheck.organize.plan.values import FileMode, OrganizePlan
from posecheck.transaction.steps import TransferMode

PLAIN = ("sub-1", "sub-1_ses-2_behavior+image.nwb")


def names(made: OrganizePlan) -> list[str]:
    return [item.target[-1] for item in made.recordings]


def test_a_recording_gets_dandis_name() -> None:
    made = plan(recording("a"))
    assert made.recordings[0].target == PLAIN
    assert made.recordings[0].mode is FileMode.COPY


def test_two_newcomers_of_one_name_are_distinguished_by_their_object_id() -> None:
    assert names(plan(recording("a"), recording("b"))) == [
        "sub-1_ses-2_obj-a_behavior+image.nwb",
        "sub-1_ses-2_obj-b_behavior+image.nwb",
    ]


def test_only_the_newcomer_gets_out_of_the_way() -> None:
    made = plan(recording("b"), existing=(existing(PLAIN, "object-a"),))
    assert names(made) == ["sub-1_ses-2_obj-b_behavior+image.nwb"]


@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order(count: int, shuffled: random.Random) -> None:
    recordings = [recording(str(number), session=str(number % 3)) for number in range(count)]
    expected = {item.source: item.target for item in plan(*recordings).recordings}
    shuffled.shuffle(recordings)
    assert {item.source: item.target for item in plan(*recordings).recordings} == expected


def test_copies_of_one_recording_have_one_target() -> None:
    made = plan(
        recording("a"), recording("b", object_id="object-a", distinct=recording("a").distinct)
    )
    assert kinds(made) == ["same-target", "same-target"]


def test_without_an_object_id_nothing_distinguishes_two() -> None:
    made = plan(recording("a", object_id=None, distinct=()), recording("b"))
    assert kinds(made) == ["name-impossible"]


def test_folders_that_differ_by_case_are_a_conflict() -> None:
    made = plan(recording("a", subject="x"), recording("b", subject="X"))
    assert kinds(made) == ["target-case", "target-case"]


class TestSubjects:
    """dandi makes ``M-1`` of ``M 1`` and of ``M_1``."""

    @staticmethod
    def of(name: str, called: str, session: str = "2") -> RecordingFacts:
        return replace(recording(name, subject="M-1", session=session), subject=called)

    def test_two_are_not_made_one(self) -> None:
        made = plan(self.of("a", "M 1"), self.of("b", "M_1", "3"))
        assert kinds(made) == ["subject-clash", "subject-clash"]
        assert "'M 1', and that of raw/b.nwb is 'M_1'" in made.conflicts[0].reason
        assert "'M_1', and that of raw/a.nwb is 'M 1'" in made.conflicts[1].reason

    def test_one_may_be_spelled_so(self) -> None:
        assert kinds(plan(self.of("a", "M 1"), self.of("b", "M 1", "3"))) == []

    def test_one_that_is_there_keeps_its_folder(self) -> None:
        there = existing(("sub-M-1", "sub-M-1_ses-9.nwb"), "object-x", subject="M_1")
        made = plan(self.of("a", "M 1"), existing=(there,))
        assert kinds(made) == ["subject-clash"]
        assert "sub-M-1/sub-M-1_ses-9.nwb is 'M_1'" in made.conflicts[0].reason

    def test_in_place_only_the_newcomer_is_refused(self) -> None:
        home = replace(placed(("sub-M-1", "sub-M-1_ses-9.nwb")), subject="M_1")
        unplaced = placed(
            ("raw", "b.nwb"), name="b", plain=("sub-M-1", "sub-M-1_ses-2.nwb"), subject="M 1"
        )
        made = plan(home, unplaced)
        assert [conflict.source for conflict in made.conflicts] == ["raw/b.nwb"]
        assert kinds(made) == ["subject-clash"]

    def test_what_lies_together_already_may_stay(self) -> None:
        made = plan(
            replace(placed(("sub-M-1", "sub-M-1_ses-9.nwb")), subject="M_1"),
            replace(placed(("sub-M-1", "sub-M-1_ses-8.nwb"), name="b"), subject="M 1"),
        )
        assert made.is_empty
        assert kinds(made) == []

    def test_what_names_no_subject_clashes_with_none(self) -> None:
        there = existing(("sub-M-1", "sub-M-1_ses-9.nwb"), "object-x")
        assert kinds(plan(self.of("a", "M 1"), existing=(there,))) == []


@pytest.mark.parametrize(
    ("subject", "said"), [("mäuschen", "'ä'"), ("a%b", "'%'"), ("x" * 235, "255")]
)
def test_a_name_that_cannot_be_is_a_conflict(subject: str, said: str) -> None:
    made = plan(recording("a", subject=subject))
    assert kinds(made) == ["name-impossible"]
    assert said in made.conflicts[0].reason


def test_too_long_a_name_is_to_be_shortened_and_reported_once() -> None:
    made = plan(recording("a", refer(), session="x" * 240))
    assert kinds(made) == ["name-impossible"]
    assert "Shorten" in made.conflicts[0].remedy
    assert "ASCII" not in made.conflicts[0].remedy


def test_a_lost_video_is_reported_beside_an_impossible_name() -> None:
    made = plan(recording("a", lose(refer()), session="x" * 240))
    assert kinds(made) == ["missing-video", "name-impossible"]


def test_a_name_of_dandis_is_kept() -> None:
    made = plan(recording("a", kept=("sub-1", "sub-1_ses-9.nwb")))
    assert names(made) == ["sub-1_ses-9.nwb"]


def test_a_name_of_dandis_is_changed_on_request() -> None:
    made = plan(recording("a", kept=("sub-1", "sub-1_ses-9.nwb")), rename=True)
    assert names(made) == [PLAIN[-1]]


def test_a_kept_name_that_two_claim_is_dandis_own_again() -> None:
    kept = ("sub-1", "sub-1.nwb")
    made = plan(recording("a", kept=kept), recording("b", kept=kept, session="3"))
    assert names(made) == [PLAIN[-1], "sub-1_ses-3_behavior+image.nwb"]


class TestInPlace:
    def test_an_organized_file_is_settled(self) -> None:
        made = plan(placed(("sub-1", "sub-1_ses-9.nwb")))
        assert made.is_empty
        assert made.settled == ("sub-1/sub-1_ses-9.nwb",)

    def test_it_counts_as_taken(self) -> None:
        made = plan(placed(PLAIN), placed(("raw", "b.nwb"), name="b"))
        assert [item.target[-1] for item in made.recordings] == [
            "sub-1_ses-2_obj-b_behavior+image.nwb"
        ]
        assert made.recordings[0].mode is FileMode.MOVE

    def test_a_place_that_another_is_about_to_leave_counts_as_taken(self) -> None:
        leaving = placed(PLAIN, name="a", session="7")
        made = plan(leaving, placed(("raw", "b.nwb"), name="b"), rename=True)
        assert names(made) == [
            "sub-1_ses-7_behavior+image.nwb",
            "sub-1_ses-2_obj-b_behavior+image.nwb",
        ]

    @pytest.mark.parametrize("which", ["plain", "distinct"])
    def test_renaming_keeps_either_name_of_dandis(self, which: str) -> None:
        path = getattr(recording("a"), which)
        assert plan(placed(path), rename=True).is_empty

    def test_a_file_of_a_bids_dataset_is_left_alone(self) -> None:
        made = plan(placed(("bids", "sub-1_beh.nwb"), exempt=True, plain=(), distinct=()))
        assert made.is_empty
        assert made.settled == ("bids/sub-1_beh.nwb",)


class TestAgain:
    """The dandiset holds a recording already, known by its object_id."""

    @pytest.mark.parametrize(
        "path", [PLAIN, recording("a").distinct, ("sub-1", "sub-1_ses-other.nwb")]
    )
    def test_what_was_organized_is_settled(self, path: tuple[str, ...]) -> None:
        made = plan(recording("a"), existing=(existing(path, stamp=stamp("t", size=1234)),))
        assert made.is_empty
        assert made.settled == ("raw/a.nwb",)

    def test_its_own_troubles_no_longer_matter(self) -> None:
        made = plan(recording("a", lose(refer())), existing=(existing(PLAIN),))
        assert made.is_empty
        assert kinds(made) == []

    def test_what_changed_since_is_a_conflict(self) -> None:
        late = existing(PLAIN, stamp=stamp("t", modified_ns=6))
        made = plan(recording("a"), existing=(late,))
        assert kinds(made) == ["target-exists"]
        assert "changed" in made.conflicts[0].reason

    def test_what_differs_by_its_references_alone_is_settled(self) -> None:
        late = existing(PLAIN, stamp=stamp("t", modified_ns=6), is_edited_copy=True)
        assert plan(recording("a"), existing=(late,)).is_empty

    def test_what_lost_its_videos_is_a_conflict(self) -> None:
        made = plan(recording("a"), existing=(existing(PLAIN, is_whole=False),))
        assert kinds(made) == ["target-exists"]

    def test_a_file_system_with_coarse_times_is_forgiven(self) -> None:
        source = recording("a", stamp=stamp("a", modified_ns=10**18 + 123))
        there = existing(PLAIN, stamp=stamp("t", modified_ns=10**18))
        assert plan(source, existing=(there,)).is_empty

    def test_one_more_session_is_all_that_is_planned(self) -> None:
        made = plan(recording("a"), recording("b", session="3"), existing=(existing(PLAIN),))
        assert names(made) == ["sub-1_ses-3_behavior+image.nwb"]


class TestMovingWhatWasCopiedBefore:
    """An earlier run copied: what is to be moved now is there already, and the source stays."""

    @pytest.mark.parametrize("choices", [{"files": FileMode.MOVE}, {"videos": TransferMode.MOVE}])
    def test_the_sources_that_stay_are_named(self, choices: dict[str, Any]) -> None:
        made = plan(recording("a"), existing=(existing(PLAIN),), **choices)
        assert made.is_empty
        (note,) = made.notes
        assert "raw/a.nwb" in note
        assert "delete" in note

    def test_a_thousand_are_counted(self) -> None:
        sources = [recording(f"{n}", object_id="object-a") for n in range(1_000)]
        (note,) = plan(*sources, existing=(existing(PLAIN),), files=FileMode.MOVE).notes
        assert "and 995 more" in note

    def test_where_nothing_is_to_be_moved_nothing_is_said(self) -> None:
        assert plan(recording("a"), existing=(existing(PLAIN),)).notes == ()


class TestTheDisk:
    def test_what_cannot_be_read_there_is_not_overwritten(self) -> None:
        made = plan(recording("a"), disk=Disk(files={PLAIN: "broken"}))
        assert kinds(made) == ["target-exists"]

    @pytest.mark.parametrize("obstacle", [Obstacle.LINKED_FOLDER, Obstacle.NOT_A_FOLDER])
    def test_the_way_there_must_be_free(self, obstacle: Obstacle) -> None:
        made = plan(recording("a", refer()), disk=Disk(obstacles={("sub-1",): obstacle}))
        assert kinds(made) == ["target-exists"]

    def test_a_folder_in_another_case_is_a_conflict(self) -> None:
        made = plan(recording("a"), disk=Disk(files={("SUB-1", "x.nwb"): "x"}))
        assert kinds(made) == ["target-case"]


class TestSkipping:
    @staticmethod
    def broken() -> RecordingFacts:
        return recording("b", lose(refer()), session="3")

    def test_one_conflict_blocks_all(self) -> None:
        made = plan(recording("a"), self.broken())
        assert made.is_blocked

    def test_a_recording_with_a_conflict_is_left_out(self) -> None:
        made = plan(recording("a"), self.broken(), skip_conflicts=True)
        assert made.left_out == ("raw/b.nwb",)
        assert [item.source for item in made.recordings] == ["/raw/a.nwb"]
        assert not made.is_blocked

    def test_a_video_that_only_it_uses_is_left_out(self) -> None:
        made = plan(
            recording("a", refer("1.mp4")),
            recording("b", refer("2.mp4"), lose(refer(index=1)), session="3"),
            skip_conflicts=True,
        )
        assert [item.source for item in made.media] == ["/raw/1.mp4"]

    def test_a_video_that_it_named_is_named_by_the_next(self) -> None:
        made = plan(
            recording("a", refer("1.mp4"), lose(refer("x.mp4", index=1))),
            recording("b", refer("1.mp4"), session="3"),
            skip_conflicts=True,
        )
        assert made.media[0].target[-1] == "sub-1_ses-3_camera.mp4"

    def test_what_concerns_the_whole_plan_still_blocks_it(self) -> None:
        made = plan(recording("a"), disk=Disk(free=0), skip_conflicts=True)
        assert kinds(made) == ["no-space"]
        assert made.is_blocked
