"""A gate on a dataset that the real DataLad cloned without content."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import environment, posecheck
from tests.git_command import AUTHOR, git
from tests.recordings.written import STEM
from tests.remote.certificates import Certificates
from tests.remote.range_server import RangeServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="git-annex keeps no links there"),
]


def datalad(folder: Path, *arguments: str) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        [Path(sys.executable).with_name("datalad"), *arguments],
        cwd=folder,
        env=environment({**AUTHOR, "PATH": path, "HOME": str(folder)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def clone(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone without content; the configuration is in git, the recordings are in the annex."""
    folder = tmp_path_factory.mktemp("datalad")
    datalad(folder, "create", "-c", "text2git", "origin")
    origin = folder / "origin"
    for name in ("sub-a", "sub-b"):
        shutil.copytree(careful.with_name(STEM), origin / name / STEM)
        shutil.copyfile(careful, origin / name / f"{name}.nwb")
    with h5py.File(origin / "sub-b" / "sub-b.nwb", "r+") as file:  # else both have one key
        file["identifier"][()] = "another"
    (origin / "posecheck.toml").write_text('fail-on = "warning"\n')
    datalad(origin, "save", "-m", "recordings")
    datalad(folder, "clone", "origin", "clone")
    return folder / "clone"


def test_what_needs_no_content_is_checked_and_the_rest_is_named(clone: Path) -> None:
    options = ("--output", "json", "--fail-on", "error")
    nothing = posecheck("validate", ".", *options, cwd=clone)
    assert nothing.code == 2
    assert {each["status"] for each in nothing.report["files"]} == {"not-fetched"}
    assert posecheck("validate", ".", *options, "--allow-unfetched", cwd=clone).code == 0

    datalad(clone, "get", "sub-a/sub-a.nwb")
    one = posecheck("validate", ".", *options, cwd=clone)
    assert one.code == 0
    assert one.status("sub-a.nwb") == "checked"
    assert one.status("sub-b.nwb") == "not-fetched"
    assert "VID002" not in one.codes()  # the video is in the annex, and not here
    skipped = {skip["code"] for skip in one.report["skipped"] if "fetched" in skip["reason"]}
    assert {"VID018", "VID021"} <= skipped
    assert posecheck("validate", ".", *options, "--require-content", "all", cwd=clone).code == 2


def test_what_is_fetched_for_a_check_is_dropped_again(clone: Path) -> None:
    before = {path for path in clone.glob("sub-*/**/*.*") if path.is_file()}
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    outcome = posecheck(
        *("validate", ".", "--output", "json", "--annex", "get", "--require-content", "all"),
        cwd=clone,
        env={"PATH": tools, "HOME": str(clone.parent)},
    )
    assert {each["status"] for each in outcome.report["files"]} == {"checked"}
    content = outcome.report["content"]
    assert (content["required"], content["suffices"]) == (1, True)
    assert content["fetched"] >= 2
    assert (content["not_fetched"], content["not_dropped"]) == ([], [])
    assert {path for path in clone.glob("sub-*/**/*.*") if path.is_file()} == before


def test_what_is_streamed_needs_no_content(clone: Path, tmp_path: Path) -> None:
    certificates = Certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    name = "sub-b/sub-b.nwb"
    with RangeServer(clone.parent / "origin", context=context) as server:
        key = git(clone, "annex", "lookupkey", name)
        git(clone, "annex", "registerurl", key, server.address(name))
        outcome = posecheck(
            *("validate", name, "--output", "json", "--annex", "stream"),
            *("--allow-private", "127.0.0.1"),
            cwd=clone,
            env={"PATH": tools, "SSL_CERT_FILE": str(certificates.authority)},
        )
        assert outcome.report["files"][0]["read_from"] == server.address(name)
    assert outcome.status("sub-b.nwb") == "checked"
    assert outcome.errors == []
    assert not (clone / name).exists()


def test_a_pull_request_on_it_is_compared_without_content(clone: Path) -> None:
    git(clone, "switch", "--quiet", "-c", "topic")
    (video,) = (clone / "sub-a").glob("*/*.mp4")
    git(clone, "rm", "--quiet", str(video.relative_to(clone)))
    git(clone, "commit", "--quiet", "-m", "lose a video")
    (base,) = (each for each in ("main", "master") if (clone / ".git/refs/heads" / each).exists())
    outcome = posecheck(
        *("validate", ".", "--output", "json", "--diff-base", base, "--config-rev", base),
        cwd=clone,
    )
    assert outcome.code == 1
    assert "VID002" in outcome.codes()
    assert [Path(each["path"]).name for each in outcome.report["files"]] == ["sub-a.nwb"]
