"""Send Zarr stores through dandi's own `ZarrAsset`, and prove that they arrived.

dandi compares the store with what the archive holds of it, file by file, sends what differs and
deletes what is gone here. So a run that was broken off goes on where it was. The asset is there
before the first file, without a checksum; the archive computes that when all files are sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import AccessError, ArchiveError, StoppedError
from posecheck.model.errors import PosecheckError
from posecheck.upload.collect.digests import check_unchanged
from posecheck.upload.plan.files import Digests, LocalFile, PlannedAsset

if TYPE_CHECKING:
    from dandi.dandiapi import RemoteDandiset, RemoteZarrAsset

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_COMPUTING = frozenset({"Uploaded", "Ingesting"})
"""The states of a Zarr in which the archive takes no files."""

_TEMPORARY = frozenset({400, 408, 429, 500, 502, 503, 504})
"""Answers after which a second turn may help; 400 is said of bytes that arrived wrong, and of a
Zarr whose checksum the archive computes."""


@dataclass(frozen=True, slots=True)
class _ZarrState:
    """What the archive says of a Zarr."""

    status: str
    checksum: str


class ZarrSender:
    """Sends Zarr stores to a dandiset's draft, from any thread.

    Parameters
    ----------
    archive
        The archive.
    dandiset
        The identifier.
    files
        How many files of a store are sent at a time.
    """

    def __init__(self, archive: ArchiveClient, dandiset: str, *, files: int) -> None:
        self._archive = archive
        self._dandiset = dandiset
        self._files = files
        self._stop = archive.retry.stop

    def send(
        self,
        asset: PlannedAsset,
        digests: Digests,
        metadata: dict[str, Any],
        on_bytes: Callable[[int], None],
        *,
        on_start: Callable[[], None],
    ) -> tuple[str, str]:
        """Send a store, wait for the archive's checksum of it, and compare.

        Parameters
        ----------
        asset, digests
            The store and its checksum.
        metadata
            The asset's metadata.
        on_bytes
            Receives how many bytes were sent, or need not be; a negative number undoes some.
        on_start
            Called before the first file is sent; never if the archive has them all.

        Returns
        -------
        tuple of str
            The ids of the asset and of its Zarr.

        Raises
        ------
        StoppedError
            If the sending is to end.
        ChangedError
            If the store changed since its checksum was computed.
        AccessError
            If the user may not send to this dandiset.
        ArchiveError
            If the archive or its storage fails, or computes another checksum.
        """
        store = asset.local
        check_unchanged(store)
        with self._errors_of(store), self._archive.open_dandi_client() as client:
            dandiset = client.get_dandiset(self._dandiset, "draft", lazy=False)
            sent = self._iterate(dandiset, store, metadata, on_bytes, on_start)
        check_unchanged(store)
        state = self._finalized(sent.zarr)
        if state.checksum != digests.etag:
            check_unchanged(store)
            raise ArchiveError(
                f"{store.path}: {self._archive.name} computed the checksum {state.checksum} of "
                f"what arrived, not {digests.etag}; run the same command again"
            )
        return sent.identifier, sent.zarr

    def _iterate(
        self,
        dandiset: RemoteDandiset,
        store: LocalFile,
        metadata: dict[str, Any],
        on_bytes: Callable[[int], None],
        on_start: Callable[[], None],
    ) -> RemoteZarrAsset:
        """Let dandi send what the archive lacks of a store."""
        from dandi.dandiapi import RemoteZarrAsset  # noqa: PLC0415 - dandi costs a second
        from dandi.exceptions import NotFoundError  # noqa: PLC0415

        from posecheck.upload.send.stoppable_zarr import (  # noqa: PLC0415 - it imports dandi
            StoppableZarrAsset,
        )

        local = StoppableZarrAsset(
            filepath=Path(store.location), path=store.path, dandiset_path=None, stop=self._stop
        )
        try:
            there = dandiset.get_asset_by_path(store.path)
        except NotFoundError:
            there = None
        if isinstance(there, RemoteZarrAsset):
            self._wait_until_idle(there.zarr)
        steps = local.iter_upload(dandiset, metadata, jobs=self._files, replacing=there)
        counted = 0
        sent = None
        for step in steps:
            if self._stop.is_set():
                raise StoppedError
            if step["status"] == "uploading":
                on_start()
                on_bytes(step["current"] - counted)
                counted = step["current"]
            sent = step.get("asset", sent)
        if not isinstance(sent, RemoteZarrAsset):
            raise ArchiveError(f"{store.path}: dandi does not say what became of it")
        on_bytes(store.size - counted)
        return sent

    def _finalized(self, zarr: str) -> _ZarrState:
        """Return the state of a Zarr once the archive has its checksum.

        A run that ended after the last file and before it asked for the checksum leaves a Zarr in
        which dandi finds nothing to send, and then dandi does not ask either.
        """
        state = self._wait_until_idle(zarr)
        if not state.checksum:
            # 400: somebody else has asked in the meantime.
            path = f"/zarr/{quote(zarr)}/finalize/"
            self._archive.request("POST", path, accept=(400,))
            state = self._wait_until_idle(zarr)
        return state

    def _wait_until_idle(self, zarr: str) -> _ZarrState:
        """Wait until the archive computes no checksum of a Zarr, however long that takes."""
        pause = _FIRST_PAUSE
        while True:
            fields = self._archive.request("GET", f"/zarr/{quote(zarr)}/").json_object()
            state = _ZarrState(fields.text("status"), fields.text("checksum", ""))
            if state.status not in _COMPUTING:
                return state
            self._archive.retry.pause(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)

    @contextlib.contextmanager
    def _errors_of(self, store: LocalFile) -> Iterator[None]:
        """Turn what dandi raises into sentences; its own hold signed addresses."""
        import requests  # noqa: PLC0415 - slow
        from dandi.exceptions import UploadError  # noqa: PLC0415 - dandi costs a second

        name = self._archive.name
        try:
            yield
        except PosecheckError:
            raise
        except Exception as error:
            if self._stop.is_set():
                raise StoppedError from None
            check_unchanged(store)
            if isinstance(error, requests.HTTPError) and error.response is not None:
                raise self._answered(store, error.response) from None
            if isinstance(error, requests.RequestException):
                raise ArchiveError(
                    f"{store.path}: the connection to {name} or its storage failed "
                    f"({type(error).__name__})",
                    is_temporary=True,
                ) from None
            if isinstance(error, UploadError):
                raise ArchiveError(
                    f"{store.path}: the storage of {name} refused files of it", is_temporary=True
                ) from None
            if isinstance(error, OSError):
                raise ArchiveError(
                    f"{store.path} cannot be read: {error.strerror or error}"
                ) from error
            raise

    def _answered(self, store: LocalFile, response: Any) -> ArchiveError:
        status = int(response.status_code)
        is_api = str(response.url).startswith(self._archive.api)
        server = self._archive.name if is_api else f"the storage of {self._archive.name}"
        if is_api and status in {401, 403}:
            return AccessError(
                f"{self._archive.name} does not let your account change this dandiset "
                f"({status}); ask one of its owners to add you, or look whether the token is "
                "still valid",
                status=status,
            )
        return ArchiveError(
            f"{store.path}: {server} answered {status} while it was sent; run the same command "
            "again, and only what has not arrived is sent",
            status=status,
            is_temporary=status in _TEMPORARY,
        )
