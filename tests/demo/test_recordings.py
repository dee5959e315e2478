"""What posecheck, dandi and a person find in the files of the demo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import numpy.typing as npt
import pytest
from tests.end_to_end.command import validate

from posecheck.catalog import load_catalog
from posecheck.demo.camera import HEIGHT, WIDTH
from posecheck.demo.mistakes import STORIES, Story
from posecheck.demo.mouse import FRAMES, RATE

pytestmark = pytest.mark.slow

DANDI = "from dandi.cli.command import main; main()"
WRITE_AGAIN = """
import sys
from pathlib import Path
from posecheck.demo.mistakes import STORIES
from posecheck.demo.writing import write_recording
write_recording(STORIES[0].draft(), Path(sys.argv[1]))
"""
KNOWN = frozenset(rule.code for rule in load_catalog())
CLEAN = [story for story in STORIES if not story.mistakes]
PLANTED = [story for story in STORIES if story.mistakes]


def subject(story: Story) -> str:
    return story.subject


@pytest.fixture(scope="module")
def findings(dandiset: Path) -> list[dict[str, Any]]:
    report = validate(dandiset).report
    assert len(report["files"]) == len(STORIES)
    assert {file["status"] for file in report["files"]} == {"checked"}
    return list(report["findings"])


@pytest.mark.parametrize("story", CLEAN, ids=subject)
def test_careful_recording_gives_nothing_at_all(
    story: Story, findings: list[dict[str, Any]]
) -> None:
    assert [finding for finding in findings if finding["file"].endswith(story.path)] == []


@pytest.mark.parametrize("story", PLANTED, ids=subject)
def test_planted_mistakes_are_found_and_nothing_else(
    story: Story, findings: list[dict[str, Any]]
) -> None:
    found = {finding["code"] for finding in findings if finding["file"].endswith(story.path)}
    # what other validators say of these files is theirs
    assert found & KNOWN == story.codes & KNOWN
    assert found & KNOWN


def test_dandi_finds_nothing_in_careful_recordings(dandiset: Path) -> None:
    places = [dandiset / story.path for story in CLEAN]
    done = subprocess.run(
        [sys.executable, "-c", DANDI, "validate", "dandiset.yaml", *places],
        cwd=dandiset,
        env=os.environ | {"DANDI_NO_ET": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "No errors found.", done.stdout
    assert done.returncode == 0


def test_videos_are_small_and_as_described(dandiset: Path) -> None:
    videos = sorted(path for path in dandiset.rglob("*") if path.suffix.lower() == ".mp4")
    assert len(videos) == sum(
        view.file is not None for story in STORIES for view in story.draft().views
    )
    for path in videos:
        assert path.stat().st_size < 150_000
        with path.open("rb") as file, av.open(file, "r") as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
            assert (stream.width, stream.height) == (WIDTH, HEIGHT)
            assert stream.average_rate == RATE
            assert len(list(container.decode(stream))) == FRAMES


def test_writing_again_gives_the_same_but_for_object_ids(dandiset: Path, tmp_path: Path) -> None:
    story = STORIES[0]
    # In a process of its own, as the command writes it: late in a long test run the encoder wrote
    # other bytes twice; why is not known.
    subprocess.run([sys.executable, "-P", "-c", WRITE_AGAIN, tmp_path], check=True)
    again = tmp_path / story.path
    for path in (dandiset / story.path).with_suffix("").iterdir():
        difference = frames(again.with_suffix("") / path.name) - frames(path)
        assert np.abs(difference).max() <= 16
        assert np.abs(difference).mean() < 0.1
    first, second = contents(dandiset / story.path), contents(again)
    assert first
    assert first == second


def frames(path: Path) -> npt.NDArray[np.int16]:
    """Return the gray frames of a video, shape (frames, height, width)."""
    with av.open(str(path)) as container:
        decoded = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return np.stack(decoded).astype(np.int16)


def contents(path: Path) -> dict[str, str]:
    """Return the values of every dataset and attribute but object ids and references."""
    found: dict[str, str] = {}

    def visit(name: str, node: Any) -> None:
        for key, value in node.attrs.items():
            if key != "object_id" and not isinstance(value, h5py.Reference):
                found[f"{name}@{key}"] = repr(np.asarray(value).tolist())
        if isinstance(node, h5py.Dataset) and not h5py.check_ref_dtype(node.dtype):
            values = np.asarray(node[()])
            found[name] = repr((values.round(3) if values.dtype.kind == "f" else values).tolist())

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def test_every_recording_is_reported_in_its_place() -> None:
    assert [story.path for story in STORIES] == sorted(story.path for story in STORIES)
    descriptions = [mistake.description for story in STORIES for mistake in story.mistakes]
    assert len(descriptions) == len(set(descriptions))
    assert all(mistake.codes for story in STORIES for mistake in story.mistakes)
