"""The unfinished uploads of this user, so that a later run can resume them.

An upload stays open on the archive until it is finished or removed, and keeps an embargoed dandiset
from being released. The archive gives the addresses of the parts only once. So each open upload has
a file in the user's own state folder, lines of JSON: the upload with the addresses of its parts,
and then each part that has arrived. The file is removed when the upload is finished.

The addresses are signed and valid for a week: only the user can read the files, and none of them
lies in a dandiset, which may be shared.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.files.folders import state_folder
from posecheck.upload.plan.files import Digests, LocalFile
from posecheck.upload.send.multipart import MultipartUpload, Part

_FORMAT = 1
_FOLDER = "uploads"
_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")
_LARGEST = 64 * 1024 * 1024
"""Bytes of the largest journal that is read: ten times what 10,000 parts take."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An upload that an earlier run began.

    Attributes
    ----------
    multipart
        What the archive wants, and what it has of it.
    path
        The file's path in the dandiset.
    etag, size
        What the bytes are.
    """

    multipart: MultipartUpload
    path: str
    etag: str
    size: int


class Journal:
    """The open uploads of this user into one dandiset, from any thread.

    A file that cannot be written costs no more than that an upload cannot be resumed.

    Parameters
    ----------
    api
        The address of the archive's interface.
    dandiset
        The identifier.
    """

    def __init__(self, api: str, dandiset: str) -> None:
        self._api = api
        self._dandiset = dandiset
        self._folder = state_folder() / _FOLDER
        self._earlier: dict[tuple[str, int], JournalEntry] = {}
        self._open: set[str] = set()
        self._lock = threading.Lock()

    def load(self) -> list[JournalEntry]:
        """Read what earlier runs left open."""
        found = list(self._read())
        with self._lock:
            self._earlier = {(each.etag, each.size): each for each in found}
            self._open = {each.multipart.upload_id for each in found}
        return found

    def retain(self, open_ids: Collection[str]) -> None:
        """Forget what the archive no longer knows."""
        with self._lock:
            gone = self._open.difference(open_ids)
            self._earlier = {
                key: each
                for key, each in self._earlier.items()
                if each.multipart.upload_id not in gone
            }
        for upload_id in gone:
            self.close(upload_id)

    @property
    def left_open(self) -> int:
        """How many uploads are begun and not finished, as far as is known here."""
        with self._lock:
            return len(self._open)

    def resume(self, digests: Digests, size: int) -> MultipartUpload | None:
        """Return an open upload of some bytes, once."""
        with self._lock:
            found = self._earlier.pop((digests.etag, size), None)
        if found is None or len(found.multipart.parts) != len(digests.parts):
            return None
        sent = found.multipart.sent
        for part, expected in zip(found.multipart.parts, digests.parts, strict=True):
            if sent.get(part.number, expected) != expected:
                del sent[part.number]
        return found.multipart

    def begin(self, file: LocalFile, etag: str, upload: MultipartUpload) -> None:
        """Record an upload that the archive has begun."""
        with self._lock:
            self._open.add(upload.upload_id)
        line = {
            "journal": _FORMAT,
            "api": self._api,
            "dandiset": self._dandiset,
            "path": file.path,
            "etag": etag,
            "size": file.size,
            "upload_id": upload.upload_id,
            "parts": [[part.number, part.offset, part.size, part.url] for part in upload.parts],
        }
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(upload.upload_id, line, os.O_CREAT | os.O_EXCL)

    def add_part(self, upload: MultipartUpload, number: int, etag: str) -> None:
        """Record that a part has arrived."""
        with contextlib.suppress(OSError):
            self._write(upload.upload_id, {"part": number, "etag": etag}, 0)

    def close(self, upload_id: str) -> None:
        """Forget an upload that is finished, or that the archive has forgotten."""
        with self._lock:
            self._open.discard(upload_id)
        with contextlib.suppress(OSError):
            if path := self._place(upload_id):
                path.unlink(missing_ok=True)

    def _write(self, upload_id: str, line: dict[str, Any], flags: int) -> None:
        path = self._place(upload_id)
        if path is None:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | flags, 0o600)
        try:
            # The line before may have been broken off.
            os.write(descriptor, f"\n{json.dumps(line)}\n".encode())
        finally:
            os.close(descriptor)

    def _place(self, upload_id: str) -> Path | None:
        """Return the file of an upload; none if an archive names it strangely."""
        return self._folder / f"{upload_id}.jsonl" if _NAME.fullmatch(upload_id) else None

    def _read(self) -> Iterator[JournalEntry]:
        try:
            paths = sorted(self._folder.glob("*.jsonl"))
        except OSError:
            return
        for path in paths:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                if path.stat().st_size > _LARGEST:
                    continue
                head, *rest = filter(None, path.read_text("utf-8").splitlines())
                begun = json.loads(head)
                if begun["journal"] != _FORMAT or path.stem != begun["upload_id"]:
                    continue
                if (begun["api"], begun["dandiset"]) == (self._api, self._dandiset):
                    yield _open_upload(begun, rest)


def _open_upload(begun: dict[str, Any], lines: list[str]) -> JournalEntry:
    parts = tuple(
        Part(int(number), int(offset), int(size), str(url))
        for number, offset, size, url in begun["parts"]
    )
    sent = {}
    for line in lines:
        with contextlib.suppress(ValueError):  # a line that was broken off
            part = json.loads(line)
            sent[int(part["part"])] = str(part["etag"])
    return JournalEntry(
        MultipartUpload(str(begun["upload_id"]), parts, sent),
        path=str(begun["path"]),
        etag=str(begun["etag"]),
        size=int(begun["size"]),
    )
