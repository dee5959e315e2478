"""dandi's names, and that they do not depend on what else is organized."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dandi.organize import create_unique_filenames_from_metadata, get_obj_id

from posecheck.model.recording import Recording, Subject
from posecheck.organize.dandi_names import propose_names

RECORDING = Recording(
    object_id="5f0d6c0e-8a0c-4a3f-9d7b-0d2f3c9f7c11",
    session_id="day_1",
    session_start_time="2024-01-02T09:30:00+00:00",
    subject=Subject(subject_id="mouse 1"),
    pose_types=("PoseEstimation",),
    group_types=("ElectricalSeries", "ImageSeries", "NWBFile", "PoseEstimation", "Subject"),
)


def name(**changes: object) -> str:
    return propose_names(replace(RECORDING, **changes)).plain[-1]  # type: ignore[arg-type]


def test_a_name_says_subject_session_and_modalities() -> None:
    assert propose_names(RECORDING).plain == (
        "sub-mouse-1",
        "sub-mouse-1_ses-day-1_behavior+ecephys+image.nwb",
    )


def test_the_distinct_name_is_the_one_that_dandi_gives_on_a_collision() -> None:
    crc = get_obj_id(RECORDING.object_id)
    assert propose_names(RECORDING).distinct == (
        "sub-mouse-1",
        f"sub-mouse-1_ses-day-1_obj-{crc}_behavior+ecephys+image.nwb",
    )


def test_without_an_object_id_there_is_no_distinct_name() -> None:
    assert propose_names(replace(RECORDING, object_id=None)).distinct is None


@pytest.mark.parametrize(
    ("time", "session"),
    [
        ("2024-01-02T09:30:00+00:00", "20240102T093000"),
        ("2024-01-02T00:00:00+00:00", "20240102T000000"),
        ("2024-01-02T09:30:00.123-08:00", "20240102T093000"),
    ],
)
def test_a_missing_session_is_made_of_the_whole_time(time: str, session: str) -> None:
    assert name(session_id=None, session_start_time=time).startswith(f"sub-mouse-1_ses-{session}_")


@pytest.mark.parametrize("time", [None, "", "last Tuesday"])
def test_without_a_time_either_no_session_is_named(time: str | None) -> None:
    assert name(session_id=" ", session_start_time=time) == "sub-mouse-1_behavior+ecephys+image.nwb"


def test_bare_containers_say_nothing_of_the_content() -> None:
    assert name(pose_types=(), group_types=("NWBDataInterface",)) == "sub-mouse-1_ses-day-1.nwb"


def test_it_is_what_dandi_makes_of_a_batch() -> None:
    records = [
        {
            "path": f"{number}.nwb",
            "subject_id": "mouse 1",
            "session_id": f"day_{number}",
            "nd_types": ["ElectricalSeries", "ImageSeries"],
            "modalities": ["behavior"],
        }
        for number in (1, 2)
    ]
    named = create_unique_filenames_from_metadata(records)
    assert [item["dandi_filename"] for item in named] == [
        name(session_id="day_1"),
        name(session_id="day_2"),
    ]
