"""git is asked, and nothing that a repository contains or configures runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.git_command import git

from posecheck.files.git_repository import GitRepository
from posecheck.model.errors import UsageError


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a change")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, kept="kept", old="the same words " * 20, edited="before", removed="x")
    return folder


def repository(folder: Path) -> GitRepository:
    found = GitRepository.around(folder)
    assert found is not None
    return found


def test_the_repository_is_found_from_a_folder_in_it(folder: Path, tmp_path: Path) -> None:
    inner = folder / "sub-01" / "videos"
    inner.mkdir(parents=True)
    assert repository(inner).root == Path(os.path.realpath(folder))
    assert GitRepository.around(tmp_path) is None


def test_commits_the_index_and_the_work_tree_are_compared(folder: Path) -> None:
    git(folder, "switch", "--quiet", "--create", "change")
    git(folder, "mv", "old", "new")
    commit(folder, edited="after")
    git(folder, "rm", "--quiet", "removed")
    (folder / "kept").write_text("kept, and more", encoding="utf-8")
    (folder / "untracked").write_text("y", encoding="utf-8")

    changed = repository(folder).changed_since("main")
    assert changed.present == {"new", "edited", "kept", "untracked"}
    assert changed.gone == {"old", "removed"}
    assert changed.renamed == {"new": "old"}
    staged = repository(folder).changed_since("main", staged=True)
    assert staged.present == {"new", "edited"}
    assert staged.gone == {"old", "removed"}


def test_what_came_to_the_base_since_the_fork_is_no_change(folder: Path) -> None:
    git(folder, "switch", "--quiet", "--create", "change")
    commit(folder, mine="1")
    git(folder, "switch", "--quiet", "main")
    commit(folder, theirs="1")
    git(folder, "switch", "--quiet", "change")
    assert repository(folder).changed_since("main").every == {"mine"}


def test_names_are_kept_as_they_are(folder: Path) -> None:
    names = ["-n", "with space", "with\nline", 'with "quotes"', "ü", ":(glob)*"]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"\xff"))
    commit(folder, **dict.fromkeys(names, "text"))
    assert repository(folder).changed_since("HEAD~1").present == set(names)
    assert all(repository(folder).read("HEAD", name) == b"text" for name in names)


def test_a_file_is_read_as_a_revision_holds_it(folder: Path) -> None:
    commit(folder, edited="after")
    (folder / "link").symlink_to("edited")
    commit(folder)
    found = repository(folder)
    assert found.read("HEAD~2", "edited") == b"before"
    assert found.read("main", "edited") == b"after"
    assert found.read("main", "link") is None
    assert found.read("main", "absent") is None


@pytest.mark.parametrize("revision", ["nowhere", "--help", "HEAD:kept", ""])
def test_what_is_no_commit_is_said(folder: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="no commit"):
        repository(folder).commit_of(revision)


def test_a_shallow_clone_learns_what_to_fetch(folder: Path, tmp_path: Path) -> None:
    commit(folder, kept="2")
    git(folder, "branch", "change")
    url = folder.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=change", url, "shallow")
    with pytest.raises(UsageError, match="git fetch --depth=1 origin main"):
        repository(tmp_path / "shallow").changed_since("origin/main")


def test_without_a_common_commit_the_trees_are_compared(folder: Path, tmp_path: Path) -> None:
    git(folder, "switch", "--quiet", "--create", "change")
    commit(folder, mine="1")
    url = folder.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=change", url, "shallow")
    shallow = tmp_path / "shallow"
    git(shallow, "fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert repository(shallow).changed_since("origin/main").every == {"mine"}


HOSTILE = {
    "filter.evil.clean": "{program}",
    "filter.evil.smudge": "{program}",
    "filter.odd=name.process": "{program}",
    "diff.external": "{program}",
    "diff.evil.textconv": "{program}",
    "core.fsmonitor": "{program}",
}


@pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")
def test_nothing_that_is_configured_runs(folder: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{ran}"\ncat\n', encoding="utf-8")
    program.chmod(0o755)
    attributes = "kept filter=evil diff=evil\nedited filter=odd=name\n"
    commit(folder, **{".gitattributes": attributes})
    for name, value in HOSTILE.items():
        git(folder, "config", name, value.format(program=program))
    for hook in ("post-index-change", "post-checkout", "reference-transaction"):
        (folder / ".git" / "hooks").mkdir(exist_ok=True)
        (folder / ".git" / "hooks" / hook).symlink_to(program)
    (folder / "kept").write_text("altered in the work tree", encoding="utf-8")
    os.utime(folder / "edited")
    ran.unlink(missing_ok=True)

    found = repository(folder)
    assert "kept" in found.changed_since("HEAD~1").present
    assert found.read("HEAD", "kept") == b"kept"
    assert not ran.exists()

    subprocess.run(["git", "-C", str(folder), "diff"], capture_output=True, check=False)
    assert ran.exists(), "git itself runs them, so the repository is as hostile as it should be"


def test_a_repository_of_another_user_is_gits_to_refuse(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UsageError, match=r"safe\.directory"):
        repository(folder).commit_of("HEAD")
