"""Content that is not here, as the real git-annex leaves it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from posecheck.files.annex import (
    annexed_object,
    is_annex_key,
    key_size,
    stated_size,
    unfetched_key,
)
from posecheck.model.external_file import TargetState
from posecheck.sources.local_source import LocalSource
from posecheck.storage import StorageError, Trouble, open_store


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
        open_store(LocalSource.at(clone / "session.nwb"))
    assert caught.value.trouble is Trouble.NOT_FETCHED


@pytest.mark.parametrize(
    ("key", "size"),
    [
        ("SHA256E-s80000--4d7a.nwb", 80000),
        ("MD5-m1700000000-s12--4d7a-s99", 12),
        ("WORM-s3-m1700000000--a--s4.nwb", 3),
        ("URL--http&c%%example.org%s9", None),
        ("sha256:4d7a2146", None),
    ],
)
def test_a_key_states_the_size(key: str, size: int | None) -> None:
    assert key_size(key) == size
    assert is_annex_key(key) == (not key.startswith("sha256:"))


def test_the_size_of_a_link_is_known_with_and_without_its_content(
    origin: Path, clone: Path
) -> None:
    assert stated_size(origin / "session.nwb") == stated_size(clone / "session.nwb") == 80000
    place = LocalSource.at(clone / "other.nwb").surroundings()
    target = place.look_up(("session.nwb",))
    assert (target.state, target.size) == (TargetState.NOT_FETCHED, 80000)


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
        open_store(LocalSource.at(link))
    assert caught.value.trouble is Trouble.UNREADABLE


def test_content_lies_in_the_annex_of_its_own_repository(origin: Path) -> None:
    content = annexed_object(origin / "session.nwb")
    assert content == (origin / "session.nwb").resolve()


def test_a_submodule_keeps_its_content_in_the_repository_around(
    origin: Path, tmp_path: Path
) -> None:
    outer = tmp_path / "outer"
    annex(tmp_path, "init", "--quiet", str(outer))
    add = ("submodule", "--quiet", "add", str(origin), "data/inner")
    annex(outer, "-c", "protocol.file.allow=always", *add)
    inner = outer / "data" / "inner"
    annex(inner, "annex", "init", "--quiet")
    annex(inner, "annex", "get", "--quiet", "session.nwb")

    content = annexed_object(inner / "session.nwb")

    assert content is not None
    assert content.is_relative_to(outer / ".git" / "modules" / "data" / "inner" / "annex")


def test_a_worktree_shares_the_content_of_its_repository(origin: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(origin, tmp_path / "whole", symlinks=True))
    tree = tmp_path / "tree"
    annex(whole, "worktree", "add", "--quiet", str(tree))
    annex(tree, "annex", "info", "--fast")
    assert (tree / "session.nwb").is_file()

    assert annexed_object(tree / "session.nwb") == (whole / "session.nwb").resolve()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_repository_that_claims_the_annex_of_another_is_not_believed(
    origin: Path, tmp_path: Path, kind: str
) -> None:
    private = tmp_path / "private"
    shutil.copytree(origin, private, symlinks=True)
    annex(private, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    for pointed in (private / ".git", private / ".git" / "worktrees" / "tree"):
        forged = tmp_path / f"forged-{pointed.name}"
        forged.mkdir()
        if kind == "file":
            (forged / ".git").write_text(f"gitdir: {pointed}\n")
        else:
            (forged / ".git").symlink_to(pointed, target_is_directory=True)
        (forged / "video.mp4").symlink_to((private / "session.nwb").resolve())
        assert (forged / "video.mp4").is_file()
        assert annexed_object(forged / "video.mp4") is None


def test_an_annex_that_leads_elsewhere_is_not_believed(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    (secrets / "id_rsa").mkdir(parents=True)
    (secrets / "id_rsa" / "id_rsa").write_text("secret")
    forged = tmp_path / "forged"
    (forged / ".git" / "annex").mkdir(parents=True)
    (forged / ".git" / "annex" / "objects").symlink_to(secrets, target_is_directory=True)
    (forged / "video.mp4").symlink_to(".git/annex/objects/id_rsa/id_rsa")
    assert (forged / "video.mp4").read_text() == "secret"
    assert annexed_object(forged / "video.mp4") is None


def test_what_git_keeps_beside_the_annex_is_no_content(origin: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(origin, tmp_path / "copy", symlinks=True)
    (folder / "video.mp4").symlink_to(".git/config")
    assert annexed_object(folder / "video.mp4") is None


def test_the_real_git_annex_is_what_runs() -> None:
    assert shutil.which("git-annex", path=str(Path(sys.executable).parent))
