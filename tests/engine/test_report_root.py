"""Findings have the same fingerprints wherever the files lie and wherever the user stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.recordings.planted import write_planted

from posecheck import Report, validate
from posecheck.engine.report_root import find_root, path_in


def prints(report: Report) -> list[str]:
    assert all(len(finding.fingerprint) == 64 for finding in report.findings)
    return sorted(finding.fingerprint for finding in report.findings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "dataset" / "sub-1"
    inner.mkdir(parents=True)
    return inner


class TestRoot:
    def test_the_repository_comes_first(self, folder: Path) -> None:
        (folder.parents[1] / ".git").write_text("gitdir: elsewhere")  # as of a worktree
        (folder.parent / "dandiset.yaml").touch()
        assert find_root([str(folder)], None) == str(folder.parents[1])

    def test_the_dandiset_comes_before_the_configuration(self, folder: Path) -> None:
        (folder.parent / "dandiset.yaml").touch()
        assert find_root([str(folder)], folder) == str(folder.parent)

    def test_the_configuration_counts_where_it_lies_above(self, folder: Path) -> None:
        assert find_root([str(folder)], folder.parent) == str(folder.parent)
        elsewhere = folder / "inner"
        assert find_root([str(folder)], elsewhere) == str(folder)

    def test_else_it_is_the_folder_that_holds_all_paths(self, folder: Path) -> None:
        one, other = folder / "a.nwb", folder.parent / "b.nwb"
        one.touch()
        other.touch()
        assert find_root([str(one)], None) == str(folder)
        assert find_root([str(one), str(other)], None) == str(folder.parent)

    def test_the_current_folder_stands_for_no_path(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        assert find_root([], None) == str(folder)
        assert path_in(str(folder.parent), "a.nwb") == "sub-1/a.nwb"


def test_another_machine_and_another_current_folder_make_no_other_finding(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_planted(folder)
    shutil.copytree(folder.parent, folder.parents[1] / "copy")
    here = validate([str(folder.parent)], engines=["pose"])
    monkeypatch.chdir(folder.parents[1] / "copy")
    there = validate(["."], engines=["pose"])
    assert here.root == str(folder.parent)
    assert there.root == str(folder.parents[1] / "copy")
    assert prints(here) == prints(there) != []
    assert Report.from_dict(here.to_dict()) == here
