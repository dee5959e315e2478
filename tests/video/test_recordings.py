"""A recording and its video, read together: what the rules say of real files on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from tests.recordings.written import (
    CAMERA_VIDEO,
    FRAMES,
    HEIGHT,
    POSE,
    RATE,
    VIDEO,
    WIDTH,
    write_recording,
)
from tests.video.written_videos import cut, write_video

from posecheck.catalog import load_catalog
from posecheck.engine.evaluation import evaluate
from posecheck.engine.rule_set import build_rule_set
from posecheck.model.finding import Finding, Origin
from posecheck.model.rule import Need
from posecheck.model.video_file import Decode, VideoAccess
from posecheck.reading import read_recording
from posecheck.sources.local_source import LocalSource

CODES = frozenset(
    {
        *("VID012", "VID015", "VID016", "VID017", "VID018", "VID019", "VID020", "VID021"),
        *("VID027", "REF005", "REF006", "TIM006", "TIM009", "TIM010", "TIM013"),
    }
)
RULES = tuple(rule for rule in load_catalog() if rule.code in CODES)
BOOK = build_rule_set(RULES, {}, Origin("posecheck", "0"))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "dandiset")


def look(path: Path, decode: Decode = Decode.PACKETS) -> list[Finding]:
    needs = frozenset(Need) - {Need.REPROJECTION}
    read = read_recording(
        LocalSource.at(path, "a.nwb"), needs=needs, videos=VideoAccess(decode=decode)
    )
    return list(evaluate(read, BOOK).findings)


def said(path: Path) -> dict[str, str]:
    return {finding.code: finding.message for finding in look(path)}


@pytest.mark.parametrize("decode", list(Decode))
@pytest.mark.parametrize("clock", ["rate", "timestamps"])
def test_a_careful_recording_gives_nothing(tmp_path: Path, clock: str, decode: Decode) -> None:
    assert clock in {"rate", "timestamps"}
    path = write_recording(tmp_path, clock="rate" if clock == "rate" else "timestamps")
    assert look(path, decode) == []


def replace_video(recording: Path, **changes: Any) -> None:
    options: dict[str, Any] = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT}
    write_video(recording.parent / VIDEO, **options | changes)


def test_one_frame_too_few_is_a_warning(recording: Path) -> None:
    replace_video(recording, frames=FRAMES - 1)
    (finding,) = look(recording)
    assert (finding.code, finding.severity) == ("VID016", "warning")
    assert finding.message == "the files hold 119 frames, num_samples says 120: 1 apart"


def test_many_frames_too_few_are_one_error(recording: Path) -> None:
    replace_video(recording, frames=FRAMES - 20)
    assert said(recording) == {
        "VID016": "the files hold 100 frames, num_samples says 120: 20 apart"
    }


def test_a_cut_video_is_said_once(recording: Path) -> None:
    replace_video(recording, container_options={"movflags": "faststart"})
    cut(recording.parent / VIDEO, 0.7)
    found = said(recording)
    assert "VID016" not in found
    assert "frames lie behind the end of the file" in found["VID027"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(b""), "is empty: it has zero bytes"),
        (lambda path: cut(path, 0.5), "is incomplete: it has no moov atom"),
        (lambda path: path.write_text("ffconcat version 1.0\n"), "is no video: it is a text file"),
    ],
)
def test_a_video_that_is_none_is_reported(
    recording: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(recording.parent / VIDEO)
    assert message in said(recording)["VID015"]


def test_a_video_of_another_size_contradicts_dimension(recording: Path) -> None:
    """Until that is corrected, nobody knows which frame the positions lie in."""
    replace_video(recording, width=48, height=32)
    found = said(recording)
    assert found["VID018"].startswith("dimension is 96 × 64,")
    assert "REF005" not in found


def test_width_and_height_exchanged_are_named(recording: Path) -> None:
    with h5py.File(recording, "r+") as file:
        file[f"{CAMERA_VIDEO}/dimension"][...] = [HEIGHT, WIDTH]
    found = said(recording)
    assert set(found) == {"VID018"}
    assert found["VID018"].endswith("width and height are exchanged")


def test_a_video_rotated_by_its_metadata_is_named(recording: Path) -> None:
    replace_video(recording, rotation=90)
    assert "displayed turned by 90°, as 64 × 96" in said(recording)["VID018"]


def test_an_uneven_video_wants_timestamps(recording: Path) -> None:
    stamps = np.arange(FRAMES) * 1000 // 30
    stamps[60:] += 400
    replace_video(recording, stamps=stamps.tolist())
    assert "33 to 434 ms apart" in said(recording)["VID021"]


def test_a_video_at_another_rate_is_named(recording: Path) -> None:
    replace_video(recording, rate=60)
    assert said(recording)["VID017"].endswith("runs at 60 Hz, the series' rate is 30 Hz")


def test_a_codec_that_no_browser_plays_is_named(recording: Path) -> None:
    replace_video(recording, codec="mpeg4")
    assert said(recording)["VID020"].endswith("no browser decodes mpeg4")


def change_positions(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    with h5py.File(path, "r+") as file:
        for node in ("nose", "left_ear", "right_ear", "tail_base"):
            data = file[f"{POSE}/{node}/data"]
            data[...] = change(data[...])


@pytest.mark.parametrize(
    ("change", "code", "figures"),
    [
        # In the careful recording the animal keeps to the middle: spread it over the frame first.
        (lambda xy: (xy * [1.9, 1.2] - [43, 6])[:, ::-1], "REF006", "inside one of 64 × 96"),
        (lambda xy: -xy, "REF005", "100.0% of the positions lie outside"),
        (lambda xy: xy * [1, -1], "REF005", "y reaches -"),
        (lambda xy: xy * 3, "REF005", "outside the video's 96 × 64 frame"),
    ],
)
def test_positions_that_do_not_fit_the_video_are_distinguished(
    recording: Path, change: Callable[[np.ndarray], np.ndarray], code: str, figures: str
) -> None:
    change_positions(recording, change)
    found = [finding for finding in look(recording) if finding.code.startswith("REF")]
    assert found
    assert {finding.code for finding in found} == {code}
    assert any(figures in finding.message for finding in found)
    assert {finding.severity for finding in found} == {"error"}


def test_pose_before_its_video_is_named(recording: Path) -> None:
    with h5py.File(recording, "r+") as file:
        file[f"{CAMERA_VIDEO}/starting_time"][...] = 12.5
    assert "begins 12.5 s (375 frames) before its video" in said(recording)["TIM009"]


def test_frame_numbers_for_seconds_are_confirmed_by_the_video(recording: Path) -> None:
    with h5py.File(recording, "r+") as file:
        for node in ("nose", "left_ear", "right_ear", "tail_base"):
            file[f"{POSE}/{node}/starting_time"].attrs["rate"] = 1.0
    found = said(recording)["TIM006"]
    end = (FRAMES - 1) / RATE
    assert f"the video 'camera_video' ends after {end:.4g} s: these are frame numbers" in found


def test_files_that_do_not_start_where_the_ones_before_end_are_named(recording: Path) -> None:
    first, second = VIDEO, VIDEO.replace(".mp4", "_part-2.mp4")
    replace_video(recording, frames=50)
    write_video(recording.parent / second, 70, width=WIDTH, height=HEIGHT)
    with h5py.File(recording, "r+") as file:
        series = file[CAMERA_VIDEO]
        del series["external_file"]
        series["external_file"] = [first, second]
        series["external_file"].attrs["starting_frame"] = np.array([0, 60])
    assert set(said(recording)) == {"VID012"}
    with h5py.File(recording, "r+") as file:
        file[f"{CAMERA_VIDEO}/external_file"].attrs["starting_frame"] = np.array([0, 50])
    assert said(recording) == {}


def test_a_video_that_is_not_fetched_is_skipped_not_broken(recording: Path) -> None:
    video = recording.parent / VIDEO
    video.unlink()
    video.symlink_to("../../.git/annex/objects/aa/bb/SHA256E-s9--ab.mp4/SHA256E-s9--ab.mp4")
    read = read_recording(
        LocalSource.at(recording, "a.nwb"), needs=frozenset({Need.VIDEO, Need.TARGETS})
    )
    report = evaluate(read, BOOK)
    assert not [finding for finding in report.findings if finding.code.startswith("VID")]
    skipped = {skip.code for skip in report.skipped if skip.reason == "video not fetched"}
    assert {"VID015", "VID016", "VID018", "VID020", "VID021", "VID027"} <= skipped
