"""Names: what every system and the archive take, and no two alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.organize.plan.memory import EXTENSIONS, refer

from posecheck.organize.plan.names import (
    folded,
    is_acceptable,
    media_path,
    numbered,
    sanitize,
    why_refused,
    without_modalities,
)
from posecheck.organize.plan.values import VideoNames

TARGET = ("sub-1", "sub-1_ses-2_behavior+image.nwb")


@given(st.text())
def test_a_sanitized_name_is_plain_and_not_empty(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9_+-]{0,79}", sanitize(name))


@given(st.text())
def test_sanitizing_again_changes_nothing(name: str) -> None:
    assert sanitize(sanitize(name)) == sanitize(name)


@given(st.text(), st.integers(0, 10_000), st.sampled_from(VideoNames))
def test_the_archive_takes_whatever_a_series_is_called(
    owner: str, entry: int, scheme: VideoNames
) -> None:
    reference = refer(owner=owner, owner_id=owner, entry=entry, entries=entry + 1)
    path = media_path(TARGET, reference, ".mp4", scheme)
    assert why_refused(path) == ""
    assert is_acceptable(path, EXTENSIONS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Video: m3v1mp4", "Video-m3v1mp4"),
        ("Käfig oben", "Kafig-oben"),
        ("cam.left", "cam-left"),
        ("left_camera", "left_camera"),
        ("☃", "video"),
        ("-", "video"),
    ],
)
def test_a_sanitized_name_is_still_readable(name: str, expected: str) -> None:
    assert sanitize(name) == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("sub-1_ses-2_behavior+image", "sub-1_ses-2"),
        ("sub-1_ses-2_obj-abc_behavior", "sub-1_ses-2_obj-abc"),
        ("sub-1_ses-2", "sub-1_ses-2"),
        ("sub-1_image", "sub-1"),
    ],
)
def test_a_video_is_not_called_by_what_its_nwb_file_holds(stem: str, expected: str) -> None:
    assert without_modalities(stem) == expected


def test_the_two_schemes() -> None:
    reference = refer(entry=1, entries=2)
    folder = ("sub-1", "sub-1_ses-2_behavior+image")
    assert media_path(TARGET, reference, ".avi", VideoNames.SERIES) == (
        *folder,
        "sub-1_ses-2_camera_part-2.avi",
    )
    assert media_path(TARGET, reference, ".avi", VideoNames.OBJECT_ID) == (
        *folder,
        "11111111-2222-3333-4444-555555555555_external_file_1.avi",
    )


def test_without_an_object_id_a_video_is_named_after_its_series() -> None:
    path = media_path(TARGET, refer(owner_id=None), ".mp4", VideoNames.OBJECT_ID)
    assert path[-1] == "sub-1_ses-2_camera.mp4"


@pytest.mark.parametrize(
    "path",
    [
        ("sub-ä", "a.mp4"),
        ("sub-1", "a..mp4"),
        ("sub-1", "a."),
        ("sub-1", ".a.mp4"),
        (".hidden", "a.mp4"),
        ("sub-1", "aux.mp4"),
        ("sub-1", "a\\b.mp4"),
        ("sub-1", " a.mp4"),
        ("sub-1", "a" * 256),
        ("sub-1", *["folder-of-thirty-characters-x"] * 18, "a.mp4"),
    ],
)
def test_what_cannot_be_stored_is_refused(path: tuple[str, ...]) -> None:
    assert why_refused(path)
    assert not is_acceptable(path, EXTENSIONS)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("sub-1", "sub-1_ses-2", "a.mp4"), True),
        (("sub-1", "a.mp4"), True),
        (("sub-1", "a.MP4"), False),
        (("sub-1", "a.mpg"), False),
        (("a.mp4",), False),
        (("raw", "a.mp4"), False),
        ((), False),
    ],
)
def test_a_video_may_stay_where_dandi_uploads_it(path: tuple[str, ...], *, expected: bool) -> None:
    assert is_acceptable(path, EXTENSIONS) is expected


@given(st.integers(2, 999))
def test_a_number_distinguishes_names_and_keeps_the_extension(number: int) -> None:
    path = numbered(("sub-1", "a_camera.mp4"), number)
    assert path == ("sub-1", f"a_camera_{number}.mp4")


def test_names_that_some_file_system_confuses_are_folded_alike() -> None:
    assert folded(("A", "Café")) == folded(("a", "Cafe\u0301"))
