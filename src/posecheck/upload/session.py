"""What planning and sending share, so that what one of them has, the other need not make again."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from types import TracebackType
from typing import Self

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import ArchiveError
from posecheck.archive.login import connect_to_archive
from posecheck.archive.retry import RetryPolicy
from posecheck.engine.workers import open_pool
from posecheck.upload.collect.digest_queue import Checksums
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.send.early_sender import SendingAhead
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.transfer import Transfer


class Phase(StrEnum):
    """What is going on; the values complete "… 12 of 300"."""

    CONNECTING = "Connecting to the archive"
    READING = "Reading"
    LISTING = "Asking the archive"
    DIGESTING = "Computing checksums"
    CHECKING = "Checking"
    EXTRACTING = "Extracting metadata"
    SENDING = "Sending"
    VERIFYING = "Verifying"
    WAITING = "Waiting for the archive"


class Workshop:
    """Worker processes, checksums and the way to the archive, for one upload; a context manager.

    Given to `plan_upload` and then to `upload`, it lets work begin in the first that is needed only
    in the second. Whatever ends the block ends all of it.

    Parameters
    ----------
    reads
        Whether workers will need pynwb and NWB Inspector.
    parts_ahead
        How many parts of a large file are sent at a time while recordings are still checked; with 0
        nothing is sent before the plan is made.

    Attributes
    ----------
    stop
        Set when it all ends.
    pool
        The worker processes.
    checksums
        Those of local files, each computed once.
    ahead
        What is sent before the plan is made; ``None`` if nothing is.
    """

    def __init__(self, *, reads: bool = True, parts_ahead: int = 0) -> None:
        self.stop = threading.Event()
        self.pool = open_pool(other_validators=reads)
        self.checksums = Checksums(self.stop)
        self.ahead: SendingAhead | None = None
        self._parts_ahead = parts_ahead
        self._archive: ArchiveClient | None = None
        self._journal: Journal | None = None
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._cleanup.enter_context(self.pool)
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

    def archive(
        self,
        asked: str,
        *,
        retries: int,
        needs_token: bool,
        ask_token: Callable[[str], str] | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> ArchiveClient:
        """Return the archive: logged into already, or opened as `connect_to_archive` does.

        What is waited for later, too, is told to the ``tell`` of who opened it.

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
            or known.requested_instance != asked
            or (needs_token and not known.has_token)
        ):
            retry = RetryPolicy(retries, self.stop, tell)
            known = connect_to_archive(asked, retry, needs_token=needs_token, ask_token=ask_token)
            self._close_archive()
            self._archive = known
        return known

    def journal(self, archive: ArchiveClient, dandiset: str) -> Journal:
        """Return the journal of what is begun, with what this user began earlier."""
        if self._journal is None:
            journal = self._journal = Journal(archive.api, dandiset)
            if journal.load():
                # Without an answer they are tried: an upload that is gone is begun again.
                with contextlib.suppress(ArchiveError):
                    listed = archive.list_open_uploads(dandiset)
                    journal.keep({upload.upload_id for upload in listed})
        return self._journal

    def send_ahead(self, archive: ArchiveClient, dandiset: str, files: Iterable[LocalFile]) -> None:
        """Begin to send the bytes of large files, if that was asked for and this user may send."""
        if self._parts_ahead and archive.has_token and self.ahead is None:
            journal = self.journal(archive, dandiset)
            transfer = Transfer(archive, dandiset, parts=self._parts_ahead, journal=journal)
            self.ahead = SendingAhead(transfer, self.checksums, self.stop)
            self.ahead.begin(files)

    def _close_archive(self) -> None:
        if self._archive is not None:
            self._archive.close()
