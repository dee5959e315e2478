"""A receipt while the upload runs: lines of JSON, so that a crash leaves proof of what arrived.

The first line is what a receipt says before anything is sent; each further one is a file that has
arrived. Once the receipt itself is written, the lines are removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from posecheck.model.errors import UsageError
from posecheck.upload.outcomes import Outcome
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.receipt import file_of, head_of

SUFFIX = ".jsonl"


class ReceiptLines:
    """The lines of a receipt, written as files arrive, from any thread; none before the first.

    Parameters
    ----------
    plan
        What is sent.
    place
        Where the receipt will be; the lines lie beside it.
    """

    def __init__(self, plan: UploadPlan, place: Path) -> None:
        self._head = head_of(plan, datetime.now(UTC))
        self._assets = {asset.path: asset for asset in plan.held}
        self._place = place
        self._path: Path | None = None
        self._lock = threading.Lock()

    def add(self, outcome: Outcome) -> None:
        """Record the outcome of a file, if it has arrived.

        A line that cannot be written is skipped; if the receipt cannot be written either, the
        command says why.
        """
        if not outcome.arrived:
            return
        line = file_of(self._assets[outcome.path], outcome)
        with self._lock, contextlib.suppress(OSError):
            if self._path is None:
                self._path = self._begin()
            self._write(self._path, line, 0)

    def discard(self) -> None:
        """Remove the lines: the receipt says it all."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _begin(self) -> Path:
        path = self._place.with_suffix(SUFFIX)
        if os.path.lexists(path):  # left by a run that was killed, or the receipt's own name
            path = self._place.with_suffix(f".{secrets.token_hex(4)}{SUFFIX}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write(path, self._head, os.O_CREAT | os.O_EXCL)
        return path

    @staticmethod
    def _write(path: Path, line: dict[str, Any], flags: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | flags, 0o666)
        try:
            os.write(descriptor, f"{json.dumps(line, allow_nan=False)}\n".encode())
        finally:
            os.close(descriptor)


def read_receipt(path: Path) -> dict[str, Any]:
    """Read a receipt, finished or not.

    Parameters
    ----------
    path
        A receipt, or the lines (``.jsonl``) that a run left which was killed.

    Returns
    -------
    dict
        What the receipt says. Of an unfinished one, ``files`` holds those that had arrived, and
        ``interrupted`` is true, ``verified`` and ``complete`` are false.

    Raises
    ------
    UsageError
        If it cannot be read, or is no receipt.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    receipt = _whole(text) or _from_lines(text)
    if "receipt" not in receipt:
        raise UsageError(f"{path} is no receipt of an upload")
    return receipt


def _whole(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    is_finished = isinstance(value, dict) and "complete" in value
    return value if is_finished else {}


def _from_lines(text: str) -> dict[str, Any]:
    lines = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            break  # the last one, at which the run was killed
        if not isinstance(value, dict):
            return {}
        lines.append(value)
    if not lines:
        return {}
    unfinished = {"interrupted": True, "verified": False, "complete": False}
    return {**lines[0], **unfinished, "files": lines[1:]}
