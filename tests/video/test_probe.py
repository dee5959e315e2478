"""Wrong videos are distinguished, and right ones are measured exactly."""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.local_files import probe_path
from tests.video.written_videos import HEIGHT, WIDTH, cut, repeat_video, write_empty, write_video

from posecheck.model.video_file import Decode, VideoFault

NTSC = Fraction(30000, 1001)
FASTSTART = {"movflags": "faststart"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}


@pytest.mark.parametrize(
    ("name", "codec", "container", "codec_name"),
    [
        ("a.mp4", "libx264", "mov", "h264"),
        ("a.mov", "libx264", "mov", "h264"),
        ("a.mp4", "libx265", "mov", "hevc"),
        ("a.mkv", "libx264", "matroska", "h264"),
        ("a.webm", "libvpx-vp9", "matroska", "vp9"),
        ("a.avi", "mpeg4", "avi", "mpeg4"),
        ("a.mpg", "mpeg1video", "mpeg", "mpeg1video"),
        ("a.ts", "mpeg2video", "mpegts", "mpeg2video"),
        ("a.wmv", "wmv2", "asf", "wmv2"),
        ("a.flv", "flv", "flv", "flv1"),
        ("CAM.MP4", "libx264", "mov", "h264"),
        ("größe 鼠.mp4", "libx264", "mov", "h264"),
    ],
)
def test_every_format_is_measured(
    tmp_path: Path, name: str, codec: str, container: str, codec_name: str
) -> None:
    made = "mp4" if name.endswith("MP4") else None
    facts = probe_path(write_video(tmp_path / name, 60, codec=codec, container=made))
    assert (facts.fault, facts.truncated) == (None, "")
    assert (facts.container, facts.codec) == (container, codec_name)
    assert (facts.width, facts.height, facts.frames) == (WIDTH, HEIGHT, 60)
    assert facts.rate == pytest.approx(30, rel=1e-3)
    assert facts.duration == pytest.approx(2, abs=0.01)
    assert not facts.is_variable


def test_motion_jpeg_is_measured(tmp_path: Path) -> None:
    facts = probe_path(write_video(tmp_path / "a.avi", codec="mjpeg", pixel_format="yuvj420p"))
    assert (facts.codec, facts.frames, facts.fault) == ("mjpeg", 30, None)


def test_a_bare_stream_is_counted_and_has_no_time(tmp_path: Path) -> None:
    facts = probe_path(write_video(tmp_path / "a.h264", 25, container="h264"))
    assert (facts.container, facts.frames, facts.frame_rate) == ("h264", 25, None)
    assert facts.declared_frame_rate == 30


@pytest.mark.parametrize(
    ("name", "codec", "unplayable"),
    [
        ("a.mp4", "libx264", ""),
        ("a.webm", "libvpx-vp9", ""),
        ("a.mp4", "libx265", "only some browsers, on some machines, decode HEVC"),
        ("a.mpg", "mpeg1video", "no browser decodes mpeg1video"),
        ("a.avi", "libx264", "no browser opens the container format avi"),
    ],
)
def test_what_browsers_play_is_known(
    tmp_path: Path, name: str, codec: str, unplayable: str
) -> None:
    assert probe_path(write_video(tmp_path / name, 3, codec=codec)).unplayable == unplayable


def test_browsers_want_subsampled_colors(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", 3, pixel_format="yuv444p")
    assert probe_path(video).unplayable == "its pixel format is yuv444p, and browsers play yuv420p"


def test_a_rotated_video_is_measured_as_it_is_displayed(tmp_path: Path) -> None:
    facts = probe_path(write_video(tmp_path / "a.mp4", rotation=90))
    assert (facts.width, facts.height) == (HEIGHT, WIDTH)
    assert (facts.coded_width, facts.coded_height, facts.rotation) == (WIDTH, HEIGHT, 90)


@pytest.mark.parametrize("options", [{}, {"preset": "medium", "bf": "3"}])
def test_uneven_frames_are_detected_also_behind_frames_that_look_ahead(
    tmp_path: Path, options: dict[str, str]
) -> None:
    stamps = [0, 33, 66, 100, 200, 233, 300, 333, 366, 400, 500]
    facts = probe_path(write_video(tmp_path / "a.mp4", stamps=stamps, options=options))
    assert facts.is_variable
    assert facts.least_step == pytest.approx(0.033, abs=0.001)
    assert facts.greatest_step == pytest.approx(0.1, abs=0.001)
    assert facts.frame_rate == pytest.approx(20)


@pytest.mark.parametrize("name", ["a.mkv", "a.flv"])
def test_time_rounded_to_milliseconds_is_even(tmp_path: Path, name: str) -> None:
    codec = "flv" if name == "a.flv" else "libx264"
    assert not probe_path(write_video(tmp_path / name, 90, rate=120, codec=codec)).is_variable


@pytest.mark.parametrize("decode", [Decode.PACKETS, Decode.FULL])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_frames_that_look_ahead_are_counted_once(tmp_path: Path, name: str, decode: Decode) -> None:
    video = write_video(tmp_path / name, 50, options={"preset": "medium", "bf": "3"})
    facts = probe_path(video, decode=decode)
    assert facts.displayed_frames == 50
    assert facts.decoded_frames == (50 if decode is Decode.FULL else None)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["long.mp4", "long.mkv"])
def test_every_frame_of_an_hour_is_counted(tmp_path: Path, name: str) -> None:
    video = repeat_video(tmp_path / name, 107_892, rate=NTSC)
    facts = probe_path(video)
    assert facts.frames == 107_892
    assert facts.duration == pytest.approx(3600, abs=0.01)
    assert facts.frame_rate == pytest.approx(29.97003, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "codec", "container_options", "left"),
    [
        ("a.mp4", "libx264", FASTSTART, 117),
        ("a.mp4", "libx264", FRAGMENTED, None),
        ("a.mkv", "libx264", {}, None),
        ("a.avi", "mpeg4", {}, None),
        ("a.wmv", "wmv2", {}, None),
    ],
)
def test_a_video_cut_in_the_middle_is_detected_and_what_is_left_is_counted(
    tmp_path: Path, name: str, codec: str, container_options: dict[str, str], left: int | None
) -> None:
    video = write_video(
        tmp_path / name,
        300,
        codec=codec,
        container_options=container_options,
        options={"g": "30"} if codec == "libx264" else {},
    )
    assert probe_path(video).truncated == ""
    facts = probe_path(cut(video, 0.6))
    assert facts.fault is None
    assert "of which" in facts.truncated or "behind the end" in facts.truncated
    assert 50 < facts.frames < 250
    assert left is None or abs(facts.frames - left) < 20


def test_an_index_at_the_end_is_lost_with_it(tmp_path: Path) -> None:
    facts = probe_path(cut(write_video(tmp_path / "a.mp4"), 0.5))
    assert facts.fault is VideoFault.NO_MOOV
    assert facts.detail.startswith("it has no moov atom; its mdat states")


def test_a_video_of_zeros_does_not_decode(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4")
    content = bytearray(video.read_bytes())
    start, end = content.find(b"mdat") + 4, content.find(b"moov") - 4
    content[start:end] = bytes(end - start)
    video.write_bytes(content)
    facts = probe_path(video)
    assert facts.fault is VideoFault.UNDECODABLE
    assert facts.detail == "none of its 30 frames decodes"


def test_frames_that_do_not_decode_are_detected_when_all_are_tried(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", 60, codec="mjpeg", pixel_format="yuvj420p")
    content = bytearray(video.read_bytes())
    middle, end = len(content) // 2, content.rfind(b"idx1")
    for start in range(middle, end - 64, 64):
        content[start : start + 48] = bytes(48)
    video.write_bytes(content)
    assert probe_path(video).truncated == ""
    facts = probe_path(video, decode=Decode.FULL)
    assert facts.decoded_frames is not None
    assert facts.decoded_frames < 60
    assert "decode" in facts.truncated


def test_a_video_without_a_frame_is_reported(tmp_path: Path) -> None:
    assert probe_path(write_empty(tmp_path / "a.mp4")).fault is VideoFault.NO_FRAME


@pytest.mark.parametrize(
    ("name", "content", "fault", "detail"),
    [
        ("a.mp4", b"", VideoFault.ZERO_BYTES, "it has zero bytes"),
        ("a.mp4", b"notes of the session\n", VideoFault.NOT_A_VIDEO, "it is a text file"),
        ("a.mp4", b"\x89HDF\r\n\x1a\n" + bytes(99), VideoFault.NOT_A_VIDEO, "it is an HDF5 file"),
        ("a.avi", b"RIFF\x24\0\0\0WAVE", VideoFault.NOT_A_VIDEO, "it is a RIFF file, but not AVI"),
        (
            "a.mp4",
            bytes(5000),
            VideoFault.NOT_A_VIDEO,
            "it is nothing but zeros at its beginning",
        ),
        (
            "a.mp4",
            bytes(range(255, 0, -1)),
            VideoFault.NOT_A_VIDEO,
            "it is no video format that posecheck knows",
        ),
        (
            "a.seq",
            bytes(range(255, 0, -1)),
            VideoFault.UNSUPPORTED_FORMAT,
            "posecheck knows no video format that begins as it does",
        ),
    ],
)
def test_what_is_no_video_is_named(
    tmp_path: Path, name: str, content: bytes, fault: VideoFault, detail: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    facts = probe_path(path)
    assert (facts.fault, facts.detail) == (fault, detail)


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile '{canary}'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{canary}\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    ],
)
def test_a_playlist_in_disguise_opens_nothing_else(tmp_path: Path, text: str) -> None:
    canary = write_video(tmp_path / "canary.mp4")
    disguised = tmp_path / "a.mp4"
    disguised.write_text(text.format(canary=canary.name))
    facts = probe_path(disguised)
    assert (facts.fault, facts.detail) == (VideoFault.NOT_A_VIDEO, "it is a text file")


def refer_elsewhere(movie: bytes, path: str) -> bytes:
    """Make a movie look for its samples in another file, and erase its own.

    A QuickTime data reference of the type ``alis`` names a file; FFmpeg can be set to follow it.
    """
    name = path.rsplit("/", 1)[-1].encode()
    alias = bytes(10) + b"\0" + bytes(27) + bytes(12)
    alias += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    alias += struct.pack(">hh", 1, 1) + bytes(16)
    alias += struct.pack(">hh", 2, len(path)) + path.encode() + b"\0" * (len(path) % 2)
    alias += struct.pack(">hh", -1, 0) + bytes(64)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    content = bytearray(movie)
    start = content.index(b"url \0\0\0\1") - 4
    content[start : start + 12] = entry
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = content.index(box) - 4
        (length,) = struct.unpack_from(">I", content, place)
        struct.pack_into(">I", content, place, length + len(entry) - 12)
    first, last = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[first:last] = bytes(last - first)
    return bytes(content)


def test_a_movie_that_keeps_its_samples_elsewhere_is_not_followed(tmp_path: Path) -> None:
    canary = write_video(tmp_path / "canary.mov")
    movie = tmp_path / "a.mov"
    movie.write_bytes(refer_elsewhere(canary.read_bytes(), canary.as_posix()))
    followed = {"enable_drefs": "1", "use_absolute_path": "1"}
    with movie.open("rb") as file, av.open(file, "r", format="mov", options=followed) as container:
        assert next(container.decode(video=0)).width == WIDTH  # the trap is a real one
    assert probe_path(movie).fault is not None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "a.mp4")
        detail = "it is not a regular file"
    else:
        (tmp_path / "a.mp4").mkdir()
        detail = "Permission denied"
    assert probe_path(tmp_path / "a.mp4").detail == detail


def test_a_video_that_is_gone_is_reported(tmp_path: Path) -> None:
    assert probe_path(tmp_path / "gone.mp4").fault is VideoFault.UNREADABLE


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_deadline_ends_a_probe_quietly(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    facts = probe_path(write_video(tmp_path / name), seconds=0)
    assert (facts.fault, facts.detail) == (VideoFault.TIMEOUT, "it took longer than 0 s")
    assert capfd.readouterr() == ("", "")


def test_a_probe_that_must_open_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="forbids"):
        probe_path(tmp_path / "a.mp4", decode=Decode.NONE)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("originals")
    kinds = [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("a.wmv", "wmv2")]
    kinds += [("a.mpg", "mpeg1video"), ("a.flv", "flv")]
    return [write_video(folder / n, 5, codec=c).read_bytes() for n, c in kinds]


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    database=None,  # an encoder writes other bytes in the next run
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_video_never_breaks_the_probe(
    originals: list[bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(originals)))
    for _ in range(data.draw(st.integers(1, 8))):
        # The structure lies at the beginning and at the end.
        near = data.draw(st.integers(0, min(len(content), 1200) - 1))
        place = near if data.draw(st.booleans()) else len(content) - 1 - near
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.mp4"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    for decode in (Decode.PACKETS, Decode.FULL):
        facts = probe_path(path, decode=decode, seconds=10)
        assert (facts.fault is None) == (not facts.detail)
    assert capfd.readouterr() == ("", "")
