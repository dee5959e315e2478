"""One file's way into the archive: initialize, parts to the storage, complete, validate, assign.

The protocol is that of ``dandi upload`` (`LocalFileAsset.iter_upload`). Every step may be answered
twice, or not at all, so each is written to be taken again: bytes that are there already are met
with 409 and the blob's id, an asset that is there already is looked at before anything is said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import AccessError, ArchiveError, StoppedError
from posecheck.archive.resources import RemoteAsset
from posecheck.archive.responses import quote_response
from posecheck.upload.collect.digests import ChangedError, check_unchanged, part_sizes
from posecheck.upload.plan.conflicts import folders_of
from posecheck.upload.plan.files import Digests, LocalFile, PlannedAsset
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.multipart import MultipartUpload, parts_of
from posecheck.upload.send.parts import Counter, OnBytes, PartReader
from posecheck.upload.threads import in_threads

_STARTS = 3
"""How often a file is begun anew: its addresses expire, or its bytes arrive wrong."""

_WRONG = 3
"""How often a part is sent again whose bytes arrive wrong: that is no matter of waiting."""


class Transfer:
    """Sends files to a dandiset.

    Parameters
    ----------
    archive
        The archive.
    dandiset
        The identifier.
    parts
        How many parts of a file are sent at a time.
    journal
        Where what is begun is taken down; what earlier runs began is gone on with.
    """

    def __init__(
        self, archive: ArchiveClient, dandiset: str, *, parts: int, journal: Journal
    ) -> None:
        self._archive = archive
        self._journal = journal
        self._dandiset = dandiset
        self._parts = parts
        self._storage = archive.storage
        self._unfinished: dict[tuple[str, str], MultipartUpload] = {}

    def send_bytes(
        self,
        file: LocalFile,
        digests: Digests,
        on_bytes: OnBytes,
        *,
        on_start: Callable[[], None],
        is_unwanted: Callable[[], bool] = lambda: False,
    ) -> str:
        """Bring a file's bytes into the archive, unless they are there, and return the blob's id.

        What failed in a way that may heal is gone on with when it is called again: parts that
        arrived are not sent twice.

        Parameters
        ----------
        file, digests
            The file and its checksums.
        on_bytes
            Receives how many bytes went out; a negative number takes some back.
        on_start
            Called before the first byte goes out; never if the archive has them.
        is_unwanted
            Whether the file alone is to go no further, while others do.

        Raises
        ------
        StoppedError
            If it is to go no further.
        ChangedError
            If the file is not what it was when its checksums were computed.
        AccessError
            If this user may not.
        ArchiveError
            If the archive or its storage fails.
        """
        key = file.path, digests.etag
        for start in range(_STARTS):
            last = start == _STARTS - 1
            check_unchanged(file)
            begun = (
                self._unfinished.pop(key, None)
                or self._journal.take(digests, file.size)
                or self._initialize(file, digests)
            )
            if isinstance(begun, str):
                return begun
            on_start()
            gone_out = Counter(on_bytes)
            try:
                self._send_parts(file, digests, begun, gone_out, is_unwanted)
                blob = self._finish(begun, digests)
            except ArchiveError as error:
                gone_out.take_back()
                if error.is_temporary:
                    self._unfinished[key] = begun
                if last or isinstance(error, AccessError) or error.status not in _BEGIN_ANEW:
                    raise
            else:
                if blob:
                    return blob
                # The archive has forgotten the upload, most often because it is done: ask again.
                gone_out.take_back()
        raise ArchiveError(
            f"{file.path}: {self._archive.name} forgot the upload {_STARTS} times; run the same "
            "command again later"
        )

    def assign(self, asset: PlannedAsset, blob: str, metadata: Mapping[str, Any]) -> str:
        """Make a blob the content of a path, and return the asset's id.

        Raises
        ------
        ChangedError
            If the file is not what was sent.
        AccessError
            If this user may not.
        ArchiveError
            If the archive does not.
        """
        check_unchanged(asset.local)
        body = {"metadata": dict(metadata), "blob_id": blob}
        base = f"/dandisets/{self._dandiset}/versions/draft/assets/"
        replaced = asset.remote
        while True:
            if replaced is None:
                answer = self._archive.request("POST", base, json=body, accept=(409,))
            else:
                url = f"{base}{quote(replaced.asset_id)}/"
                answer = self._archive.request("PUT", url, json=body, accept=(404, 409))
            if answer.ok:
                return answer.json_object().text("asset_id")
            # A lost answer, or somebody else: what lies under the path tells which.
            there = self._look(asset.path)
            if there is not None and there.blob == blob:
                return there.asset_id
            if answer.status_code == 409 or there is not None:
                break
            replaced = None  # what was to be replaced is gone
        hint = self._why_refused(asset.path, is_there=there is not None)
        raise ArchiveError(
            f"{asset.path}: {self._archive.name} does not take it under this path "
            f"({answer.status_code}: {quote_response(answer)}). {hint}",
            status=answer.status_code,
        )

    def _initialize(self, file: LocalFile, digests: Digests) -> str | MultipartUpload:
        answer = self._archive.request(
            "POST",
            "/uploads/initialize/",
            json={
                "contentSize": file.size,
                "digest": {"algorithm": "dandi:dandi-etag", "value": digests.etag},
                "dandiset": self._dandiset,
            },
            accept=(409,),
        )
        if answer.status_code == 409:
            blob = str(answer.headers.get("Location", "")).strip()
            if not blob:
                raise ArchiveError(
                    f"{file.path}: the archive has its bytes, and does not say where"
                )
            return blob
        told = answer.json_object()
        parts = parts_of(told.objects("parts"), part_sizes(file.size))
        if parts is None:
            raise ArchiveError(
                f"{file.path}: {self._archive.name} wants it in other parts than the installed "
                "dandischema; a newer dandi may help (pip install --upgrade dandi dandischema)"
            )
        begun = MultipartUpload(told.text("upload_id"), parts)
        self._journal.begin(file, digests.etag, begun)
        return begun

    def _send_parts(
        self,
        file: LocalFile,
        digests: Digests,
        begun: MultipartUpload,
        gone_out: Counter,
        is_unwanted: Callable[[], bool],
    ) -> None:
        """Send the parts that have not arrived; if one fails, the others end soon."""
        stop = self._archive.retry.stop
        failures: list[Exception] = []

        def is_over() -> bool:
            return stop.is_set() or bool(failures) or is_unwanted()

        def send(index: int) -> None:
            part = begun.parts[index]
            if part.number in begun.sent:
                gone_out.count(part.size)
                return
            try:
                piece = PartReader(
                    Path(file.location), part.offset, part.size, gone_out.count, is_over
                )
                with contextlib.closing(piece):
                    etag = self._send_part(file, piece, part.url, digests.parts[index])
            except StoppedError:
                raise
            except Exception as error:
                failures.append(error)
                raise
            begun.sent[part.number] = etag
            self._journal.add_part(begun, part.number, etag)

        try:
            if len(begun.parts) == 1:
                send(0)
            else:
                for _ in in_threads(send, range(len(begun.parts)), self._parts, stop):
                    pass
        except StoppedError:
            if failures:  # it was they who stopped this one
                raise failures[0] from None
            raise

    def _send_part(self, file: LocalFile, piece: PartReader, url: str, expected: str) -> str:
        attempt = 0
        while True:
            answer = self._storage.request("PUT", url, body=piece)
            etag = answer.headers.get("ETag", "").strip('"')
            if etag == expected:
                return etag
            if piece.md5() != expected:
                raise ChangedError(
                    f"{file.path} changed while it was sent. Let the program that writes it "
                    "finish, and run the same command again."
                )
            if attempt >= min(self._archive.retry.retries, _WRONG):
                raise ArchiveError(
                    f"{file.path}: the storage of {self._archive.name} received other bytes than "
                    f"were sent, {attempt + 1} times (checksum {etag or 'missing'}, not {expected})"
                )
            self._archive.retry.wait(attempt)
            attempt += 1

    def _finish(self, begun: MultipartUpload, digests: Digests) -> str:
        """Join the parts; return the blob's id, or nothing if the archive forgot the upload."""
        base = f"/uploads/{quote(begun.upload_id)}"
        parts = [
            {"part_number": part.number, "size": part.size, "etag": begun.sent[part.number]}
            for part in begun.parts
        ]
        answer = self._archive.request(
            "POST", f"{base}/complete/", json={"parts": parts}, accept=(404,)
        )
        if answer.status_code == 404:
            self._journal.close(begun.upload_id)
            return ""
        told = answer.json_object()
        self._join(told.text("complete_url"), told.text("body"), digests)
        answer = self._archive.request("POST", f"{base}/validate/", accept=(400, 404, 409))
        if answer.ok:
            blob = answer.json_object().text("blob_id")
            self._journal.close(begun.upload_id)
            return blob
        if answer.status_code == 400:
            said = quote_response(answer)
            raise ArchiveError(f"{self._archive.name} found the bytes wrong: {said}", status=400)
        # 409: another upload of the same bytes was faster. 404: an earlier answer was lost. In both
        # cases the archive has forgotten this one.
        self._journal.close(begun.upload_id)
        return ""

    def _join(self, url: str, body: str, digests: Digests) -> None:
        attempt = 0
        while True:
            answer = self._storage.request("POST", url, body=body.encode(), accept=(404,))
            if answer.status_code == 404:
                return  # joined already, and the answer was lost; the validation will tell
            etag = _etag_of(answer.text)
            if etag == digests.etag:
                return
            if etag:
                raise ArchiveError(
                    f"the storage joined the parts to other bytes (checksum {etag}, not "
                    f"{digests.etag})",
                    status=400,
                )
            # S3 says 200 before it joins, and may find an error only after that.
            if attempt >= self._archive.retry.retries:
                raise ArchiveError(
                    "the storage does not join the parts; run the same command again",
                    is_temporary=True,
                )
            self._archive.retry.wait(attempt)
            attempt += 1

    def _why_refused(self, path: str, *, is_there: bool) -> str:
        """Say what stands in the way of an asset, and whether trying again may help."""
        if is_there:
            return "Somebody else may be changing the dandiset; run the same command again."
        delete = "Delete that there, or rename the file here; as it is, no attempt can pass."
        for folder in folders_of(path):
            if self._look(folder) is not None:
                return f"On the archive, {folder} is a file. {delete}"
        if self._archive.list_assets(self._dandiset, f"{path}/"):
            return f"On the archive, {path} is a folder. {delete}"
        return "The reason is the archive's; the same command may fail again."

    def _look(self, path: str) -> RemoteAsset | None:
        return self._archive.list_assets(self._dandiset, path).get(path)


_BEGIN_ANEW = frozenset({400, 403, 404})
"""What the storage says of addresses that expired or were forgotten, and of wrong bytes."""


def _etag_of(xml: str) -> str:
    """Return the checksum in S3's answer; nothing in that of a failure."""
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - from the storage; expat expands nothing outside
    except ElementTree.ParseError:
        return ""
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "ETag" and root.tag.rpartition("}")[2] != "Error":
            return (element.text or "").strip().strip('"')
    return ""
