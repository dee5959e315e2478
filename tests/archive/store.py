"""Where the bytes go: SeaweedFS, an S3 server in one program, on the loopback interface.

Multipart uploads are begun here and carried out by whoever holds the presigned addresses; the store
itself checks each signature, the length that it covers, and the digest of every part.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.session import get_session
from tests.archive.weed import (
    SERVICES,
    START_SECONDS,
    end_process,
    free_ports,
    remove_sockets,
    start_weed,
)

BUCKET = "dandi-dandisets"
REGION = "us-east-1"
PART, MOST_PARTS = 64 * 2**20, 10_000
"""The size of every part but the last, as the archive cuts files, and how many there may be: above
640 GB the parts grow."""

LARGEST = 5 * 2**40
"""Bytes of the largest object that S3 stores."""

_UPLOAD_EXPIRES, _DOWNLOAD_EXPIRES = 7 * 24 * 3600, 6 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object as a listing names it."""

    key: str
    etag: str
    size: int
    modified: datetime


class Store:
    """A running S3 server with one bucket, in a temporary folder; a context manager.

    Attributes
    ----------
    address
        The server's host and port.
    """

    def __init__(self) -> None:
        self.address = ""
        self._credentials = Credentials("archive", secrets.token_hex(16))
        self._cleanup = contextlib.ExitStack()
        self._client: Any = None

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archive-store-")))
            ports = free_ports(2 * len(SERVICES))
            stack.callback(remove_sockets, ports)
            process, self.address = start_weed(folder, self._credentials, ports)
            stack.callback(end_process, process)
            self._client = get_session().create_client(
                "s3",
                endpoint_url=f"http://{self.address}",
                aws_access_key_id=self._credentials.access_key,
                aws_secret_access_key=self._credentials.secret_key,
                region_name=REGION,
                config=Config(
                    signature_version="s3v4",
                    s3={"addressing_style": "path"},
                    max_pool_connections=32,
                ),
            )
            stack.callback(self._client.close)
            self._client.create_bucket(Bucket=BUCKET)
            self._warm_up()
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    @property
    def environment(self) -> dict[str, str]:
        """The variables from which programs take the credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self._credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": self._credentials.secret_key,
            "AWS_DEFAULT_REGION": REGION,
        }

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        self._client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def begin(self, key: str) -> str:
        """Begin a multipart upload and return the store's name for it."""
        return str(self._client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"])

    def part_url(self, host: str, key: str, multipart: str, number: int, size: int) -> str:
        """Return the address at which one part of this very size is PUT."""
        return self._presign(
            "PUT",
            f"{_object(host, key)}?uploadId={multipart}&partNumber={number}",
            {"Content-Length": str(size)},
            _UPLOAD_EXPIRES,
        )

    def file_url(self, host: str, key: str, base64_md5: str, *, embargoed: bool) -> str:
        """Return the address at which an object with this very MD5 is PUT in one request."""
        headers = {"Content-MD5": base64_md5}
        if embargoed:
            headers["x-amz-tagging"] = "embargoed=true"
        return self._presign("PUT", _object(host, key), headers, _DOWNLOAD_EXPIRES)

    def complete_url(self, host: str, key: str, multipart: str) -> str:
        """Return the address at which the list of parts is POSTed."""
        url = f"{_object(host, key)}?uploadId={multipart}"
        return self._presign("POST", url, {}, _UPLOAD_EXPIRES)

    def download_url(self, host: str, key: str, filename: str = "") -> str:
        """Return the address from which an object can be had, under a file name if one is given."""
        url = _object(host, key)
        if filename:
            disposition = quote(f'attachment; filename="{filename}"', safe="")
            url += f"?response-content-disposition={disposition}"
        return self._presign("GET", url, {}, _DOWNLOAD_EXPIRES)

    def measure(self, key: str) -> tuple[int, str] | None:
        """Return size and ETag of an object, or None where there is none."""
        try:
            head = self._client.head_object(Bucket=BUCKET, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return int(head["ContentLength"]), str(head["ETag"]).strip('"')

    def digest(self, key: str) -> str:
        """Return the SHA-256 of an object, read from the store."""
        digest = hashlib.sha256()
        for chunk in self._client.get_object(Bucket=BUCKET, Key=key)["Body"].iter_chunks(2**20):
            digest.update(chunk)
        return digest.hexdigest()

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        with contextlib.closing(self._client.get_object(Bucket=BUCKET, Key=key)["Body"]) as body:
            return bytes(body.read())

    def list_objects(self, prefix: str) -> Iterator[Stored]:
        """Yield all objects whose keys begin with a prefix, in the store's order."""
        after = ""
        while True:
            found, more = self.list_page(prefix, after, 1000)
            yield from found
            if not more:
                return
            after = found[-1].key

    def list_page(self, prefix: str, after: str, most: int) -> tuple[list[Stored], bool]:
        """Return some of the objects with a prefix after a key, and whether there are more."""
        listing = self._client.list_objects_v2(
            Bucket=BUCKET, Prefix=prefix, StartAfter=after, MaxKeys=most
        )
        found = [
            Stored(
                key=str(each["Key"]),
                etag=str(each["ETag"]).strip('"'),
                size=int(each["Size"]),
                modified=each["LastModified"],
            )
            for each in listing.get("Contents", ())
        ]
        return found, bool(listing["IsTruncated"])

    def delete(self, key: str) -> None:
        """Remove an object."""
        self._client.delete_object(Bucket=BUCKET, Key=key)

    def _presign(self, method: str, url: str, headers: dict[str, str], seconds: int) -> str:
        request = AWSRequest(method=method, url=url, headers=headers)
        S3SigV4QueryAuth(self._credentials, "s3", REGION, seconds).add_auth(request)
        return str(request.url)

    def _warm_up(self) -> None:
        """Have the first volume made now: the first object written waits for it."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._client.put_object(Bucket=BUCKET, Key="warm-up", Body=b"warm")
                self._client.delete_object(Bucket=BUCKET, Key="warm-up")
            except ClientError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


def object_url(host: str, key: str) -> str:
    """Return an object's address without a signature, as the archive writes it into metadata."""
    return _object(host, key)


def part_sizes(size: int) -> list[int]:
    """Return the sizes of the parts in which a file is sent."""
    part = max(PART, -(-size // MOST_PARTS))
    return [min(part, size - start) for start in range(0, size, part)]


def _object(host: str, key: str) -> str:
    return f"http://{host}/{BUCKET}/{quote(key)}"
