"""What planning and sending share: workers, checksums and the connection to the archive."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import ArchiveError
from posecheck.archive.login import connect_to_archive
from posecheck.archive.retry import RetryPolicy
from posecheck.engine.executors import open_executor
from posecheck.execution.executor import Executor
from posecheck.files.cache_database import CacheDatabase
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.digest_memory import DigestMemory
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.send.early_sender import EarlySender
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.settings import SessionSettings


class UploadSession:
    """The means of one upload; a context manager.

    Given to `plan_upload` and then to `upload`, it starts work during the first that only the
    second needs. The end of the block ends all of it.

    Parameters
    ----------
    settings
        How the session works.
    progress
        Receives how far the upload is.
    prompt_for_token
        Prompts the user for a token, given the archive's name; ``None`` if nobody can be prompted.

    Attributes
    ----------
    settings, progress
        As above.
    stop
        Set when the upload ends.
    pool
        The worker processes.
    digests
        The checksums of local files, each computed once.
    early_sender
        Sends large files before the plan is made; ``None`` if nothing is sent early.
    """

    def __init__(
        self,
        settings: SessionSettings | None = None,
        *,
        progress: ProgressListener | None = None,
        prompt_for_token: Callable[[str], str] | None = None,
    ) -> None:
        self.settings = settings or SessionSettings()
        self.progress = progress or ProgressListener()
        self.stop = threading.Event()
        self._workers = open_executor(
            self.settings.scheduler, other_validators=self.settings.reads, progress=self.progress
        )
        self.pool: Executor
        self._known = CacheDatabase() if self.settings.remember else None
        memory = DigestMemory(self._known) if self._known is not None else None
        self.digests = DigestQueue(self.stop, memory)
        self.early_sender: EarlySender | None = None
        self._prompt_for_token = prompt_for_token
        self._archive: ArchiveClient | None = None
        self._journal: Journal | None = None
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if self._known is not None:
            self._cleanup.callback(self._known.close)
        self.pool = self._cleanup.enter_context(self._workers)
        self._cleanup.callback(self._close_archive)
        self._cleanup.callback(self.stop.set)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    def archive(self, instance: str, *, needs_token: bool) -> ArchiveClient:
        """Return the client of an archive; connect to it first if need be.

        Raises
        ------
        UsageError
            If the name is unknown, the versions do not fit, or there is no valid token.
        ArchiveError
            If the archive does not answer.
        """
        known = self._archive
        if (
            known is None
            or known.requested_instance != instance
            or (needs_token and not known.has_token)
        ):
            known = connect_to_archive(
                instance,
                RetryPolicy(self.settings.retries, self.stop, self.progress.message),
                needs_token=needs_token,
                prompt_for_token=self._prompt_for_token,
            )
            self._close_archive()
            self._archive = known
        return known

    def journal(self, archive: ArchiveClient, dandiset: str) -> Journal:
        """Return the journal of unfinished uploads, with those of earlier runs."""
        if self._journal is None:
            journal = self._journal = Journal(archive.api, dandiset)
            if journal.load():
                # Without an answer all are tried: an upload that the archive lost begins again.
                with contextlib.suppress(ArchiveError):
                    listed = archive.list_open_uploads(dandiset)
                    journal.retain({upload.upload_id for upload in listed})
        return self._journal

    def send_early(self, archive: ArchiveClient, dandiset: str, files: Iterable[LocalFile]) -> None:
        """Begin to send the bytes of large files, if the settings allow it."""
        parts = self.settings.early_parts
        if parts and archive.has_token and self.early_sender is None:
            transfer = Transfer(
                archive, dandiset, parts=parts, journal=self.journal(archive, dandiset)
            )
            self.early_sender = EarlySender(transfer, self.digests, self.stop)
            self.early_sender.begin(files)

    def _close_archive(self) -> None:
        if self._archive is not None:
            self._archive.close()
