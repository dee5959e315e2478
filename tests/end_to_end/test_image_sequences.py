"""A video that is kept as images, through the command: checked, long, and organized."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.end_to_end.command import posecheck
from tests.recordings.edits import every, refer, replace
from tests.recordings.written import CAMERA_VIDEO, FRAMES, VIDEO, write_recording
from tests.video.written_videos import encode_image, write_images

pytestmark = pytest.mark.slow

LONG = 2_000


def keep_images(path: Path, names: list[str]) -> Path:
    """Let the series list images that lie in ``frames`` beside the NWB file."""
    with h5py.File(path, "r+") as file:
        every(
            refer(*(f"frames/{name}" for name in names), starting_frame=list(range(len(names)))),
            replace(f"{CAMERA_VIDEO}/num_samples", np.uint32(len(names))),
        )(file)
    (path.parent / VIDEO).unlink()
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = write_recording(tmp_path / "raw")
    images = write_images(path.parent / "frames", FRAMES)
    return keep_images(path, [image.name for image in images])


def test_a_sequence_of_images_is_clean(recording: Path) -> None:
    outcome = posecheck("validate", str(recording), "--output", "json", "--engine", "pose")
    assert (outcome.code, outcome.report["findings"]) == (0, [])


def test_organize_brings_every_image_and_the_result_is_clean(
    recording: Path, tmp_path: Path
) -> None:
    dandiset = tmp_path / "000123"
    dandiset.mkdir()
    (dandiset / "dandiset.yaml").write_text("identifier: DANDI:000123\n")
    done = posecheck("organize", str(recording), "-d", str(dandiset), "--yes")
    assert done.code == 0, done.stderr
    assert len(list(dandiset.rglob("sub-*/*/*.png"))) == FRAMES
    outcome = posecheck("validate", str(dandiset), "--output", "json", "--engine", "pose")
    assert (outcome.code, outcome.report["findings"]) == (0, [])


def test_thousands_of_images_are_checked_in_one_finding_each(tmp_path: Path) -> None:
    path = write_recording(tmp_path)
    folder = path.parent / "frames"
    folder.mkdir()
    names = [f"{index:05d}.png" for index in range(LONG)]
    content = encode_image()
    for name in names:
        (folder / name).write_bytes(content)
    (folder / names[1_234]).write_bytes(content[:-30])
    keep_images(path, names)
    arguments = ("--output", "json", "--engine", "pose", "--select", "VID")
    outcome = posecheck("validate", str(path), *arguments)
    (finding,) = outcome.report["findings"]
    assert finding["code"] == "VID035"
    assert finding["message"] == (
        "images that cannot be shown, 1 of 2000: 01234.png (it is cut off)"
    )
    for name in names[:1_500]:
        (folder / name).unlink()
    outcome = posecheck("validate", str(path), *arguments)
    (finding,) = outcome.report["findings"]
    assert finding["code"] == "VID002"
    assert finding["message"].startswith("1500 of 2,000 images are not there: 00000.png, 00001.png")
