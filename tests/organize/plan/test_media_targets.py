"""Videos: brought once, left where they may stay, and referenced by what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.organize.plan.memory import (
    Disk,
    Refusing,
    inside,
    kinds,
    lose,
    news,
    placed,
    plan,
    recording,
    refer,
    stamp,
    targets,
    video,
)

from posecheck.model.reference import collapse, parse_reference
from posecheck.organize.plan.facts import Holder, Obstacle, Path, ReferenceFacts, Resolution
from posecheck.organize.plan.names import folded
from posecheck.organize.plan.values import VideoNames
from posecheck.transaction.steps import TransferMode

STEM = "sub-1_ses-2_behavior+image"
CAMERA = f"{STEM}/sub-1_ses-2_camera.mp4"
ORIGINAL = "/processing/behavior/PoseEstimation/original_videos"


def original(text: str, **changes: Any) -> ReferenceFacts:
    return refer(text, dataset=ORIGINAL, holder=Holder.ORIGINAL, owner="PoseEstimation", **changes)


def test_a_video_comes_into_the_folder_of_its_recording() -> None:
    made = plan(recording("a", refer("videos\\top.mp4")))
    assert targets(made) == [f"sub-1/{CAMERA}"]
    (brought,) = made.recordings
    assert brought.media == (made.media[0].target,)
    (rewrite,) = brought.rewrites
    assert (rewrite.old, rewrite.new) == ("videos\\top.mp4", CAMERA)


def test_an_extension_is_written_in_lower_case() -> None:
    assert targets(plan(recording("a", refer("TOP.MP4")))) == [f"sub-1/{CAMERA}"]


def test_two_series_with_one_video_reference_one_file() -> None:
    film = video()
    made = plan(
        recording(
            "a",
            refer("top.mp4", film),
            refer("./top.mp4", film, dataset="/acquisition/again/external_file", owner="again"),
        )
    )
    assert targets(made) == [f"sub-1/{CAMERA}"]
    assert news(made) == [CAMERA, CAMERA]


def test_two_links_to_one_video_bring_it_once() -> None:
    one, other = video("/raw/a.mp4", inode="7"), video("/raw/b.mp4", inode="7")
    made = plan(recording("a", refer("a.mp4", one), refer("b.mp4", other, index=1)))
    assert len(made.media) == 1
    assert len(set(news(made))) == 1


def test_two_recordings_with_one_video_reference_the_first_ones_file() -> None:
    film = video()
    made = plan(
        recording("a", refer("top.mp4", film)), recording("b", refer("top.mp4", film), session="3")
    )
    assert targets(made) == [f"sub-1/{CAMERA}"]
    assert news(made) == [CAMERA, CAMERA]
    assert [item.media for item in made.recordings] == [(made.media[0].target,)] * 2


def test_a_video_in_the_folder_of_a_sibling_is_named_by_the_sibling() -> None:
    film = video("/raw/b/top.mp4")
    made = plan(
        recording("a", refer("b/top.mp4", film)),
        recording("b", refer("b/top.mp4", film), session="3"),
    )
    assert targets(made) == ["sub-1/sub-1_ses-3_behavior+image/sub-1_ses-3_camera.mp4"]


def test_a_series_names_a_video_before_a_list_does() -> None:
    film = video()
    made = plan(recording("a", original("top.mp4", media=film), refer("top.mp4", film)))
    assert targets(made) == [f"sub-1/{CAMERA}"]


def test_a_list_names_what_no_series_does() -> None:
    made = plan(recording("a", refer(), original("uncut.mp4", media=video("/raw/uncut.mp4"))))
    assert targets(made)[1] == f"sub-1/{STEM}/sub-1_ses-2_PoseEstimation.mp4"


@pytest.mark.parametrize(
    "resolution", [Resolution.MISSING, Resolution.NOT_A_FILE, Resolution.DANGLING, Resolution.EMPTY]
)
def test_what_a_list_remembers_is_noted_and_no_conflict(resolution: Resolution) -> None:
    made = plan(recording("a", lose(original("fake_path"), resolution)))
    assert kinds(made) == []
    assert "'fake_path'" in made.recordings[0].notes[0]
    assert news(made) == []


@pytest.mark.parametrize(
    ("resolution", "kind"),
    [
        (Resolution.MISSING, "missing-video"),
        (Resolution.NOT_A_FILE, "missing-video"),
        (Resolution.EMPTY, "empty-video"),
        (Resolution.AMBIGUOUS, "ambiguous-video"),
        (Resolution.OUTSIDE, "outside-roots"),
        (Resolution.NOT_FETCHED, "not-fetched"),
        (Resolution.DANGLING, "dangling-link"),
    ],
)
def test_a_series_that_loses_its_video_blocks_the_plan(resolution: Resolution, kind: str) -> None:
    made = plan(recording("a", lose(refer(), resolution)))
    assert kinds(made) == [kind]
    assert made.is_blocked
    assert made.conflicts[0].location == "/acquisition/camera/external_file[0]"


def test_urls_and_blank_entries_stay() -> None:
    made = plan(
        recording(
            "a",
            lose(refer("https://x/a.mp4"), Resolution.URL),
            lose(refer("", index=1), Resolution.BLANK),
        )
    )
    assert not made.is_blocked
    assert len(made.recordings[0].notes) == 2
    assert news(made) == []


def test_names_that_become_one_are_distinguished() -> None:
    made = plan(
        recording(
            "a",
            refer("1.mp4", owner="cam 1"),
            refer("2.mp4", owner="cam:1", dataset="/acquisition/cam:1/external_file"),
            refer("3.mp4", owner="CAM-1", dataset="/acquisition/CAM-1/external_file"),
        )
    )
    assert [path.rsplit("/", 1)[1] for path in targets(made)] == [
        "sub-1_ses-2_cam-1.mp4",
        "sub-1_ses-2_cam-1_2.mp4",
        "sub-1_ses-2_CAM-1_3.mp4",
    ]


@given(st.lists(st.text(), min_size=1, max_size=8), st.sampled_from(VideoNames))
def test_no_two_videos_share_a_place(owners: list[str], scheme: VideoNames) -> None:
    references = [
        refer(f"{index}.mp4", owner=owner, owner_id=owner, dataset=f"/s/{index}/external_file")
        for index, owner in enumerate(owners)
    ]
    made = plan(recording("a", *references), video_names=scheme)
    assert kinds(made) == []
    assert len({folded(item.target) for item in made.media}) == len(owners)


@given(st.lists(st.text(), min_size=1, max_size=8))
def test_a_new_reference_leads_from_its_recording_to_its_video(owners: list[str]) -> None:
    references = [
        refer(f"{index}.mp4", owner=owner, dataset=f"/s/{index}/external_file")
        for index, owner in enumerate(owners)
    ]
    made = plan(recording("a", *references))
    (planned,) = made.recordings
    by_source = {item.source: item.target for item in made.media}
    for rewrite in planned.rewrites:
        parts = parse_reference(rewrite.new).parts
        assert collapse((*planned.target[:-1], *parts)) == by_source[f"/raw/{rewrite.old}"]


class TestWhatDandiDoesNotUpload:
    def test_is_a_conflict(self) -> None:
        made = plan(recording("a", refer("a.mpg"), refer("b.mp4", index=1)))
        assert kinds(made) == ["not-uploadable"]
        assert "--remux" in made.conflicts[0].remedy

    def test_is_put_into_mp4_if_wanted(self) -> None:
        made = plan(recording("a", refer("a.mpg")), remux=True)
        assert targets(made) == [f"sub-1/{CAMERA}"]
        assert made.media[0].remux
        assert made.media[0].rate is None

    def test_unless_its_streams_do_not_fit(self) -> None:
        film = video("/raw/a.webm", cannot_remux="MP4 does not hold vp8 video")
        assert kinds(plan(recording("a", refer("a.webm", film)), remux=True)) == ["cannot-remux"]

    def test_a_bare_stream_takes_the_rate_of_its_series(self) -> None:
        film = video("/raw/a.h264", raw=True, own_rate=25.0)
        made = plan(recording("a", refer("a.h264", film, rate=30.0)), remux=True)
        assert made.media[0].rate == 30.0

    def test_a_bare_stream_without_a_rate_is_a_conflict(self) -> None:
        film = video("/raw/a.h264", raw=True)
        assert kinds(plan(recording("a", refer("a.h264", film)), remux=True)) == ["cannot-remux"]

    def test_an_image_is_never_put_into_mp4(self) -> None:
        image = refer("a.tif", holder=Holder.IMAGE, index=None, dataset="/acquisition/image")
        assert kinds(plan(recording("a", image), remux=True)) == ["not-uploadable"]


class TestTargets:
    there = ("sub-1", *CAMERA.split("/"))

    def test_an_earlier_copy_is_referenced_and_not_brought(self) -> None:
        film = video()
        made = plan(
            recording("a", refer("top.mp4", film)),
            disk=Disk(files={self.there: film.stamp.identity}),
        )
        assert kinds(made) == []
        assert made.media == ()
        assert made.recordings[0].media == ()
        assert news(made) == [CAMERA]

    def test_other_bytes_are_a_conflict(self) -> None:
        made = plan(recording("a", refer()), disk=Disk(files={self.there: "other"}))
        assert kinds(made) == ["target-exists"]

    def test_another_case_is_a_conflict(self) -> None:
        there = (*self.there[:-1], "SUB-1_ses-2_camera.mp4")
        made = plan(recording("a", refer()), disk=Disk(files={there: "other"}))
        assert kinds(made) == ["target-case"]

    def test_nothing_is_written_through_a_link(self) -> None:
        disk = Disk(obstacles={("sub-1", STEM): Obstacle.LINKED_FOLDER})
        assert kinds(plan(recording("a", refer()), disk=disk)) == ["target-exists"]

    def test_a_remuxed_copy_cannot_be_recognized(self) -> None:
        film = video("/raw/a.mpg")
        made = plan(
            recording("a", refer("a.mpg", film)),
            disk=Disk(files={self.there: film.stamp.identity}),
            remux=True,
        )
        assert kinds(made) == ["target-exists"]


class TestInPlace:
    home = ("sub-1", f"{STEM}.nwb")

    def test_a_settled_recording_plans_nothing(self) -> None:
        film = inside(("sub-1", *CAMERA.split("/")))
        made = plan(placed(self.home, refer(CAMERA, film)))
        assert made.is_empty
        assert made.settled == ("/".join(self.home),)

    def test_a_video_in_a_siblings_folder_stays(self) -> None:
        film = inside(("sub-1", "sub-1_ses-raw", "left.mp4"))
        made = plan(placed(self.home, refer("sub-1_ses-raw/left.mp4", film)))
        assert made.is_empty

    def test_the_reference_to_one_that_stays_is_spelled_right(self) -> None:
        film = inside(("sub-1", "sub-1_ses-raw", "left.mp4"))
        made = plan(placed(self.home, refer("sub-1_ses-raw\\left.mp4", film)))
        assert made.media == ()
        assert news(made) == ["sub-1_ses-raw/left.mp4"]

    def test_one_that_dandi_does_not_select_is_renamed(self) -> None:
        film = inside(("sub-1", STEM, "left.MP4"))
        made = plan(placed(self.home, refer(f"{STEM}/left.MP4", film)))
        assert targets(made) == [f"sub-1/{CAMERA}"]
        assert made.media[0].mode is TransferMode.MOVE

    def test_one_outside_the_subjects_folders_comes_in(self) -> None:
        film = inside(("videos", "left.mp4"))
        made = plan(placed(("raw", "a.nwb"), refer("../videos/left.mp4", film)))
        assert targets(made) == [f"sub-1/{CAMERA}"]
        assert news(made) == [CAMERA]

    @pytest.mark.parametrize("resolution", [Resolution.OUTSIDE, Resolution.NOT_FETCHED])
    def test_a_link_may_stay_whatever_it_leads_to(self, resolution: Resolution) -> None:
        film = inside(("sub-1", "sub-1_ses-raw", "left.mp4"))
        made = plan(
            placed(
                ("raw", "a.nwb"),
                refer("../sub-1/sub-1_ses-raw/left.mp4", film, resolution=resolution),
            )
        )
        assert kinds(made) == []
        assert made.media == ()
        assert news(made) == ["sub-1_ses-raw/left.mp4"]

    @pytest.mark.parametrize(
        ("resolution", "kind"),
        [(Resolution.OUTSIDE, "outside-roots"), (Resolution.NOT_FETCHED, "not-fetched")],
    )
    def test_a_link_that_cannot_stay_is_not_brought(
        self, resolution: Resolution, kind: str
    ) -> None:
        film = inside(("videos", "left.mp4"))
        made = plan(placed(self.home, refer("../videos/left.mp4", film, resolution=resolution)))
        assert kinds(made) == [kind]
        assert made.media == ()

    def test_a_recording_that_is_a_link_may_stay(self) -> None:
        assert kinds(plan(placed(self.home, reaches_out=True))) == []
        assert kinds(plan(placed(("raw", "a.nwb"), reaches_out=True))) == ["outside-roots"]

    def test_links_to_one_content_each_stay(self) -> None:
        paths = [("sub-1", STEM, "a.mp4"), ("sub-1", STEM, "b.mp4")]
        references = [
            refer(f"{STEM}/{path[-1]}", inside(path, stamp=stamp("7")), index=index)
            for index, path in enumerate(paths)
        ]
        assert plan(placed(self.home, *references)).is_empty


class TestRename:
    home = ("sub-1", f"{STEM}.nwb")
    wanted = ("sub-1", *CAMERA.split("/"))

    @staticmethod
    def scheme(reference: ReferenceFacts) -> Path:
        return ("sub-1", STEM, f"{reference.owner_id}_external_file_{reference.entry}.mp4")

    def test_a_video_is_named_by_the_scheme(self) -> None:
        reference = refer(CAMERA, inside(self.wanted))
        made = plan(placed(self.home, reference), rename=True, video_names=VideoNames.OBJECT_ID)
        assert [item.target for item in made.media] == [self.scheme(reference)]
        assert made.media[0].mode is TransferMode.MOVE
        assert news(made) == ["/".join(self.scheme(reference)[1:])]

    def test_one_that_is_called_so_stays(self) -> None:
        assert plan(placed(self.home, refer(CAMERA, inside(self.wanted))), rename=True).is_empty

    def test_it_goes_along_with_its_recording(self) -> None:
        film = inside(("sub-1", "sub-1_ses-old", "sub-1_ses-old_camera.mp4"))
        old = placed(("sub-1", "sub-1_ses-old.nwb"), refer("x", film))
        made = plan(old, rename=True)
        assert [item.target for item in made.media] == [self.wanted]
        assert made.recordings[0].target == self.home
        assert made.recordings[0].media == (self.wanted,)

    def test_one_that_another_has_the_name_of_is_numbered_and_stays_so(self) -> None:
        """Otherwise every run would give the two another name."""
        holder = refer("a", inside(self.wanted), owner="side")
        other = refer("b", inside(("sub-1", STEM, "x.mp4")), dataset="/s/external_file")
        disk = Disk(files={self.wanted: "/set/" + "/".join(self.wanted)})
        made = plan(placed(self.home, holder, other), rename=True, disk=disk)
        assert kinds(made) == []
        assert {item.source: item.target[-1] for item in made.media} == {
            f"/set/sub-1/{STEM}/sub-1_ses-2_camera.mp4": "sub-1_ses-2_side.mp4",
            f"/set/sub-1/{STEM}/x.mp4": "sub-1_ses-2_camera_2.mp4",
        }
        after = [
            replace(reference, media=inside(item.target))
            for reference, item in zip((holder, other), made.media, strict=True)
        ]
        texts = [replace(one, text="/".join(one.media.inside[1:])) for one in after if one.media]
        assert plan(placed(self.home, *texts), rename=True).is_empty

    def test_all_who_reference_it_follow(self) -> None:
        film = inside(self.wanted)
        mate = ("sub-1", "sub-1_ses-3_behavior+image.nwb")
        made = plan(
            placed(mate, refer(CAMERA, film), name="b", session="3"),
            placed(self.home, refer(CAMERA, film)),
            rename=True,
            video_names=VideoNames.OBJECT_ID,
        )
        (item,) = made.media
        assert item.target == self.scheme(refer())
        assert news(made) == ["/".join(item.target[1:])] * 2

    def test_one_that_somebody_else_references_stays_and_is_noted(self) -> None:
        film = inside(self.wanted)
        made = plan(
            placed(self.home, refer(CAMERA, film)),
            outsiders={film.stamp.identity: "sub-2/other.nwb"},
            rename=True,
            video_names=VideoNames.OBJECT_ID,
        )
        assert made.is_empty
        assert kinds(made) == []
        (note,) = made.notes
        assert "sub-2/other.nwb" in note

    def test_one_that_is_called_so_and_somebody_else_references_needs_no_note(self) -> None:
        film = inside(self.wanted)
        made = plan(
            placed(self.home, refer(CAMERA, film)),
            outsiders={film.stamp.identity: "sub-2/other.nwb"},
            rename=True,
        )
        assert made.notes == ()

    def test_one_that_a_source_outside_references_stays(self) -> None:
        film = inside(("sub-1", STEM, "x.mp4"))
        made = plan(recording("b", refer("../set/x.mp4", film)), rename=True)
        assert made.media == ()

    def test_two_names_of_one_content_stay_two(self) -> None:
        references = [
            refer(
                f"{STEM}/{name}.mp4",
                inside(("sub-1", STEM, f"{name}.mp4"), stamp=stamp("7")),
                owner=name,
                dataset=f"/s/{name}/external_file",
            )
            for name in ("a", "b")
        ]
        made = plan(placed(self.home, *references), rename=True)
        assert [item.target[-1] for item in made.media] == [
            "sub-1_ses-2_a.mp4",
            "sub-1_ses-2_b.mp4",
        ]

    def test_a_link_that_leads_outside_keeps_its_name(self) -> None:
        film = inside(("sub-1", STEM, "x.mp4"))
        made = plan(
            placed(self.home, refer(f"{STEM}/x.mp4", film, resolution=Resolution.OUTSIDE)),
            rename=True,
        )
        assert made.is_empty
        assert kinds(made) == []


class TestHardLinks:
    """One file under two names is reported before it is made."""

    def test_auto_may_make_them(self) -> None:
        (note,) = plan(recording("a", refer())).notes
        assert "hard-linked" in note
        assert "--videos copy" in note

    @pytest.mark.parametrize("way", [way for way in TransferMode if way is not TransferMode.AUTO])
    def test_who_chose_a_way_knows_it(self, way: TransferMode) -> None:
        assert plan(recording("a", refer()), videos=way).notes == ()

    @pytest.mark.parametrize(
        "changes", [{"annexed": True}, {"stamp": stamp("a", device="2")}], ids=["annexed", "far"]
    )
    def test_where_none_can_be_made_nothing_is_said(self, changes: dict[str, Any]) -> None:
        assert plan(recording("a", refer("top.mp4", video(**changes)))).notes == ()

    def test_none_is_made_where_git_annex_would_take_it(self) -> None:
        assert plan(recording("a", refer()), disk=Disk(annex=True)).notes == ()

    def test_none_is_made_of_what_is_put_into_mp4(self) -> None:
        assert plan(recording("a", refer("a.mpg")), remux=True).notes == ()


class TestMove:
    def test_what_somebody_else_references_is_not_taken(self) -> None:
        film = video()
        made = plan(
            recording("a", refer("top.mp4", film)),
            outsiders={film.stamp.identity: "raw/other.nwb"},
            videos=TransferMode.MOVE,
        )
        assert kinds(made) == ["shared-move"]
        assert "raw/other.nwb" in made.conflicts[0].reason
        assert "--videos auto" in made.conflicts[0].remedy

    def test_in_place_there_is_no_other_way_than_moving(self) -> None:
        film = inside(("videos", "top.mp4"))
        made = plan(
            placed(("loose.nwb",), refer("videos/top.mp4", film)),
            outsiders={film.stamp.identity: "other.nwb"},
        )
        assert kinds(made) == ["shared-move"]
        assert "--videos" not in made.conflicts[0].remedy

    def test_what_somebody_else_references_may_be_copied(self) -> None:
        film = video()
        made = plan(
            recording("a", refer("top.mp4", film)),
            outsiders={film.stamp.identity: "raw/other.nwb"},
            videos=TransferMode.COPY,
        )
        assert kinds(made) == []

    def test_what_a_left_out_recording_references_is_not_taken(self) -> None:
        film = video()
        broken = recording("b", refer("top.mp4", film), lose(refer("x.mp4", index=1)), session="3")
        made = plan(
            recording("a", refer("top.mp4", film)),
            broken,
            videos=TransferMode.MOVE,
            skip_conflicts=True,
        )
        assert made.left_out == ("raw/a.nwb", "raw/b.nwb")
        assert sorted(kinds(made)) == ["missing-video", "shared-move"]
        assert made.media == ()


def test_a_string_that_takes_nothing_is_a_conflict() -> None:
    made = plan(recording("a", refer("top.mp4", strings=Refusing())))
    assert kinds(made) == ["string-fixed"]
    assert "its strings have 7 bytes" in made.conflicts[0].reason


def test_a_string_that_need_not_change_may_take_nothing() -> None:
    film = inside(("sub-1", *CAMERA.split("/")))
    made = plan(placed(("sub-1", f"{STEM}.nwb"), replace(refer(CAMERA, film), strings=Refusing())))
    assert kinds(made) == []
