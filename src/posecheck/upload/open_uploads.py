"""The uploads into a dandiset that are begun and not finished, and how to be rid of them.

The archive lists them for its owners, but not who began which. It can remove all of them together
(``DELETE /dandisets/{id}/uploads/``), and no single one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from posecheck.archive.access import write_refusal
from posecheck.archive.client import ArchiveClient
from posecheck.archive.dandisets import check_accepts_files, look_up_dandiset
from posecheck.archive.errors import AccessError
from posecheck.archive.login import connect_to_archive, silence_dandi_log
from posecheck.archive.resources import RemoteDandiset, RemoteUpload
from posecheck.archive.retry import RetryPolicy
from posecheck.upload.collect.local_dandiset import check_archive, open_dandiset
from posecheck.upload.send.journal import Journal
from posecheck.upload.settings import DEFAULT_RETRIES, UploadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUpload:
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
            OpenUpload(remote=each, path=own.get(each.upload_id, ""))
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
        self._journal.retain(())


@contextmanager
def open_uploads_of(
    settings: UploadSettings,
    *,
    retries: int = DEFAULT_RETRIES,
    prompt_for_token: Callable[[str], str] | None = None,
) -> Iterator[OpenUploads]:
    """List the unfinished uploads into a dandiset.

    Parameters
    ----------
    settings
        Which dandiset, of which archive.
    retries
        How often a request is sent again.
    prompt_for_token
        Asks for a token, given the archive's name; ``None`` if nobody can be prompted.

    Raises
    ------
    UsageError
        If there is no such dandiset, no token, or the user is none of its owners.
    ArchiveError
        If the archive does not answer.
    """
    local = open_dandiset(settings.dandiset, settings.paths)
    instance = settings.requested_instance
    check_archive(local, instance)
    with silence_dandi_log():
        archive = connect_to_archive(
            instance, RetryPolicy(retries, Event()), prompt_for_token=prompt_for_token
        )
        with contextlib.closing(archive):
            destination = look_up_dandiset(archive, local.identifier)
            check_accepts_files(destination)
            if reason := write_refusal(archive, local.identifier):
                raise AccessError(reason, status=403)
            yield OpenUploads(archive, destination)
