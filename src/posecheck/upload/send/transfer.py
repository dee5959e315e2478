"""Send the bytes of a file: initialize, send parts to the storage, complete, validate.

The protocol is that of ``dandi upload`` (`LocalFileAsset.iter_upload`). Every step may be answered
twice, or not at all, so each can be repeated: for bytes that it has already, the archive answers
409 with the blob's id.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import AccessError, ArchiveError, StoppedError
from posecheck.archive.responses import quote_response
from posecheck.upload.collect.digests import ChangedError, check_unchanged, part_sizes
from posecheck.upload.plan.files import Digests, LocalFile
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.multipart import MultipartUpload, parts_of
from posecheck.upload.send.parts import ByteCounter, OnBytes, PartReader
from posecheck.upload.threads import in_threads

_STARTS = 3
"""How often a file is begun again: its addresses expire, or its bytes arrive wrong."""

_WRONG_BYTES = 3
"""How often a part is sent again if its bytes arrive wrong."""


class Transfer:
    """Sends the bytes of files to an archive, from any thread.

    Parameters
    ----------
    archive
        The archive.
    dandiset
        The identifier.
    parts
        How many parts of a file are sent at a time.
    journal
        Records what is begun; what earlier runs began is resumed.
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
        """Send a file's bytes unless the archive has them, and return the blob's id.

        After a temporary failure a second call resumes: parts that arrived are not sent twice.

        Parameters
        ----------
        file, digests
            The file and its checksums.
        on_bytes
            Receives how many bytes were sent; a negative number undoes some.
        on_start
            Called before the first byte is sent; never if the archive has them.
        is_unwanted
            Whether the sending of this file is to end, while others go on.

        Raises
        ------
        StoppedError
            If the sending is to end.
        ChangedError
            If the file changed since its checksums were computed.
        AccessError
            If the user may not send to this dandiset.
        ArchiveError
            If the archive or its storage fails.
        """
        key = file.path, digests.etag
        for start in range(_STARTS):
            last = start == _STARTS - 1
            check_unchanged(file)
            begun = (
                self._unfinished.pop(key, None)
                or self._journal.resume(digests, file.size)
                or self._initialize(file, digests)
            )
            if isinstance(begun, str):
                return begun
            on_start()
            sent_bytes = ByteCounter(on_bytes)
            try:
                self._send_parts(file, digests, begun, sent_bytes, is_unwanted)
                blob = self._finish(begun, digests)
            except ArchiveError as error:
                sent_bytes.undo()
                if error.is_temporary:
                    self._unfinished[key] = begun
                if last or isinstance(error, AccessError) or error.status not in _BEGIN_AGAIN:
                    raise
            else:
                if blob:
                    return blob
                # The archive no longer knows the upload, mostly because it is finished: request it
                # again.
                sent_bytes.undo()
        raise ArchiveError(
            f"{file.path}: {self._archive.name} lost the upload {_STARTS} times; run the same "
            "command again later"
        )

    def _initialize(self, file: LocalFile, digests: Digests) -> str | MultipartUpload:
        response = self._archive.request(
            "POST",
            "/uploads/initialize/",
            json={
                "contentSize": file.size,
                "digest": {"algorithm": "dandi:dandi-etag", "value": digests.etag},
                "dandiset": self._dandiset,
            },
            accept=(409,),
        )
        if response.status_code == 409:
            blob = str(response.headers.get("Location", "")).strip()
            if not blob:
                raise ArchiveError(
                    f"{file.path}: the archive has its bytes, and does not say where"
                )
            return blob
        fields = response.json_object()
        parts = parts_of(fields.objects("parts"), part_sizes(file.size))
        if parts is None:
            raise ArchiveError(
                f"{file.path}: {self._archive.name} wants it in other parts than the installed "
                "dandischema; a newer dandi may help (pip install --upgrade dandi dandischema)"
            )
        begun = MultipartUpload(fields.text("upload_id"), parts)
        self._journal.begin(file, digests.etag, begun)
        return begun

    def _send_parts(
        self,
        file: LocalFile,
        digests: Digests,
        begun: MultipartUpload,
        sent_bytes: ByteCounter,
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
                sent_bytes.count(part.size)
                return
            try:
                reader = PartReader(
                    Path(file.location), part.offset, part.size, sent_bytes.count, is_over
                )
                with contextlib.closing(reader):
                    etag = self._send_part(file, reader, part.url, digests.parts[index])
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
            if failures:  # the failure of another part stopped this one
                raise failures[0] from None
            raise

    def _send_part(self, file: LocalFile, reader: PartReader, url: str, expected: str) -> str:
        attempt = 0
        while True:
            response = self._storage.request("PUT", url, body=reader)
            etag = response.headers.get("ETag", "").strip('"')
            if etag == expected:
                return etag
            if reader.md5() != expected:
                raise ChangedError(
                    f"{file.path} changed while it was sent. Let the program that writes it "
                    "finish, and run the same command again."
                )
            if attempt >= min(self._archive.retry.retries, _WRONG_BYTES):
                raise ArchiveError(
                    f"{file.path}: the storage of {self._archive.name} received other bytes than "
                    f"were sent, {attempt + 1} times (checksum {etag or 'missing'}, not {expected})"
                )
            self._archive.retry.wait(attempt)
            attempt += 1

    def _finish(self, begun: MultipartUpload, digests: Digests) -> str:
        """Join the parts; return the blob's id, or nothing if the archive lost the upload."""
        base = f"/uploads/{quote(begun.upload_id)}"
        parts = [
            {"part_number": part.number, "size": part.size, "etag": begun.sent[part.number]}
            for part in begun.parts
        ]
        response = self._archive.request(
            "POST", f"{base}/complete/", json={"parts": parts}, accept=(404,)
        )
        if response.status_code == 404:
            self._journal.close(begun.upload_id)
            return ""
        fields = response.json_object()
        self._join(fields.text("complete_url"), fields.text("body"), digests)
        response = self._archive.request("POST", f"{base}/validate/", accept=(400, 404, 409))
        if response.ok:
            blob = response.json_object().text("blob_id")
            self._journal.close(begun.upload_id)
            return blob
        if response.status_code == 400:
            quoted = quote_response(response)
            raise ArchiveError(f"{self._archive.name} found the bytes wrong: {quoted}", status=400)
        # 409: another upload of the same bytes was faster. 404: an earlier answer was lost. In both
        # cases the archive no longer knows this one.
        self._journal.close(begun.upload_id)
        return ""

    def _join(self, url: str, body: str, digests: Digests) -> None:
        attempt = 0
        while True:
            response = self._storage.request("POST", url, body=body.encode(), accept=(404,))
            if response.status_code == 404:
                return  # joined already, and the answer was lost; the validation will show
            etag = _etag_of(response.text)
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


_BEGIN_AGAIN = frozenset({400, 403, 404})
"""How the storage answers for addresses that expired or are unknown, and for wrong bytes."""


def _etag_of(xml: str) -> str:
    """Return the checksum in S3's answer; empty in the answer of a failure."""
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - from the storage; expat expands nothing outside
    except ElementTree.ParseError:
        return ""
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "ETag" and root.tag.rpartition("}")[2] != "Error":
            return (element.text or "").strip().strip('"')
    return ""
