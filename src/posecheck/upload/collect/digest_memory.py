"""Checksums of earlier sessions, each taken only of a file that is what it was.

They are kept by the rule for verdicts (`posecheck.sources.local_source.has_rested`): size, times
and inode stand for the content of a file that had rested for some seconds when it was read; of a
Zarr store, those of everything that lies in it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from posecheck.files.cache_database import CacheDatabase
from posecheck.sources.local_source import LocalSource, has_rested
from posecheck.sources.questions import status_of, status_text
from posecheck.sources.source import FileStatus
from posecheck.upload.plan.files import Digests, LocalFile

_KIND = "checksums"


class DigestMemory:
    """The checksums that are known of files, from any thread.

    Parameters
    ----------
    database
        Where they are kept.
    """

    def __init__(self, database: CacheDatabase) -> None:
        self._database = database

    def state_of(self, file: LocalFile) -> str:
        """Return what changes along with the content of a file; empty if it may change unseen."""
        status = status_of(LocalSource.at(Path(file.location)))
        if not isinstance(status, FileStatus) or not has_rested(status):
            return ""
        if file.is_store and not status.tree:
            return ""  # it is so large, or what lies in it can change without a trace
        return status_text(status)

    def known(self, file: LocalFile, state: str) -> Digests | None:
        """Return the checksums of a file in some state; ``None`` if they are not known."""
        payload = self._database.get(_KIND, _key_of(file)) if state else None
        if payload is None:
            return None
        try:
            before, etag, sha256, parts = json.loads(payload)
            if before != state:
                return None
            return Digests(etag=str(etag), sha256=str(sha256), parts=tuple(map(str, parts)))
        except (TypeError, ValueError, RecursionError):
            return None

    def keep(self, file: LocalFile, state: str, digests: Digests) -> None:
        """Keep checksums, if the file is still in the state in which it was before it was read."""
        if state and self.state_of(file) == state:
            content = [state, digests.etag, digests.sha256, digests.parts]
            self._database.put(_KIND, _key_of(file), json.dumps(content).encode())


def _key_of(file: LocalFile) -> str:
    return os.path.realpath(file.location)
