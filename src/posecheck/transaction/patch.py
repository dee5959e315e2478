"""How to restore an HDF5 file from its edited copy: the bytes that changed, and two digests."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from posecheck.files.content import hash_file
from posecheck.files.copies import copy, share_blocks
from posecheck.files.publication import remove
from posecheck.hdf5_editing.difference import Difference, compare_files
from posecheck.model.errors import ApplyError

_FORMAT = 2
_LENGTH_BYTES = 8
_LONGEST_HEAD = 1024**2
_BLOCK = 4 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What turns an edited file into its original.

    Attributes
    ----------
    path
        Where the bytes lie that were there, one range after the other.
    ranges
        The number of ranges.
    size, sha256
        Of the original.
    mode, modified_ns
        The original's permissions and modification time.
    edited_sha256
        Of the file that it fits.
    """

    path: Path
    ranges: int
    size: int
    sha256: str
    mode: int
    modified_ns: int
    edited_sha256: str


@contextlib.contextmanager
def kept_bytes(path: Path | None) -> Iterator[IO[bytes] | None]:
    """Give where the bytes of a new patch go; ``None`` where none is wanted.

    It is no patch before `end_patch` was called.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if path is None:
        yield None
        return
    with path.open("wb") as file:
        yield file


def compare_and_keep(
    original: Path, edited: Path, patch: Path | None, status: os.stat_result
) -> Difference:
    """Compare an edited file with its original, and write the patch that restores that.

    The bytes come first, then the ranges as pairs of offsets, then what is known of both files as
    a line of JSON, and its length. It is for the caller to sync.

    Parameters
    ----------
    original, edited
        The two files.
    patch
        Where the patch is written; ``None`` if none is wanted.
    status
        What the system says of the original.

    Raises
    ------
    OSError
        If a file cannot be read, or the patch cannot be written.
    """
    with kept_bytes(patch) as file:
        difference = compare_files(original, edited, file)
        if file is not None:
            offsets = np.stack([difference.starts, difference.stops], axis=1)
            head = {
                "format": _FORMAT,
                "ranges": len(offsets),
                "size": difference.original_size,
                "sha256": difference.original_sha256,
                "mode": status.st_mode & 0o7777,
                "modified_ns": status.st_mtime_ns,
                "edited_sha256": difference.edited_sha256,
            }
            line = json.dumps(head, separators=(",", ":")).encode("ascii")
            file.write(offsets.astype("<i8").tobytes())
            file.write(line)
            file.write(len(line).to_bytes(_LENGTH_BYTES, "little"))
    return difference


def read_patch(path: Path) -> Patch:
    """Read what a patch says of both files.

    Raises
    ------
    ApplyError
        If it is not there or makes no sense.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(-_LENGTH_BYTES, os.SEEK_END)
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if not 0 < length <= min(end, _LONGEST_HEAD):
                raise ValueError("it is cut short")  # noqa: TRY301
            file.seek(end - length)
            head = json.loads(file.read(length))
        if head.pop("format") != _FORMAT:
            raise ValueError("it is of another version of posecheck")  # noqa: TRY301
        return Patch(path=path, **head)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ApplyError(
            f"{path} cannot be read ({error}), without which the original cannot be restored."
        ) from error


def restore(edited: Path, patch: Patch, temporary: Path) -> None:
    """Write the original of an edited file to a name that nothing has, and wait for the disk.

    Raises
    ------
    ApplyError
        If what comes out is not the original; then nothing is left behind.
    OSError
        If it cannot be written.
    """
    if not share_blocks(edited, temporary):
        copy(edited, temporary, lambda count: None)
    temporary.chmod(0o600)
    with temporary.open("r+b") as file, patch.path.open("rb") as kept:
        for start, stop in _ranges(patch):
            file.seek(start)
            _copy_bytes(kept, file, stop - start)
        file.truncate(patch.size)
        file.flush()
        os.fsync(file.fileno())
    if hash_file(temporary) != patch.sha256:
        remove(temporary)
        raise ApplyError(f"{edited} does not restore the file that it was made of.")
    temporary.chmod(patch.mode)
    os.utime(temporary, ns=(patch.modified_ns, patch.modified_ns))


def _ranges(patch: Patch) -> Iterator[tuple[int, int]]:
    with patch.path.open("rb") as file:
        end = file.seek(-_LENGTH_BYTES, os.SEEK_END)
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        file.seek(end - length - patch.ranges * 16)
        for _ in range(patch.ranges):
            start, stop = (int.from_bytes(file.read(8), "little") for _ in range(2))
            yield start, stop


def _copy_bytes(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0:
        part = source.read(min(size, _BLOCK))
        if not part:
            raise ApplyError("a patch is cut short, so the original cannot be restored.")
        target.write(part)
        size -= len(part)
