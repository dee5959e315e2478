"""How to restore an HDF5 file from its edited copy: the bytes that changed, and two digests."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.files.copies import copy, share_blocks
from posecheck.files.publication import remove
from posecheck.hdf5_editing.difference import Difference
from posecheck.model.errors import ApplyError

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What turns an edited file into its original.

    Attributes
    ----------
    ranges
        Offsets, and the bytes that were there.
    size, sha256
        Of the original.
    mode, modified_ns
        The original's permissions and modification time.
    edited_sha256
        Of the file that it fits.
    """

    ranges: tuple[tuple[int, bytes], ...]
    size: int
    sha256: str
    mode: int
    modified_ns: int
    edited_sha256: str

    @classmethod
    def of(cls, difference: Difference, original: os.stat_result) -> Patch:
        """Make a patch of how a file differs from its original."""
        return cls(
            ranges=difference.ranges,
            size=difference.original_size,
            sha256=difference.original_sha256,
            mode=original.st_mode & 0o7777,
            modified_ns=original.st_mtime_ns,
            edited_sha256=difference.edited_sha256,
        )


def write_patch(path: Path, patch: Patch) -> None:
    """Write a patch; it is for the caller to sync.

    A line of JSON comes first, then the bytes of all ranges.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    head = {
        "format": _FORMAT,
        "ranges": [(offset, len(content)) for offset, content in patch.ranges],
        "size": patch.size,
        "sha256": patch.sha256,
        "mode": patch.mode,
        "modified_ns": patch.modified_ns,
        "edited_sha256": patch.edited_sha256,
    }
    with path.open("wb") as file:
        file.write(json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n")
        file.writelines(content for _, content in patch.ranges)


def read_patch(path: Path) -> Patch:
    """Read a patch.

    Raises
    ------
    ApplyError
        If it is not there or makes no sense.
    """
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
            ranges = tuple((offset, file.read(size)) for offset, size in head.pop("ranges"))
        if head.pop("format") != _FORMAT:
            raise ValueError("it is of another version of posecheck")  # noqa: TRY301
        return Patch(ranges=ranges, **head)
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
    with temporary.open("r+b") as file:
        for offset, content in patch.ranges:
            file.seek(offset)
            file.write(content)
        file.truncate(patch.size)
        file.flush()
        os.fsync(file.fileno())
    if hash_file(temporary) != patch.sha256:
        remove(temporary)
        raise ApplyError(f"{edited} does not restore the file that it was made of.")
    temporary.chmod(patch.mode)
    os.utime(temporary, ns=(patch.modified_ns, patch.modified_ns))
