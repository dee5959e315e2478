"""``posecheck upload``, run as a user runs it, against an archive of the tests."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.archive.sending import PLAIN, send
from tests.archive.server import Archive
from tests.end_to_end.command import Outcome, Run, posecheck, start

FIRST = "sub-mouse01/sub-mouse01_ses-0001_behavior.nwb"
SECOND = "sub-mouse01/sub-mouse01_ses-0002_behavior.nwb"
FIRST_VIDEO = "sub-mouse01/sub-mouse01_ses-0001_behavior/sub-mouse01_ses-0001_camera.mp4"
SECOND_VIDEO = "sub-mouse01/sub-mouse01_ses-0002_behavior/sub-mouse01_ses-0002_camera.mp4"
"""The paths of the two recordings and their videos."""

OWN_RULES = Path(__file__).parent / "own_rules.toml"
"""A configuration with which posecheck's own rules alone are the gate."""

RETRIES = 2
"""Enough to see that it tries again; the waits between grow from half a second."""


def upload(
    archive: Archive,
    folder: Path,
    *options: str | Path,
    token: str | None = None,
    retries: int = RETRIES,
    whole_gate: bool = False,
) -> Outcome:
    """Upload a folder without a question; the token must be seen nowhere afterwards.

    Only where the gate is the matter do all validators run: the imports of the others cost more
    than all the rest.
    """
    done = posecheck(
        *arguments(archive, *options, retries=retries, whole_gate=whole_gate),
        cwd=folder,
        env=variables(archive, token),
        seconds=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    check_secrecy(archive, folder, done.stdout + done.stderr)
    return done


def arguments(
    archive: Archive, *options: str | Path, retries: int = RETRIES, whole_gate: bool = False
) -> list[str | Path]:
    """Return the command's arguments."""
    gate: tuple[str | Path, ...] = () if whole_gate else ("--config", OWN_RULES)
    return ["upload", "-i", archive.url, "--yes", *gate, "--retries", str(retries), *options]


def variables(archive: Archive, token: str | None = None) -> dict[str, str]:
    """Return the environment in which the token is found, and no keyring asked."""
    found = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    if token != "":
        found[archive.token_variable] = token or archive.token
    return found


def check_secrecy(archive: Archive, folder: Path, output: str) -> None:
    """See that no token and no signature came out, or lies in a receipt."""
    texts = [output, *(path.read_text() for path in [*receipts(folder), *receipt_lines(folder)])]
    for text in texts:
        for secret in (archive.token, archive.strangers_token, archive.pending_token, "X-Amz-"):
            assert secret not in text


def put(archive: Archive, dandiset: str, folder: Path) -> None:
    """Bring a folder's files into the archive without posecheck, as of an earlier upload."""
    for path, data in files(folder).items():
        stamp = datetime.fromtimestamp((folder / path).stat().st_mtime, UTC).isoformat()
        send(archive, dandiset, path, [data], {**PLAIN, "blobDateModified": stamp})
    archive.log.clear()


def receipts(folder: Path) -> list[Path]:
    """Return the receipts that were written into a dandiset, oldest first."""
    return sorted((folder / ".posecheck" / "uploads").glob("*.json"))


def receipt_lines(folder: Path) -> list[Path]:
    """Return the receipts that were begun in a dandiset and not finished."""
    return sorted((folder / ".posecheck" / "uploads").glob("*.jsonl"))


def receipt(folder: Path) -> dict[str, Any]:
    """Read the newest receipt."""
    value: dict[str, Any] = json.loads(receipts(folder)[-1].read_text())
    return value


def files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file to be uploaded, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".nwb", ".mp4"}
    }


def held(archive: Archive, dandiset: str) -> dict[str, bytes]:
    """Return the bytes of every asset of a draft, by path, from the store."""
    return {path: archive.read(dandiset, path) for path in sorted(archive.assets(dandiset))}


@contextmanager
def running(archive: Archive, folder: Path, *options: str | Path) -> Iterator[Run]:
    """Run an upload beside the test; what is left of it is ended."""
    with start(
        *arguments(archive, *options), cwd=folder, env=variables(archive), start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: Run) -> None:
    """Press Ctrl-C."""
    process.send_signal(signal.CTRL_C_EVENT if os.name == "nt" else signal.SIGINT)  # type: ignore[attr-defined,unused-ignore]
