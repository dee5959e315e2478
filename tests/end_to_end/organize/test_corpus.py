"""Files that other programs wrote, with their videos, become a dandiset whose references hold."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import h5py
import pytest
from tests.corpus.folder import find_corpus
from tests.end_to_end.command import validate
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    contents,
    organize,
    recordings,
    references,
)

pytestmark = pytest.mark.slow

WITH_VIDEO = {
    "neuroconv-0.10.2/dlc_video_linked/dlc_video_linked.nwb": "m3v1mp4.mp4",
    "neuroconv-0.10.2/sleap_dance/sleap_dance.nwb": "dance.mp4",
    "sleap-io-0.9.5/clip_pred.predictions.nwb": "clip.mp4",
    "sleap-io-0.9.5/small_robot.annotations.nwb": "small_robot.mp4",
}
"""Those whose video lies beside them. Each refers to it by a path of the machine it was made on."""

WITHOUT_SUBJECT = {name for name in WITH_VIDEO if name.startswith("sleap-io")}
NEW = ("-d", "dandiset", "--new-dandiset", "000123")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A folder ``raw`` with these files and their videos, apart from everything else."""
    corpus = find_corpus()
    assert corpus is not None
    for name, video in WITH_VIDEO.items():
        target = tmp_path / "raw" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for file in (corpus / name, (corpus / name).with_name(video)):
            shutil.copyfile(file, target.with_name(file.name))
    return tmp_path


def test_what_lacks_a_subject_is_reported(lab: Path) -> None:
    before = contents(lab)
    outcome = organize("raw", *NEW, "--find-videos", "raw", "--yes", cwd=lab)
    assert outcome.code == 1
    assert "subject-missing × 2" in outcome.stdout
    assert all(Path(name).name in outcome.stdout for name in WITHOUT_SUBJECT)
    assert contents(lab) == before


def test_all_arrive_and_their_references_hold(lab: Path) -> None:
    for name in WITHOUT_SUBJECT:
        name_subject(lab / "raw" / name, Path(name).name.partition(".")[0])
    before = errors_of(corrected(lab))
    outcome = organize("raw", *NEW, "--find-videos", "raw", "--yes", cwd=lab)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    dandiset = lab / "dandiset"
    arrived = recordings(dandiset)
    assert len(arrived) == len(WITH_VIDEO)
    assert all(references(path) for path in arrived.values())
    assert_all_resolve(dandiset)
    brought = {digest for name, digest in contents(dandiset).items() if name.endswith(".mp4")}
    there = {digest for name, digest in contents(lab / "raw").items() if name.endswith(".mp4")}
    assert brought == there
    after = errors_of(dandiset)
    assert set(after) == set(before)
    for identifier, codes in after.items():
        assert codes <= before[identifier]


def corrected(lab: Path) -> Path:
    """Return a copy in which each file refers to the video beside it, written by hand.

    What a video shows to be wrong is only seen where a reference leads to it.
    """
    folder = Path(shutil.copytree(lab / "raw", lab / "corrected"))
    for name, video in WITH_VIDEO.items():
        with h5py.File(folder / name, "r+") as file:
            for place in references(lab / "raw" / name):
                dataset, _, index = place.rstrip("]").partition("[")
                file[dataset][int(index)] = video
    return folder


def name_subject(path: Path, subject: str) -> None:
    """Write what the converter left out."""
    with h5py.File(path, "r+") as file:
        group = file.require_group("/general/subject")
        group.attrs.update(
            {"neurodata_type": "Subject", "namespace": "core", "object_id": str(uuid4())}
        )
        group["subject_id"] = subject.replace("_", "")


def errors_of(folder: Path) -> dict[str, set[str]]:
    """The codes of errors, by what each recording calls itself."""
    report = validate(".", cwd=folder).report
    found: dict[str, set[str]] = {}
    for entry in report["files"]:
        with h5py.File(folder / entry["path"], "r") as file:
            identifier = str(file["identifier"].asstr()[()])
        found[identifier] = {
            finding["code"]
            for finding in report["findings"]
            if finding["file"] == entry["path"] and finding["severity"] == "error"
        }
    return found
