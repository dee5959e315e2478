"""Remuxing brings every frame, byte for byte, into an MP4 file that says the same each time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.local_files import probe_path
from tests.video.written_videos import cut, write_video

from posecheck.model.errors import ApplyError
from posecheck.video.remux import remux


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").tobytes() for frame in container.decode(video=0)]


def times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.MP4", "libx264", "mp4"),
        ("a.m4v", "libx264", "mp4"),
        ("a.mpg", "mpeg2video", None),
        ("a.ts", "libx264", None),
        ("a.mkv", "libx264", None),
        ("a.webm", "libvpx-vp9", None),
        ("a.avi", "mpeg4", None),
    ],
)
def test_every_picture_arrives(
    tmp_path: Path, name: str, codec: str, container: str | None
) -> None:
    source = write_video(tmp_path / name, 30, codec=codec, container=container)
    remux(source, tmp_path / "b.mp4")
    assert pictures(tmp_path / "b.mp4") == pictures(source)
    facts = probe_path(tmp_path / "b.mp4")
    assert (facts.fault, facts.frames) == (None, 30)
    assert times(tmp_path / "b.mp4")[0] == pytest.approx(0, abs=0.08)
    assert times(tmp_path / "b.mp4")[-1] - times(tmp_path / "b.mp4")[0] == pytest.approx(
        29 / 30, abs=0.005
    )


@pytest.mark.parametrize("preset", ["ultrafast", "medium"])  # without and with B-frames
def test_a_bare_stream_is_timed_by_its_rate(tmp_path: Path, preset: str) -> None:
    source = write_video(tmp_path / "a.h264", 30, container="h264", options={"preset": preset})
    remux(source, tmp_path / "b.mp4", rate=25.0)
    assert pictures(tmp_path / "b.mp4") == pictures(source)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].average_rate == Fraction(25)
    shown = times(tmp_path / "b.mp4")
    assert [round((time - shown[0]) * 25) for time in shown] == list(range(30))


def test_a_bare_stream_without_a_rate_is_refused(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.h264", 10, container="h264")
    with pytest.raises(
        ApplyError, match=r"a\.h264 cannot be put into MP4: it carries no time stamps"
    ):
        remux(source, tmp_path / "b.mp4")
    assert not (tmp_path / "b.mp4").exists()


def test_it_says_the_same_each_time(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mkv", 30)
    remux(source, tmp_path / "b.mp4")
    remux(source, tmp_path / "c.mp4")
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "c.mp4").read_bytes()


def test_a_stream_that_mp4_does_not_take_is_refused(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.avi", 10, codec="huffyuv", pixel_format="yuv422p")
    with pytest.raises(ApplyError, match="cannot be put into MP4"):
        remux(source, tmp_path / "b.mp4")
    assert not (tmp_path / "b.mp4").exists()


def test_a_text_file_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.mpg"
    source.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    with pytest.raises(ApplyError, match="it is a text file"):
        remux(source, tmp_path / "b.mp4")


def test_an_existing_target_is_left_alone(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mkv", 5)
    (tmp_path / "b.mp4").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        remux(source, tmp_path / "b.mp4")
    assert (tmp_path / "b.mp4").read_bytes() == b"mine"


def test_a_cut_video_is_no_worse_than_before(tmp_path: Path) -> None:
    source = cut(write_video(tmp_path / "a.mkv", 60), 0.6)
    remux(source, tmp_path / "b.mp4")
    assert probe_path(tmp_path / "b.mp4").frames == probe_path(source).frames
