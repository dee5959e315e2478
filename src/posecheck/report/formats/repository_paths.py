"""Where a file lies, as the pages of a repository name it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from posecheck.sources.remote_access import is_address


def repository_path(file: str) -> str:
    """Return a file's path with slashes, relative to the current folder where it lies below that.

    Paths in reports are as the user typed them. Services that show a report beside a repository
    want them from its root, which is where its checks run.
    """
    if is_address(file):
        return file
    path = Path(os.path.normpath(file))
    if path.is_absolute():
        here = Path.cwd()
        path = path.relative_to(here) if path.is_relative_to(here) else path
    return path.as_posix()


def uri(file: str) -> str:
    """Return a file's address: relative below the current folder, else ``file://…``."""
    if is_address(file):
        return quote(file, safe=":/@…?=&%")
    path = repository_path(file)
    quoted = quote(_bytes_of(path))
    if path.startswith("/"):
        return f"file://{quoted}"
    # A drive's letter, and the first part of a relative address, must not look like a scheme.
    return f"file:///{quoted}" if Path(path).is_absolute() else quoted


def _bytes_of(path: str) -> bytes:
    """Return the bytes of a name, as the system has them where it is one of the system's."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")
