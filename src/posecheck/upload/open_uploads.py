"""The uploads into a dandiset that are begun and not finished, and how to be rid of them.

The archive tells its owners of them, and not who began which. It can remove all of them together
(``DELETE /dandisets/{id}/uploads/``), and no single one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from posecheck.archive.access import write_refusal
from posecheck.archive.client import ArchiveClient
from posecheck.archive.dandisets import check_accepts_files, look_up_dandiset
from posecheck.archive.errors import AccessError
from posecheck.archive.login import connect_to_archive, silence_dandi_log
from posecheck.archive.resources import RemoteDandiset, RemoteUpload
from posecheck.archive.retry import RetryPolicy
from posecheck.upload.collect.local_dandiset import LocalDandiset, check_archive, open_dandiset
from posecheck.upload.send.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUpload:
    """An upload that is open.

    Attributes
    ----------
    remote
        What the archive says of it.
    path
        The file's path in the dandiset, if this user's journal on this machine knows the upload;
        otherwise empty.
    """

    remote: RemoteUpload
    path: str = ""


class OpenUploads:
    """The open uploads of a dandiset.

    Attributes
    ----------
    destination
        The archive and the dandiset.
    uploads
        Those that are open, the oldest first.
    """

    def __init__(self, archive: ArchiveClient, destination: RemoteDandiset) -> None:
        self._archive = archive
        self.destination = destination
        self._journal = Journal(destination.api, destination.identifier)
        own = {each.multipart.upload_id: each.path for each in self._journal.load()}
        self.uploads = tuple(
            ListedUpload(remote=each, path=own.get(each.upload_id, ""))
            for each in archive.list_open_uploads(destination.identifier)
        )

    def remove(self) -> None:
        """Remove all of them, whoever began them, and what was begun since.

        Raises
        ------
        ArchiveError
            If the archive does not.
        """
        self._archive.request("DELETE", f"/dandisets/{self.destination.identifier}/uploads/")
        self._journal.keep(())


@contextmanager
def open_uploads_of(
    dandiset: Path | None,
    paths: Sequence[str],
    *,
    asked: str,
    retries: int,
    ask_token: Callable[[str], str] | None = None,
) -> Iterator[OpenUploads]:
    """List the open uploads of a dandiset.

    Parameters
    ----------
    dandiset, paths
        Its folder, or what lies in it.
    asked
        The archive, as the user names it.
    retries
        How often a request is sent again.
    ask_token
        Asks for a token, given the archive's name; ``None`` if there is nobody to ask.

    Raises
    ------
    UsageError
        If there is no such dandiset, no token, or the user is none of its owners.
    ArchiveError
        If the archive does not answer.
    """
    local: LocalDandiset = open_dandiset(dandiset, paths)
    check_archive(local, asked)
    with silence_dandi_log():
        archive = connect_to_archive(asked, RetryPolicy(retries, Event()), ask_token=ask_token)
        with contextlib.closing(archive):
            destination = look_up_dandiset(archive, local.identifier)
            check_accepts_files(destination)
            if reason := write_refusal(archive, local.identifier):
                raise AccessError(reason, status=403)
            yield OpenUploads(archive, destination)
