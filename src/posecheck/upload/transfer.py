"""One file's way into the archive: initialize, parts to the storage, complete, validate, assign.

The protocol is that of ``dandi upload`` (`LocalFileAsset.iter_upload`). Every step may be answered
twice, or not at all, so each is written to be taken again: bytes that are there already are met
with 409 and the blob's id, an asset that is there already is looked at before anything is said.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from posecheck.upload.answers import quote_answer
from posecheck.upload.archive import Archive
from posecheck.upload.connection import Connection
from posecheck.upload.digests import check_unchanged, part_sizes
from posecheck.upload.failures import AccessError, ArchiveError, ChangedError, StoppedError
from posecheck.upload.plan.values import Digests, LocalFile, PlannedAsset, RemoteAsset
from posecheck.upload.threads import in_threads

_STARTS = 3
"""How often a file is begun anew: its addresses expire, or its bytes arrive wrong."""

OnBytes = Callable[[int], None]


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
    """

    def __init__(self, archive: Archive, dandiset: str, *, parts: int) -> None:
        self._archive = archive
        self._dandiset = dandiset
        self._parts = parts
        # No token: the storage is another server, and its addresses are signed.
        self._storage = Connection(
            f"the storage of {archive.name}", archive.patience, plain=archive.is_plain
        )

    def send_bytes(
        self, file: LocalFile, digests: Digests, on_bytes: OnBytes, *, on_start: Callable[[], None]
    ) -> str:
        """Bring a file's bytes into the archive, unless they are there, and return the blob's id.

        Parameters
        ----------
        file, digests
            The file and its checksums.
        on_bytes
            Receives how many bytes went out; a negative number takes some back.
        on_start
            Called before the first byte goes out; never if the archive has them.

        Raises
        ------
        ChangedError
            If the file is not what it was when its checksums were computed.
        AccessError
            If this user may not.
        ArchiveError
            If the archive or its storage fails.
        """
        for start in range(_STARTS):
            last = start == _STARTS - 1
            check_unchanged(file)
            begun = self._initialize(file, digests)
            if isinstance(begun, str):
                return begun
            upload_id, parts = begun
            on_start()
            gone_out = _Counter(on_bytes)
            try:
                sent = self._send_parts(file, digests, parts, gone_out)
                blob = self._finish(upload_id, digests, sent)
            except ArchiveError as error:
                gone_out.take_back()
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
                answer = self._archive.ask("POST", base, json=body, accept=(409,))
            else:
                url = f"{base}{quote(replaced.asset_id)}/"
                answer = self._archive.ask("PUT", url, json=body, accept=(404, 409))
            if answer.ok:
                return str(answer.json()["asset_id"])
            # A lost answer, or somebody else: what lies under the path tells which.
            there = self._look(asset.path)
            if there is not None and there.blob == blob:
                return there.asset_id
            if answer.status_code == 409 or there is not None:
                break
            replaced = None  # what was to be replaced is gone
        raise ArchiveError(
            f"{asset.path}: {self._archive.name} does not take it under this path "
            f"({answer.status_code}: {quote_answer(answer)}). "
            "Somebody else may be changing the dandiset; run the same command again.",
            status=answer.status_code,
        )

    def _initialize(
        self, file: LocalFile, digests: Digests
    ) -> str | tuple[str, list[Mapping[str, Any]]]:
        answer = self._archive.ask(
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
        begun = answer.json()
        parts = sorted(begun["parts"], key=lambda part: int(part["part_number"]))
        sizes = part_sizes(file.size)
        if [int(part["size"]) for part in parts] != list(sizes):
            raise ArchiveError(
                f"{file.path}: {self._archive.name} wants it in other parts than the installed "
                "dandischema; a newer dandi may help (pip install --upgrade dandi dandischema)"
            )
        return str(begun["upload_id"]), parts

    def _send_parts(
        self,
        file: LocalFile,
        digests: Digests,
        parts: list[Mapping[str, Any]],
        on_bytes: _Counter,
    ) -> list[dict[str, Any]]:
        offsets = [0]
        for part in parts:
            offsets.append(offsets[-1] + int(part["size"]))

        def send(index: int) -> dict[str, Any]:
            part = parts[index]
            piece = Piece(
                Path(file.location),
                offsets[index],
                int(part["size"]),
                on_bytes.count,
                self._archive.patience.stop,
            )
            with contextlib.closing(piece):
                etag = self._send_part(file, piece, str(part["upload_url"]), digests.parts[index])
            return {"part_number": part["part_number"], "size": part["size"], "etag": etag}

        if len(parts) == 1:
            return [send(0)]
        stop = self._archive.patience.stop
        sent = dict(in_threads(send, range(len(parts)), self._parts, stop))
        return [sent[index] for index in range(len(parts))]

    def _send_part(self, file: LocalFile, piece: Piece, url: str, expected: str) -> str:
        attempt = 0
        while True:
            answer = self._storage.ask("PUT", url, body=piece)
            etag = answer.headers.get("ETag", "").strip('"')
            if etag == expected:
                return etag
            if piece.md5() != expected:
                raise ChangedError(
                    f"{file.path} changed while it was sent. Let the program that writes it "
                    "finish, and run the same command again."
                )
            if attempt >= self._archive.patience.retries:
                raise ArchiveError(
                    f"{file.path}: the storage of {self._archive.name} received other bytes than "
                    f"were sent, {attempt + 1} times (checksum {etag or 'missing'}, not {expected})"
                )
            self._archive.patience.wait(attempt)
            attempt += 1

    def _finish(self, upload_id: str, digests: Digests, parts: list[dict[str, Any]]) -> str:
        """Join the parts; return the blob's id, or nothing if the archive forgot the upload."""
        base = f"/uploads/{quote(upload_id)}"
        answer = self._archive.ask(
            "POST", f"{base}/complete/", json={"parts": parts}, accept=(404,)
        )
        if answer.status_code == 404:
            return ""
        told = answer.json()
        self._join(str(told["complete_url"]), str(told["body"]), digests)
        answer = self._archive.ask("POST", f"{base}/validate/", accept=(400, 404, 409))
        if answer.ok:
            return str(answer.json()["blob_id"])
        if answer.status_code == 400:
            said = quote_answer(answer)
            raise ArchiveError(f"{self._archive.name} found the bytes wrong: {said}", status=400)
        # 409: another upload of the same bytes was faster. 404: an earlier answer was lost.
        return ""

    def _join(self, url: str, body: str, digests: Digests) -> None:
        attempt = 0
        while True:
            answer = self._storage.ask("POST", url, body=body.encode(), accept=(404,))
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
            if attempt >= self._archive.patience.retries:
                raise ArchiveError("the storage does not join the parts; run the command again")
            self._archive.patience.wait(attempt)
            attempt += 1

    def _look(self, path: str) -> RemoteAsset | None:
        return self._archive.listing(self._dandiset, path).get(path)


_BEGIN_ANEW = frozenset({400, 403, 404})
"""What the storage says of addresses that expired or were forgotten, and of wrong bytes."""


class Piece:
    """A part of a file as a body of a request: read when it goes out, and again when it must.

    Parameters
    ----------
    path, offset, size
        Which bytes.
    on_bytes
        Receives how many went out.
    stop
        Ends the request when set.
    """

    def __init__(
        self, path: Path, offset: int, size: int, on_bytes: OnBytes, stop: threading.Event
    ) -> None:
        self._path = path
        self._offset = offset
        self._size = size
        self._on_bytes = on_bytes
        self._stop = stop
        self._done = 0
        try:
            self._stream = path.open("rb", buffering=0)
        except OSError as error:
            raise ChangedError(f"{path} cannot be read: {error.strerror or error}") from error

    def __len__(self) -> int:
        return self._size

    def rewind(self) -> None:
        """Begin anew, and take back what was counted."""
        self._on_bytes(-self._done)
        self._done = 0
        self._stream.seek(self._offset)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the part; nothing at its end."""
        if self._stop.is_set():
            raise StoppedError
        left = self._size - self._done
        block = self._stream.read(left if size < 0 else min(size, left))
        if left and not block:
            raise ChangedError(f"{self._path} became shorter while it was sent")
        self._done += len(block)
        self._on_bytes(len(block))
        return block

    def md5(self) -> str:
        """Read the part once more, from the disk, and return its checksum."""
        self._stream.seek(self._offset)
        digest = hashlib.md5(usedforsecurity=False)
        left = self._size
        while left and (block := self._stream.read(min(left, 1024 * 1024))):
            digest.update(block)
            left -= len(block)
        return digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class _Counter:
    """What went out of one file, to be taken back when it begins anew."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._lock = threading.Lock()
        self._total = 0

    def count(self, number: int) -> None:
        with self._lock:
            self._total += number
        self._on_bytes(number)

    def take_back(self) -> None:
        with self._lock:
            number, self._total = self._total, 0
        self._on_bytes(-number)


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
