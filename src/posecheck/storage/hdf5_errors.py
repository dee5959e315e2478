"""What the HDF5 library raises, as errors of a storage."""

from __future__ import annotations

import re
from types import TracebackType

from posecheck.model.wording import counted
from posecheck.storage.store import StorageError, Trouble


class storage_errors:  # noqa: N801 - as a context manager it is called like a function
    """Turn whatever the library raises into a `StorageError` about a place.

    It is no generator, because each attribute and each object of a file passes it.

    Parameters
    ----------
    location
        The place.
    """

    __slots__ = ("_location",)

    def __init__(self, location: str) -> None:
        self._location = location

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Turn an exception.

        Raises
        ------
        StorageError
            In place of what the library raised.
        """
        if not isinstance(error, Exception) or isinstance(error, StorageError | MemoryError):
            return
        # Corrupt bytes surface as OSError, RuntimeError, KeyError, ValueError, TypeError …
        detail = f"HDF5 cannot read it: {_reason(str(error))}"
        raise StorageError(Trouble.UNREADABLE, detail, self._location) from error


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
