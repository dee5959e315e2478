"""`posecheck validate --diff-base`: what changed is checked, and what references what changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.engine.files import write_nwb
from tests.git_command import commit_all, create_repository, git

pytestmark = pytest.mark.slow

REST = 2.2
"""Seconds that a file must have been left alone so that a verdict on it is kept."""


def write_recording(path: Path, *references: str) -> None:
    """Write a recording whose confidence is in percent, with a video of these files."""
    write_nwb(path, highest=80)
    with h5py.File(path, "r+") as file:
        video = file.create_group("acquisition/camera")
        video.attrs.update(neurodata_type="ImageSeries", namespace="core")
        video["format"] = "external"
        video["external_file"] = [reference.encode() for reference in references]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Three recordings, of which the last references no video that the others do."""
    folder = tmp_path / "dataset"
    for name in ("a", "b", "c"):
        write_recording(folder / f"sub-{name}" / f"{name}.nwb", f"videos/{name}.mp4")
        video = folder / f"sub-{name}" / "videos" / f"{name}.mp4"
        video.parent.mkdir()
        video.write_bytes(b"no video at all " * 9 + name.encode())
    return create_repository(folder)


def check(folder: Path, *arguments: str, base: str = "main") -> Outcome:
    return posecheck(
        *("validate", ".", "--select", "VID002,CNF,VID028", "--diff-base", base),
        *(*arguments, "--output", "json"),
        cwd=folder,
    )


def checked(folder: Path, base: str = "main") -> list[str]:
    return [Path(file["path"]).stem for file in check(folder, base=base).report["files"]]


def test_nothing_changed_passes_with_a_sentence(dataset: Path) -> None:
    outcome = posecheck("validate", ".", "--diff-base", "main", cwd=dataset)
    assert outcome.code == 0
    assert "Nothing to check: no NWB file changed, nor what one references." in outcome.stdout
    assert "3 files left out: neither they nor what they reference changed since main (" in (
        " ".join(outcome.stdout.split())
    )
    assert check(dataset).report["changes"]["unchanged"] == 3


@pytest.mark.parametrize("state", ["work tree", "staged", "committed", "untracked"])
def test_an_nwb_file_that_changed_is_checked_wherever_git_has_the_change(
    dataset: Path, state: str
) -> None:
    git(dataset, "switch", "--quiet", "--create", "request")
    path = dataset / ("new.nwb" if state == "untracked" else "sub-b/b.nwb")
    write_recording(path)
    if state == "staged":
        git(dataset, "add", "--all")
    if state == "committed":
        commit_all(dataset)
    assert checked(dataset) == [path.stem]


def test_what_changed_on_the_base_since_the_fork_is_not_checked(dataset: Path) -> None:
    git(dataset, "switch", "--quiet", "--create", "request")
    write_recording(dataset / "sub-a" / "a.nwb")
    commit_all(dataset)
    git(dataset, "switch", "--quiet", "main")
    write_recording(dataset / "sub-b" / "b.nwb")
    commit_all(dataset)
    git(dataset, "switch", "--quiet", "request")
    assert checked(dataset) == ["a"]


def test_a_recording_is_checked_where_its_video_changed_appeared_or_vanished(
    dataset: Path,
) -> None:
    (dataset / "sub-a" / "videos" / "a.mp4").write_bytes(b"another")
    assert checked(dataset) == ["a"]
    (dataset / "sub-b" / "videos" / "b.mp4").unlink()
    outcome = check(dataset)
    assert [Path(file["path"]).stem for file in outcome.report["files"]] == ["a", "b"]
    assert "VID002" in outcome.codes("b.nwb")
    base = commit_all(dataset)
    (dataset / "sub-b" / "videos" / "b.mp4").write_bytes(b"here it is")
    assert checked(dataset, base) == ["b"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_followed_to_what_changed(dataset: Path) -> None:
    (dataset / "raw").mkdir()
    (dataset / "sub-a" / "videos" / "a.mp4").rename(dataset / "raw" / "first.mp4")
    (dataset / "sub-a" / "videos" / "a.mp4").symlink_to("../../linked/first.mp4")
    (dataset / "linked").symlink_to("raw")
    base = commit_all(dataset)
    (dataset / "raw" / "first.mp4").write_bytes(b"another")
    assert checked(dataset, base) == ["a"]
    base = commit_all(dataset)
    (dataset / "linked").unlink()
    (dataset / "linked").symlink_to("sub-b")
    assert checked(dataset, base) == ["a"]


def test_a_rule_over_several_files_is_skipped_and_names_no_video_as_unreferenced(
    dataset: Path,
) -> None:
    (dataset / "dandiset.yaml").write_text("identifier: '000000'\n", encoding="utf-8")
    base = commit_all(dataset)
    write_recording(dataset / "sub-a" / "a.nwb", "videos/a.mp4")
    (dataset / "sub-a" / "videos" / "a.mp4").write_bytes(b"another")
    outcome = check(dataset, base=base)
    assert "VID028" not in outcome.codes()
    assert "only a part of the dandiset was checked" in str(outcome.report["skipped"])


def test_a_baseline_and_a_base_go_together(dataset: Path) -> None:
    known = ("--baseline", "known.toml")
    posecheck("validate", ".", "--select", "CNF", "--write-baseline", "known.toml", cwd=dataset)
    base = commit_all(dataset)
    (dataset / "sub-a" / "videos" / "a.mp4").write_bytes(b"another")
    outcome = check(dataset, *known, base=base)
    assert (outcome.code, outcome.report["baseline"]["stale"]) == (0, [])
    (dataset / "sub-a" / "videos" / "a.mp4").unlink()
    assert check(dataset, *known, base=base).code == 1
    outcome = check(dataset, "--write-baseline", "known.toml")
    assert (outcome.code, "leave out --diff-base" in outcome.stderr) == (2, True)


def test_a_store_that_is_a_folder_is_checked_when_something_in_it_changed(dataset: Path) -> None:
    (dataset / "z.nwb.zarr" / "acquisition").mkdir(parents=True)
    (dataset / "z.nwb.zarr" / "acquisition" / ".zgroup").write_text("{}", encoding="utf-8")
    base = commit_all(dataset)
    (dataset / "z.nwb.zarr" / "acquisition" / ".zgroup").write_text('{"zarr_format": 2}')
    assert checked(dataset, base) == ["z.nwb"]


def test_where_git_cannot_tell_it_is_a_mistake(dataset: Path, tmp_path: Path) -> None:
    outcome = check(dataset, base="nowhere")
    assert (outcome.code, "holds no commit 'nowhere'" in outcome.stderr) == (2, True)
    write_nwb(tmp_path / "outside" / "d.nwb")
    outcome = check(tmp_path / "outside")
    assert (outcome.code, "is not in git" in outcome.stderr) == (2, True)
    outcome = posecheck(*("validate", ".", "../outside/d.nwb", "--diff-base", "main"), cwd=dataset)
    assert (outcome.code, "is not in git" in outcome.stderr) == (2, True)
    (dataset / "linked").symlink_to(tmp_path / "outside")
    outcome = posecheck("validate", ".", "linked", "--diff-base", "main", cwd=dataset)
    assert (outcome.code, "linked is not in the git repository" in outcome.stderr) == (2, True)


def test_a_shallow_clone_without_the_base_says_how_to_fetch_it(
    dataset: Path, tmp_path: Path
) -> None:
    git(dataset, "switch", "--quiet", "--create", "request")
    write_recording(dataset / "sub-a" / "a.nwb")
    commit_all(dataset)
    git(tmp_path, "clone", "--quiet", "--depth=1", dataset.as_uri(), "clone")
    clone = tmp_path / "clone"
    outcome = check(clone, base="origin/main")
    assert outcome.code == 2
    assert "git fetch --depth=1 origin main" in outcome.stderr
    git(clone, "fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert checked(clone, "origin/main") == ["a"]


def test_a_repository_in_the_repository_is_compared_with_what_the_base_records(
    dataset: Path, tmp_path: Path
) -> None:
    first = git(dataset, "rev-parse", "HEAD")
    inner = tmp_path / "inner"
    write_recording(inner / "d.nwb", "d.mp4")
    write_recording(inner / "e.nwb", "e.mp4")
    (inner / "d.mp4").write_bytes(b"x")
    create_repository(inner)
    allowed = ("-c", "protocol.file.allow=always")
    git(dataset, *allowed, "submodule", "--quiet", "add", str(inner), "sub-inner")
    write_recording(dataset / "sub-c" / "c.nwb", "../sub-inner/d.mp4")
    base = commit_all(dataset)
    assert checked(dataset, base) == []
    (dataset / "sub-inner" / "d.mp4").write_bytes(b"another")
    assert checked(dataset, base) == ["c", "d"]
    commit_all(dataset / "sub-inner")
    commit_all(dataset)
    assert checked(dataset, base) == ["c", "d"]
    assert checked(dataset, first) == ["c", "d", "e"]


def test_content_of_git_annex_is_followed_and_what_was_not_fetched_is_counted(
    dataset: Path, tmp_path: Path
) -> None:
    git(dataset, "annex", "init", "--quiet")
    for path in ("sub-a", "sub-b"):
        git(dataset, "rm", "--quiet", "--cached", "-r", path)
        git(dataset, "annex", "add", "--quiet", path)
    git(dataset, "annex", "unlock", "--quiet", "sub-b/videos/b.mp4")
    base = commit_all(dataset)
    # git reads again what changed in the second of its index, and no filter of git-annex runs then.
    time.sleep(1.1)
    git(dataset, "update-index", "--refresh", "-q")
    assert (dataset / "sub-a" / "videos" / "a.mp4").is_symlink()
    assert checked(dataset, base) == []
    for name in ("a", "b"):
        video = dataset / f"sub-{name}" / "videos" / f"{name}.mp4"
        git(dataset, "annex", "unlock", "--quiet", str(video))
        video.write_bytes(b"another")
        git(dataset, "annex", "add", "--quiet", str(video))
    commit_all(dataset)
    assert checked(dataset, base) == ["a", "b"]
    git(tmp_path, "clone", "--quiet", str(dataset), "clone")
    clone = tmp_path / "clone"
    (clone / "sub-c" / "c.nwb").unlink()
    outcome = check(clone, base=base)
    assert outcome.code == 2
    assert "no file's content is at hand" in outcome.stderr
    assert check(clone, "--allow-unfetched", base=base).code == 0
    assert outcome.report["changes"] == {
        "revision": base,
        "commit": base,
        "unchanged": 2,
        "unknown": 2,
    }


def test_of_the_changes_those_that_are_staged_can_be_meant_alone(dataset: Path) -> None:
    for name in ("a", "b"):
        write_recording(dataset / f"sub-{name}" / f"{name}.nwb")
    write_recording(dataset / "untracked.nwb")
    git(dataset, "add", "sub-b")
    git(dataset, "rm", "--quiet", "sub-c/videos/c.mp4")

    report = check(dataset, "--staged", base="HEAD").report
    assert [Path(file["path"]).stem for file in report["files"]] == ["b", "c"]

    alone = posecheck("validate", ".", "--staged", cwd=dataset)
    assert alone.code == 2
    assert "--diff-base" in alone.stderr


def said(outcome: Outcome) -> object:
    """Return what a run says, but for times, and for where it was taken from."""
    document = outcome.report
    for block in (document, *document["files"], *document["dandisets"]):
        del block["seconds"]
    del document["remembered"]
    return outcome.code, outcome.stderr, document


def run_twice(dataset: Path, base: str) -> tuple[list[str], list[int]]:
    """Return what is checked, and how much of it is remembered by a run and the one after it.

    Both must say what a run says that remembers nothing.
    """
    time.sleep(REST)
    expected = check(dataset, "--no-cache", base=base)
    names = [Path(file["path"]).stem for file in expected.report["files"]]
    outcomes = [check(dataset, base=base) for _ in range(2)]
    remembered = [outcome.report["remembered"] for outcome in outcomes]
    wanted = said(expected)
    assert [said(outcome) for outcome in outcomes] == [wanted, wanted]
    return names, remembered


def test_verdicts_of_earlier_runs_are_taken_of_what_did_not_change_since_them(
    dataset: Path,
) -> None:
    time.sleep(REST)
    everything = posecheck("validate", ".", "--select", "VID002,CNF,VID028", cwd=dataset)
    assert everything.code == 1
    base = git(dataset, "rev-parse", "HEAD")
    assert run_twice(dataset, base) == ([], [0, 0])
    (dataset / "sub-a" / "videos" / "a.mp4").unlink()
    write_recording(dataset / "sub-b" / "b.nwb", "videos/b.mp4", "videos/gone.mp4")
    assert run_twice(dataset, base) == (["a", "b"], [0, 2])
    commit_all(dataset)
    assert run_twice(dataset, base) == (["a", "b"], [2, 2])
    git(dataset, "checkout", base, "--", "sub-a")
    assert run_twice(dataset, base) == (["b"], [1, 1])
    # Against another commit the same verdicts stand, and a file that was checked before it changed.
    head = git(dataset, "rev-parse", "HEAD")
    assert run_twice(dataset, head) == (["a"], [0, 1])
    (dataset / "sub-c" / "videos" / "c.mp4").write_bytes(b"another")
    assert run_twice(dataset, head) == (["a", "c"], [1, 2])
