"""`--annex get`, with the real git-annex: what is fetched for a check is dropped after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import Outcome, environment, posecheck, start
from tests.git_command import AUTHOR
from tests.recordings.written import CAMERA_VIDEO, STEM

from posecheck.files.annex import unfetched_key

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="git-annex keeps no links there"),
]

_TOOLS = {"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))}
_VIDEO_RULES = {"VID018", "VID021"}


def run(folder: Path, *arguments: str) -> str:
    """Call git with git-annex beside it."""
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment({**AUTHOR, **_TOOLS, "GIT_CONFIG_GLOBAL": os.devnull}),
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def check(folder: Path, *arguments: str, tools: dict[str, str] | None = None) -> Outcome:
    options = ("--isolated", "--output", "json", "--annex", "get")
    return posecheck("validate", *arguments, *options, cwd=folder, env=tools or _TOOLS)


def fetched(folder: Path) -> set[str]:
    """The annexed files whose content is here."""
    return {
        path.relative_to(folder).as_posix()
        for pattern in ("*.nwb", "*.mp4")
        for path in folder.glob(f"sub-*/**/{pattern}")
        if unfetched_key(path) is None
    }


@pytest.fixture
def origin(careful: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    run(folder, "init", "--quiet", "--initial-branch=main")
    run(folder, "annex", "init", "--quiet")
    for name in ("sub-a", "sub-b"):
        shutil.copytree(careful.with_name(STEM), folder / name / STEM)
        shutil.copyfile(careful, folder / name / f"{name}.nwb")
        (video,) = (folder / name).glob("*/*.mp4")
        with video.open("ab") as file:  # else both have one key
            file.write(b"\0\0\0\x10free" + name.encode().ljust(8))
        with h5py.File(folder / name / f"{name}.nwb", "r+") as recording:
            recording["identifier"][()] = name
    run(folder, "annex", "add", "--quiet", ".")
    run(folder, "commit", "--quiet", "--message", "Add recordings")
    return folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    """A clone without content, in which git-annex was never called."""
    run(tmp_path, "clone", "--quiet", str(origin), "clone")
    return tmp_path / "clone"


def test_recordings_and_videos_are_fetched_and_dropped(clone: Path) -> None:
    outcome = check(clone)
    assert {file["status"] for file in outcome.report["files"]} == {"checked"}
    assert not _VIDEO_RULES & {skip["code"] for skip in outcome.report["skipped"]}
    expected = {"files": 2, "at_hand": 2, "required": None, "suffices": True, "fetched": 4}
    assert outcome.report["content"] == expected | {"not_fetched": [], "not_dropped": []}
    assert fetched(clone) == set()
    assert run(clone, "status", "--short") == ""
    shown = posecheck("validate", "--isolated", "--annex", "get", cwd=clone, env=_TOOLS)
    assert "git-annex fetched 4 files for this run, and dropped them again." in shown.stdout


def test_what_was_here_stays(clone: Path) -> None:
    run(clone, "annex", "get", "--quiet", "sub-a/sub-a.nwb")
    outcome = check(clone, "sub-a")
    assert outcome.report["content"]["fetched"] == 1
    assert fetched(clone) == {"sub-a/sub-a.nwb"}


def test_unlocked_files_become_pointers_again(clone: Path) -> None:
    run(clone, "annex", "unlock", "--quiet", "sub-a")
    run(clone, "commit", "--quiet", "--message", "Unlock")
    outcome = check(clone, "sub-a")
    assert outcome.status("sub-a.nwb") == "checked"
    assert outcome.report["content"]["fetched"] == 2
    assert fetched(clone) == set()
    assert run(clone, "status", "--short") == ""


@pytest.mark.parametrize("option", [("--decode", "none"), ("--select", "NOD,CNF")])
def test_videos_that_no_rule_looks_into_are_not_fetched(
    clone: Path, option: tuple[str, str]
) -> None:
    assert check(clone, *option).report["content"]["fetched"] == 2
    assert fetched(clone) == set()


def test_content_that_no_remote_has_is_named_with_the_reason(origin: Path, clone: Path) -> None:
    run(origin, "annex", "drop", "--force", "--quiet", "sub-b/sub-b.nwb")
    outcome = check(clone, "--require-content", "all")
    assert outcome.code == 2
    assert outcome.status("sub-a.nwb") == "checked"
    assert outcome.status("sub-b.nwb") == "not-fetched"
    content = outcome.report["content"]
    assert (content["at_hand"], content["required"], content["suffices"]) == (1, 1, False)
    (missing,) = content["not_fetched"]
    assert missing["path"] == "sub-b/sub-b.nwb"
    assert missing["reason"]
    shown = posecheck("validate", "--isolated", "--annex", "get", cwd=clone, env=_TOOLS)
    assert "1 file could not be fetched with git-annex:" in shown.stdout
    assert missing["reason"][:20] in shown.stdout


def test_without_git_annex_a_sentence_says_so(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    git = shutil.which("git")
    assert git is not None
    (tools / "git").symlink_to(git)
    outcome = check(clone, tools={"PATH": str(tools)})
    assert outcome.code == 2
    assert outcome.stderr.startswith("posecheck: git-annex is not installed")


def test_a_repository_that_is_none_of_git_annex_is_named(origin: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    run(plain, "init", "--quiet")
    (plain / "sub-a").mkdir()
    shutil.copy(origin / "sub-a" / "sub-a.nwb", plain / "sub-a", follow_symlinks=False)
    run(plain, "add", ".")
    run(plain, "commit", "--quiet", "--message", "A link")
    outcome = check(plain)
    assert outcome.code == 2
    assert "is no repository of git-annex" in outcome.stderr


def test_no_hook_and_no_filter_of_the_repository_runs(clone: Path) -> None:
    hooks = clone / ".git" / "hooks"
    for name in ("post-checkout", "pre-commit", "post-merge"):
        (hooks / name).write_text("#!/bin/sh\ntouch ../hook-ran hook-ran\n")
        (hooks / name).chmod(0o755)
    run(clone, "config", "filter.evil.clean", "touch filter-ran; cat")
    run(clone, "config", "filter.evil.smudge", "touch filter-ran; cat")
    run(clone, "config", "core.fsmonitor", "touch monitor-ran; false")
    (clone / ".gitattributes").write_text("*.nwb filter=evil\n*.mp4 filter=evil\n")
    assert check(clone).report["content"]["fetched"] == 4
    (hooks / "post-update-annex").write_text("#!/bin/sh\ntouch ../hook-ran hook-ran\n")
    (hooks / "post-update-annex").chmod(0o755)
    refused = check(clone)
    assert refused.code == 2
    assert "git-annex would run the hook" in refused.stderr
    assert not [each for each in clone.iterdir() if each.name.endswith("-ran")]


def test_a_video_of_another_repository_is_not_fetched(
    origin: Path, clone: Path, tmp_path: Path
) -> None:
    run(tmp_path, "clone", "--quiet", str(origin), "private")
    (video,) = (tmp_path / "private" / "sub-b").glob("*/*.mp4")
    run(clone, "annex", "get", "--quiet", "sub-a/sub-a.nwb")
    run(clone, "annex", "unlock", "--quiet", "sub-a/sub-a.nwb")
    with h5py.File(clone / "sub-a" / "sub-a.nwb", "r+") as file:
        reference = os.path.relpath(video, clone / "sub-a")
        file[f"{CAMERA_VIDEO}/external_file"][0] = reference
    outcome = check(clone, "sub-a")
    assert "VID005" in outcome.codes()
    assert outcome.report["content"]["fetched"] == 0
    assert fetched(tmp_path / "private") == set()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_what_was_fetched_is_dropped_when_the_run_is_stopped(
    clone: Path, careful: Path, name: str
) -> None:
    endless = clone / "endless.nwb"
    shutil.copyfile(careful, endless)
    with h5py.File(endless, "r+") as file:
        path = "/processing/behavior/PoseEstimation/nose/data"
        attributes = dict(file[path].attrs)
        del file[path]
        data = file.create_dataset(path, shape=(10**12, 2), dtype="f4", chunks=(65536, 2))
        data.attrs.update(attributes)
    with start(
        *("validate", "--isolated", "--annex", "get", "--engine", "pose"),
        cwd=clone,
        env=_TOOLS,
        stdout=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 60
        while len(fetched(clone)) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(fetched(clone)) == 4
        process.send_signal(getattr(signal, name))
        process.wait(60)
    assert process.returncode != 0
    assert fetched(clone) == set()


def test_content_of_another_size_than_its_key_is_reported(clone: Path) -> None:
    run(clone, "annex", "get", "--quiet", "sub-a")
    (video,) = (clone / "sub-a").glob("*/*.mp4")
    content = video.resolve()
    content.chmod(0o644)
    with content.open("ab") as file:
        file.write(b"more")
    outcome = check(clone, "sub-a")
    assert "git annex fsck" in outcome.message("VID015")
    recording = (clone / "sub-a" / "sub-a.nwb").resolve()
    recording.chmod(0o644)
    with recording.open("ab") as file:
        file.write(b"more")
    assert "its key states" in check(clone, "sub-a").message("FIL001")
