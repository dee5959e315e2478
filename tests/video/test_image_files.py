"""Image files: what is read of one, and that thousands stay bounded."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.local_files import decode_path, local, probe_path
from tests.video.written_videos import HEIGHT, WIDTH, encode_image, write_images, write_video

from posecheck.model.video_file import Decode, VideoFault
from posecheck.video import Probes
from posecheck.video.ffmpeg import VideoError
from posecheck.video.image_files import chosen_to_decode

KINDS = {
    "a.png": ("png", "rgb24"),
    "gray.png": ("png", "gray"),
    "deep.png": ("png", "gray16be"),
    "a.jpg": ("mjpeg", "yuvj420p"),
    "a.bmp": ("bmp", "bgr24"),
    "a.tif": ("tiff", "rgb24"),
}


@pytest.mark.parametrize("name", KINDS)
def test_an_image_is_measured(tmp_path: Path, name: str) -> None:
    codec, pixel_format = KINDS[name]
    path = tmp_path / name
    path.write_bytes(encode_image(codec, width=80, height=50, pixel_format=pixel_format))
    facts = probe_path(path)
    assert (facts.fault, facts.is_image, facts.frames) == (None, True, 1)
    assert (facts.width, facts.height) == (80, 50)
    assert (facts.rate, facts.unplayable) == (None, "")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_an_image_that_is_cut_off_is_reported(tmp_path: Path, name: str, share: float) -> None:
    codec, pixel_format = KINDS[name]
    content = encode_image(codec, pixel_format=pixel_format)
    path = tmp_path / name
    path.write_bytes(content[: int(share * len(content))])
    assert probe_path(path).fault in {VideoFault.TRUNCATED, VideoFault.UNDECODABLE}


def test_a_kind_of_tiff_that_ffmpeg_does_not_know_is_not_broken(tmp_path: Path) -> None:
    """Microscopes store 32-bit numbers."""
    content = bytearray(encode_image("tiff", pixel_format="gray"))
    order = "<" if content[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", content, 4)
    (entries,) = struct.unpack_from(order + "H", content, first)
    for place in range(first + 2, first + 2 + 12 * entries, 12):
        if struct.unpack_from(order + "H", content, place) == (258,):  # BitsPerSample
            struct.pack_into(order + "HIH", content, place + 2, 3, 1, 32)
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    assert probe_path(path).fault is VideoFault.UNSUPPORTED_FORMAT


def test_a_wrong_byte_in_a_png_is_detected_without_decoding(tmp_path: Path) -> None:
    paths = write_images(tmp_path, 3)
    content = bytearray(paths[1].read_bytes())
    content[content.index(b"IDAT") + 20] ^= 0xFF
    paths[1].write_bytes(content)
    facts = Probes().facts_of_sequence(local(paths))
    assert [one.fault for one in facts] == [None, VideoFault.UNDECODABLE, None]
    assert facts[1].detail == "the checksum of its IDAT does not match"


def test_a_gif_is_an_image_or_a_video(tmp_path: Path) -> None:
    still = write_video(tmp_path / "a.gif", 1, codec="gif", pixel_format="rgb8")
    moving = write_video(tmp_path / "b.gif", 12, codec="gif", pixel_format="rgb8")
    assert (probe_path(still).is_image, probe_path(still).frames) == (True, 1)
    facts = probe_path(moving)
    assert (facts.is_image, facts.frames, facts.width) == (False, 12, WIDTH)
    assert (facts.rate, facts.unplayable) == (None, "")


def test_pages_of_a_tiff_are_frames(tmp_path: Path) -> None:
    page = encode_image("tiff")
    content = bytearray(page)
    order = "<" if page[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", page, 4)
    (entries,) = struct.unpack_from(order + "H", page, first)
    directory = page[first : first + 2 + 12 * entries]
    struct.pack_into(order + "I", content, first + len(directory), len(content))
    content += directory + bytes(4)
    path = tmp_path / "stack.tif"
    path.write_bytes(content)
    facts = probe_path(path)
    assert (facts.frames, facts.is_image, facts.width) == (2, False, WIDTH)


@pytest.mark.parametrize(
    ("name", "content", "fault", "detail"),
    [
        ("a.png", b"", VideoFault.ZERO_BYTES, "it has zero bytes"),
        ("a.png", b"no picture\n", VideoFault.NOT_A_VIDEO, "it is a text file"),
        ("a.mp4", encode_image(), VideoFault.NOT_A_VIDEO, "it is a PNG image"),
        ("a.avi", encode_image("mjpeg", pixel_format="yuvj420p"), VideoFault.NOT_A_VIDEO, None),
        ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 ", VideoFault.TRUNCATED, "it is cut off"),
        ("a.webp", b"RIFF\x08\0\0\0WEBPVP9 ", VideoFault.UNSUPPORTED_FORMAT, None),
    ],
)
def test_what_is_no_image_is_named(
    tmp_path: Path, name: str, content: bytes, fault: VideoFault, detail: str | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    facts = probe_path(path)
    assert facts.fault is fault
    assert detail is None or facts.detail == detail


def test_a_bomb_is_not_decoded(tmp_path: Path) -> None:
    content = bytearray(encode_image())
    start = content.index(b"IHDR")
    struct.pack_into(">II", content, start + 4, 100_000, 100_000)
    struct.pack_into(">I", content, start + 17, zlib.crc32(content[start : start + 17]))
    path = tmp_path / "a.png"
    path.write_bytes(content)
    facts = probe_path(path)
    assert facts.fault is VideoFault.UNSUPPORTED_FORMAT
    assert "are more than posecheck decodes" in facts.detail


def test_a_sequence_of_any_length_decodes_a_bounded_share() -> None:
    assert chosen_to_decode(12, 64 * 48, Decode.PACKETS) == frozenset(range(12))
    some = chosen_to_decode(100_000, 1920 * 1080, Decode.PACKETS)
    assert {0, 99_999} <= some
    assert len(some) == 2**28 // (1920 * 1080)
    assert chosen_to_decode(100_000, 1920 * 1080, Decode.FULL) == frozenset(range(100_000))
    assert len(chosen_to_decode(100_000, 2**40, Decode.PACKETS)) == 16


def test_a_sequence_has_the_time_of_one_video(tmp_path: Path) -> None:
    facts = Probes(seconds=0).facts_of_sequence(local(write_images(tmp_path, 3)))
    assert [one.fault for one in facts] == [VideoFault.TIMEOUT] * 3


def test_workers_share_what_a_sequence_said(tmp_path: Path) -> None:
    paths, folder = write_images(tmp_path / "images", 5), tmp_path / "run"
    folder.mkdir()
    facts = Probes(folder=folder).facts_of_sequence(local(paths))
    assert Probes(folder=folder).facts_of_sequence(local(paths)) == facts
    assert len(list(folder.iterdir())) == 3  # not three files for each image
    (folder / next(folder.glob("*.facts")).name).unlink()
    again = Probes(folder=folder).facts_of_sequence(local(paths))
    assert [one.fault for one in again] == [VideoFault.CRASHED] * 5


def test_an_image_is_frame_0(tmp_path: Path) -> None:
    (path,) = write_images(tmp_path, 1)
    assert decode_path(path, 0, seconds=9).shape == (HEIGHT, WIDTH, 3)
    with pytest.raises(VideoError, match="single image"):
        decode_path(path, 1, seconds=9)


@pytest.fixture(scope="module")
def originals() -> list[bytes]:
    return [encode_image(codec, pixel_format=pixels) for codec, pixels in KINDS.values()]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_image_never_breaks_the_probe(
    originals: list[bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(originals)))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.png"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    facts = probe_path(path, seconds=10)
    assert (facts.fault is None) == (not facts.detail)
    assert capfd.readouterr() == ("", "")
