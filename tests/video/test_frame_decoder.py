"""One frame, the right one, upright, with the keypoints where they belong."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.local_files import decode_path
from tests.recordings.written import CAMERA_VIDEO, HEIGHT, POSE, VIDEO, WIDTH, write_recording
from tests.video.written_videos import write_video

from posecheck.model.errors import UsageError
from posecheck.model.picture import Picture, PictureRequest
from posecheck.reading.frame_picture import picture_frame
from posecheck.sources.local_source import LocalSource
from posecheck.video.bitmap_font import size_of_text, write_text
from posecheck.video.ffmpeg import VideoError
from posecheck.video.frame_decoder import Pixels
from posecheck.video.pose_overlay import Labels, draw_pose, enlarge, enlarged


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
def test_the_frame_that_was_requested_is_decoded(
    tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    video = write_video(tmp_path / name, 60, options=options | {"crf": "10"})
    for number in (0, 1, 29, 58, 59):
        assert left_edge(decode_path(video, number, seconds=60)) == number


def test_a_bare_stream_is_decoded_from_its_start(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.h264", 20, container="h264", options={"crf": "10"})
    assert left_edge(decode_path(video, 13, seconds=60)) == 13


def test_a_rotated_frame_is_upright(tmp_path: Path) -> None:
    upright = decode_path(write_video(tmp_path / "a.mp4"), 0, seconds=60)
    turned = decode_path(write_video(tmp_path / "b.mp4", rotation=90), 0, seconds=60)
    assert np.array_equal(turned, np.rot90(upright))


@pytest.mark.parametrize("number", [-1, 30])
def test_a_frame_that_is_not_there_is_reported(tmp_path: Path, number: int) -> None:
    with pytest.raises(VideoError, match="it has 30 frames, the last of which is 29"):
        decode_path(write_video(tmp_path / "a.mp4"), number, seconds=60)


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


def test_small_frames_are_enlarged_and_points_with_them() -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[10, 20] = 255
    large, times = enlarge(pixels)
    assert (large.shape, times) == ((480, 640, 3), 10)
    x, y = enlarged((20.0, 10.0), times) or (0.0, 0.0)
    assert tuple(large[round(y), round(x)]) == (255, 255, 255)
    assert enlarged(None, times) is None
    assert enlarge(np.zeros((480, 1920, 3), np.uint8))[1] == 1


@pytest.mark.parametrize("text", ["nose", "left_ear", "Ohr_é", "", "鼻", "a" * 300])
def test_a_text_is_written_within_its_size(text: str) -> None:
    pixels = np.full((40, 400, 3), 90, np.uint8)
    across, down = size_of_text(text, 2)
    write_text(pixels, text, 10, 10, 2)
    changed = (pixels != 90).any(axis=2)
    assert bool(changed.any()) == bool(text.strip())
    rows, columns = np.nonzero(changed)
    if text:
        assert rows.min() >= 8
        assert rows.max() <= 10 + down + 1
        assert columns.max() <= 10 + across + 1


def test_no_name_covers_another_and_none_leaves_the_picture() -> None:
    pixels = np.full((480, 640, 3), 90, np.uint8)
    labels = Labels(pixels)
    points = [(300.0 + 3 * index, 200.0 + 2 * index) for index in range(40)]
    labels.reserve(points)
    written = [labels.write(point, f"node_{index}") for index, point in enumerate(points)]
    assert 5 < sum(written) < 40
    assert not labels.write((5000.0, 3.0), "far outside")
    assert Labels(pixels).write((638.0, 478.0), "in_the_corner")


def test_the_scale_is_as_long_as_it_says() -> None:
    pixels = np.full((480, 640, 3), 90, np.uint8)
    Labels(pixels).write_scale(10)  # 64 pixels wide: a fifth is 12.8, so 10 are drawn
    white = (pixels == 255).all(axis=2)
    lengths = white[440:].sum(axis=1)
    assert int(lengths.max()) == 10 * 10 - 2


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path)


def draw(path: Path, number: int) -> Picture:
    return picture_frame(LocalSource.at(path, "a.nwb"), PictureRequest(frame=number))


TIMES = 7
"""How often a pixel of the small video is repeated, so that names can be read."""


def test_the_pose_is_drawn_where_it_is_stored(recording: Path) -> None:
    picture = draw(recording, 60)
    size = (TIMES * WIDTH, TIMES * HEIGHT)
    assert (picture.width, picture.height, picture.seconds) == (*size, 2.0)
    assert picture.times == TIMES
    assert set(picture.drawn) == {"nose", "left_ear", "right_ear", "tail_base"}
    assert (picture.absent, picture.outside, picture.video) == ((), (), VIDEO)
    with h5py.File(recording) as file:
        x, y = file[f"{POSE}/nose/data"][60]
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, 3)
    row, column = ((float(value) + 0.5) * TIMES - 0.5 for value in (y, x))
    assert tuple(pixels[round(row), round(column)]) == (230, 159, 0)


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


def test_a_recording_without_its_video_is_reported(recording: Path) -> None:
    (recording.parent / VIDEO).unlink()
    with pytest.raises(UsageError, match="no pose in it has a video that is at hand"):
        draw(recording, 0)
