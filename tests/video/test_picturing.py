"""One frame, the right one, upright, with the keypoints where they belong."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.recordings.written import CAMERA_VIDEO, HEIGHT, POSE, VIDEO, WIDTH, write_recording
from tests.video.making import write_video

from posecheck.model.errors import UsageError
from posecheck.model.picture import Picture
from posecheck.reading.frames import picture_frame
from posecheck.video.drawing import draw_pose
from posecheck.video.opening import VideoError
from posecheck.video.picturing import Pixels, decode_frame


def left_edge(pixels: Pixels) -> int:
    """Where the dark square of `write_video` begins: it moves a pixel with each frame."""
    return int(np.flatnonzero(pixels[16, :, 0] < 120)[0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mp4", {"preset": "medium", "bf": "3", "g": "12"}),
        ("a.mkv", {"preset": "medium", "bf": "3", "g": "12"}),
    ],
)
def test_the_frame_that_was_asked_for_is_decoded(
    tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    video = write_video(tmp_path / name, 60, options=options | {"crf": "10"})
    for number in (0, 1, 29, 58, 59):
        assert left_edge(decode_frame(video, number, seconds=60)) == number


def test_a_bare_stream_is_decoded_from_its_start(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.h264", 20, container="h264", options={"crf": "10"})
    assert left_edge(decode_frame(video, 13, seconds=60)) == 13


def test_a_rotated_frame_is_upright(tmp_path: Path) -> None:
    upright = decode_frame(write_video(tmp_path / "a.mp4"), 0, seconds=60)
    turned = decode_frame(write_video(tmp_path / "b.mp4", rotation=90), 0, seconds=60)
    assert np.array_equal(turned, np.rot90(upright))


@pytest.mark.parametrize("number", [-1, 30])
def test_a_frame_that_is_not_there_is_told(tmp_path: Path, number: int) -> None:
    with pytest.raises(VideoError, match="it has 30 frames, the last of which is 29"):
        decode_frame(write_video(tmp_path / "a.mp4"), number, seconds=60)


def test_points_far_outside_draw_nothing_and_take_no_time() -> None:
    pixels = np.zeros((20, 30, 3), np.uint8)
    draw_pose(pixels, [(1e300, -1e300), (-1e9, 5.0), None], [(0, 1), (1, 2), (0, 7), (-1, 0)])
    assert not pixels.any()


def test_nodes_and_edges_are_drawn_over_each_other() -> None:
    pixels = np.zeros((60, 60, 3), np.uint8)
    draw_pose(pixels, [(10.0, 10.0), (50.0, 10.0)], [(0, 1)])
    assert tuple(pixels[10, 30]) == (255, 255, 255)
    assert tuple(pixels[10, 10]) == (230, 159, 0)
    assert tuple(pixels[10, 50]) == (86, 180, 233)
    assert not pixels[30:].any()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path)


def draw(path: Path, number: int) -> Picture:
    return picture_frame(path, number, shown="a.nwb")


def test_the_pose_is_drawn_where_it_is_stored(recording: Path) -> None:
    picture = draw(recording, 60)
    assert (picture.width, picture.height, picture.seconds) == (WIDTH, HEIGHT, 2.0)
    assert set(picture.drawn) == {"nose", "left_ear", "right_ear", "tail_base"}
    assert (picture.absent, picture.outside, picture.video) == ((), (), VIDEO)
    with h5py.File(recording) as file:
        x, y = file[f"{POSE}/nose/data"][60]
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(HEIGHT, WIDTH, 3)
    assert tuple(pixels[round(float(y)), round(float(x))]) == (230, 159, 0)


def test_missing_and_outside_nodes_are_named(recording: Path) -> None:
    with h5py.File(recording, "r+") as file:
        file[f"{POSE}/nose/data"][7] = np.nan
        file[f"{POSE}/left_ear/data"][7] = [500, 5]
    picture = draw(recording, 7)
    assert (picture.absent, picture.outside) == (("nose",), ("left_ear",))


def test_pose_and_picture_are_matched_by_time(tmp_path: Path) -> None:
    path = write_recording(tmp_path, clock="timestamps")
    with h5py.File(path, "r+") as file:
        file[f"{CAMERA_VIDEO}/starting_time"][...] = 1.0
        positions = file[f"{POSE}/nose/data"][40]
        file[f"{POSE}/nose/data"][...] = np.nan
        file[f"{POSE}/nose/data"][40] = positions
    # Frame 10 is shown at 1 + 10 / 30 s, when sample 40 was taken.
    assert "nose" in draw(path, 10).drawn
    assert "nose" in draw(path, 11).absent


def test_the_second_of_two_files_continues_the_count(recording: Path) -> None:
    second = VIDEO.replace(".mp4", "_part-2.mp4")
    write_video(recording.parent / second, 30, width=WIDTH, height=HEIGHT)
    with h5py.File(recording, "r+") as file:
        series = file[CAMERA_VIDEO]
        del series["external_file"]
        series["external_file"] = [VIDEO, second]
    assert draw(recording, 119).video == VIDEO
    assert draw(recording, 120).video == second
    with pytest.raises(UsageError, match="there is no frame 150: the video has 150"):
        draw(recording, 150)


def test_a_recording_without_its_video_is_told(recording: Path) -> None:
    (recording.parent / VIDEO).unlink()
    with pytest.raises(UsageError, match="no pose in it has a video that is at hand"):
        draw(recording, 0)
