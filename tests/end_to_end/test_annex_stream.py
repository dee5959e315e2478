"""Annexed files without content, read in parts from a web server that git-annex knows."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.git_command import git
from tests.recordings.large import write_large_recording
from tests.recordings.written import STEM, VIDEO
from tests.remote.certificates import Certificates
from tests.remote.range_server import Fault, RangeServer

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates"),
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="git-annex keeps no links there"),
]

_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
"""With git-annex, which is beside this Python."""

NAME = f"sub-mouse01/{STEM}.nwb"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(careful: Path, tmp_path: Path, certificates: Certificates) -> Iterator[RangeServer]:
    folder = tmp_path / "served"
    shutil.copytree(careful.parents[1], folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with RangeServer(folder, context=context) as server:
        yield server


def clone_without_content(server: RangeServer, tmp_path: Path) -> Path:
    """Annex what the server has, know it there, and clone: links, and no content."""
    source = tmp_path / "source"
    shutil.copytree(server.folder, source)
    git(source, "init", "--quiet", "--initial-branch", "main")
    git(source, "annex", "init", "source")
    git(source, "annex", "add", ".")
    git(source, "commit", "--quiet", "-m", "Add a recording")
    for name in (NAME, f"sub-mouse01/{VIDEO}"):
        key = git(source, "annex", "lookupkey", name)
        git(source, "annex", "registerurl", key, server.address(name))
        git(source, "annex", "setpresentkey", key, "00000000-0000-0000-0000-000000000001", "1")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", source, clone], check=True)
    git(clone, "annex", "init", "clone")
    assert not (clone / NAME).exists()
    assert (clone / NAME).is_symlink()
    return clone


def check(clone: Path, certificates: Certificates, *arguments: str) -> Outcome:
    return posecheck(
        "validate",
        str(clone),
        "--isolated",
        "--output",
        "json",
        *arguments,
        env={"SSL_CERT_FILE": str(certificates.authority), "PATH": _PATH},
    )


def test_a_file_is_streamed_from_where_git_annex_knows_it(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    clone = clone_without_content(server, tmp_path)
    skipped = check(clone, certificates)
    assert skipped.codes() >= {"FIL009"}
    assert skipped.code == 2  # no content was at hand
    outcome = check(clone, certificates, "--annex", "stream", "--allow-private", "127.0.0.1")
    assert outcome.errors == []
    assert outcome.code == 0
    (file,) = outcome.report["files"]
    assert file["status"] == "checked"
    assert file["read_from"] == server.address(NAME)
    assert "VID002" not in outcome.codes()  # the video is in the annex, and not here
    assert not (clone / NAME).exists()  # and nothing was fetched


def test_a_private_address_is_refused_unless_it_is_allowed(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    clone = clone_without_content(server, tmp_path)
    outcome = check(clone, certificates, "--annex", "stream")
    assert outcome.code == 1
    assert "127.0.0.1, which is a private address" in outcome.message("FIL001")
    assert server.log == []


def test_content_of_another_size_is_not_taken_for_it(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    clone = clone_without_content(server, tmp_path)
    with (server.folder / NAME).open("ab") as file:
        file.write(b"more")
    outcome = check(clone, certificates, "--annex", "stream", "--allow-private", "127.0.0.1")
    assert "the content that git-annex knows has" in outcome.message("FIL001")


def test_a_file_of_which_git_annex_knows_no_address_is_skipped(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    clone = clone_without_content(server, tmp_path)
    key = git(clone, "annex", "lookupkey", NAME)
    git(clone, "annex", "unregisterurl", key, server.address(NAME))
    outcome = check(clone, certificates, "--annex", "stream", "--allow-private", "127.0.0.1")
    assert "FIL009" in outcome.codes()
    assert server.log == []


def test_the_structure_of_a_large_file_costs_less_than_a_tenth_of_it(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    size = write_large_recording(server.folder / NAME, megabytes=100)
    clone = clone_without_content(server, tmp_path)
    arguments = ("--annex", "stream", "--allow-private", "127.0.0.1", "--data", "none")
    outcome = check(clone, certificates, *arguments)
    assert outcome.status(str(clone / NAME)) == "checked"
    assert server.sent < size / 10


def test_a_hook_that_git_annex_would_run_is_refused(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    clone = clone_without_content(server, tmp_path)
    (clone / ".git" / "hooks" / "pre-init-annex").write_text("#!/bin/sh\ntouch ran\n")
    outcome = check(clone, certificates, "--annex", "stream", "--allow-private", "127.0.0.1")
    assert outcome.code == 2
    assert "would run the hook" in outcome.stderr
    assert not (clone / "ran").exists()


def test_content_of_git_lfs_is_not_asked_of_git_annex(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    (tmp_path / "a.nwb").write_text(pointer)
    arguments = ("--isolated", "--output", "json", "--annex", "stream")
    outcome = posecheck("validate", str(tmp_path), *arguments)
    assert "FIL009" in outcome.codes()


def test_a_server_that_fails_is_said(
    server: RangeServer, certificates: Certificates, tmp_path: Path
) -> None:
    clone = clone_without_content(server, tmp_path)
    server.faults[NAME] = Fault(status=503)
    outcome = check(clone, certificates, "--annex", "stream", "--allow-private", "127.0.0.1")
    assert outcome.code == 1
    assert "503" in outcome.message("FIL001")
