"""Identical bytes are sent once: which task sends them, and which wait for the blob."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from posecheck.upload.plan.files import Digests, LocalFile
from posecheck.upload.send.tasks import Task

Content = tuple[str, int, str]
"""The archive's checksum of some bytes, their number, and the path if they serve no other."""


def content_of(file: LocalFile, digests: Digests) -> Content:
    """Return what the bytes of a file are; those of a Zarr belong to one path alone."""
    return digests.etag, file.size, file.path if file.is_store else ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a task may do with the bytes of its file.

    Attributes
    ----------
    blob
        The id of the bytes, if the archive has them.
    may_send
        Whether the task is the one that sends them.
    """

    blob: str = ""
    may_send: bool = False


class SentBlobs:
    """The blobs of the bytes that were sent, and who sends which; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[Content, str] = {}
        self._waiting: dict[Content, list[Task]] = {}

    def claim(self, content: Content, task: Task) -> Claim:
        """Return what a task may do; if nothing, `release` returns it once it may go on."""
        with self._lock:
            if content in self._blobs:
                return Claim(blob=self._blobs[content])
            if content in self._waiting:
                self._waiting[content].append(task)
                return Claim()
            self._waiting[content] = []
            return Claim(may_send=True)

    def add(self, content: Content, blob: str) -> None:
        """Record the blob of some bytes."""
        with self._lock:
            self._blobs[content] = blob

    def release(self, content: Content) -> list[Task]:
        """End a claim; return the tasks that waited for it."""
        with self._lock:
            return self._waiting.pop(content, [])
