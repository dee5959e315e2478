"""Content that is not here, as the real git-annex leaves it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from posecheck.storage import StorageError, Trouble, open_store, unfetched_key


def annex(folder: Path, *arguments: str) -> None:
    tools = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": tools + os.pathsep + os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
    }
    subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annex") / "origin"
    folder.mkdir()
    annex(folder, "init", "--quiet")
    annex(folder, "annex", "init", "--quiet")
    (folder / "session.nwb").write_bytes(b"content " * 10_000)
    annex(folder, "annex", "add", "--quiet", "session.nwb")
    annex(folder, "commit", "--quiet", "--message", "Add a session")
    return folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    annex(tmp_path, "clone", "--quiet", str(origin), str(folder))
    annex(folder, "annex", "init", "--quiet")
    return folder


def test_fetched_content_is_what_it_seems(origin: Path) -> None:
    assert (origin / "session.nwb").is_symlink()
    assert unfetched_key(origin / "session.nwb") is None


def test_a_link_without_its_content_names_the_key(clone: Path) -> None:
    key = unfetched_key(clone / "session.nwb")
    assert key is not None
    assert key.startswith("SHA256E-s80000--")
    assert key.endswith(".nwb")


def test_an_unlocked_pointer_names_the_key(clone: Path) -> None:
    annex(clone, "annex", "unlock", "session.nwb")
    assert not (clone / "session.nwb").is_symlink()
    key = unfetched_key(clone / "session.nwb")
    assert key is not None
    assert key.startswith("SHA256E-s80000--")


def test_opening_unfetched_content_says_so(clone: Path) -> None:
    with pytest.raises(StorageError) as caught:
        open_store(clone / "session.nwb")
    assert caught.value.trouble is Trouble.NOT_FETCHED


def test_a_git_lfs_pointer_is_not_fetched(tmp_path: Path) -> None:
    pointer = tmp_path / "session.nwb"
    pointer.write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    )
    assert unfetched_key(pointer) == "sha256:4d7a2146"


def test_a_broken_link_elsewhere_is_broken_not_unfetched(tmp_path: Path) -> None:
    link = tmp_path / "session.nwb"
    link.symlink_to("nowhere.nwb")
    assert unfetched_key(link) is None
    with pytest.raises(StorageError) as caught:
        open_store(link)
    assert caught.value.trouble is Trouble.UNREADABLE


def test_the_real_git_annex_is_what_runs() -> None:
    assert shutil.which("git-annex", path=str(Path(sys.executable).parent))
