"""What the HDF5 library raises, as errors of a storage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from posecheck.model.wording import counted
from posecheck.storage.store import StorageError, Trouble


@contextmanager
def storage_errors(location: str) -> Iterator[None]:
    """Turn whatever the library raises into a `StorageError` about ``location``."""
    try:
        yield
    except (StorageError, MemoryError):
        raise
    except Exception as error:
        # Corrupt bytes surface as OSError, RuntimeError, KeyError, ValueError, TypeError …
        reason = _reason(str(error))
        detail = f"HDF5 cannot read it: {reason}"
        raise StorageError(Trouble.UNREADABLE, detail, location) from error


def opening_failure(error: Exception) -> str:
    """Say why the library does not open a file."""
    text = str(error)
    truncated = re.search(r"eof = (\d+).*stored_eof = (\d+)", text)
    if truncated:
        stored, stated = int(truncated[1]), int(truncated[2])
        return f"it is truncated: {stored:,} of {counted(stated, 'byte')} are here"
    return f"HDF5 cannot open it: {_reason(text)}"


def _reason(text: str) -> str:
    """Return the library's own reason, the part in brackets."""
    inner = re.search(r"\((.*)\)", text, re.DOTALL)
    return (inner[1] if inner else text).strip() or "no reason given"
