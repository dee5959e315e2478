"""Where the demo is written, and where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from posecheck.demo import write_demo
from posecheck.demo.folder import DANDISET
from posecheck.demo.mistakes import STORIES
from posecheck.model.errors import UsageError

ONE = STORIES[:1]


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_empty_folder_is_filled_and_stays_the_same_folder(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    before = folder.stat().st_ino
    (written,) = write_demo(folder, stories=ONE)
    assert written.is_file()
    assert folder.stat().st_ino == before
    assert names(folder) == {"dandiset.yaml", f"sub-{ONE[0].subject}"}
    assert names(tmp_path) == {"empty"}


@pytest.mark.slow
@pytest.mark.parametrize("empty", [False, True], ids=["new", "empty"])
def test_interrupted_it_leaves_nothing(tmp_path: Path, empty: bool) -> None:
    folder = tmp_path / "demo"
    if empty:
        folder.mkdir()

    def interrupt(done: int, total: int) -> None:
        assert (done, total) == (1, 1)
        assert names(tmp_path) > {"demo"} or not empty
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_demo(folder, stories=ONE, on_recording=interrupt)
    assert names(tmp_path) == ({"demo"} if empty else set())
    assert not empty or names(folder) == set()


@pytest.mark.slow
def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    def somebody_else(done: int, total: int) -> None:
        (folder / f"sub-{ONE[0].subject}").mkdir(parents=True)
        (folder / f"sub-{ONE[0].subject}" / "theirs.nwb").write_text("theirs")

    with pytest.raises(UsageError, match="cannot be written"):
        write_demo(folder, stories=ONE, on_recording=somebody_else)
    assert names(tmp_path) == {"demo"}
    assert names(folder) == {f"sub-{ONE[0].subject}"}
    assert (folder / f"sub-{ONE[0].subject}" / "theirs.nwb").read_text() == "theirs"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("a-file", "is a file"),
        ("link", "is a link"),
        ("dangling", "is a link"),
        ("full", "is not empty"),
        ("old-demo", "holds the demo already"),
        ("nowhere/demo", "there is no folder"),
        ("full/demo", "lies in the dandiset"),
        ("full/sub-01/demo", "lies in the dandiset"),
    ],
)
def test_refused(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "a-file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty", target_is_directory=True)
    (tmp_path / "dangling").symlink_to("absent", target_is_directory=True)
    (tmp_path / "full" / "sub-01").mkdir(parents=True)
    (tmp_path / "full" / "dandiset.yaml").write_text("identifier: DANDI:000001\n")
    (tmp_path / "old-demo").mkdir()
    (tmp_path / "old-demo" / "dandiset.yaml").write_text(DANDISET)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=reason):
        write_demo(tmp_path / place, stories=ONE)
    assert sorted(tmp_path.rglob("*")) == before
