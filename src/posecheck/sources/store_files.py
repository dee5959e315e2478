"""What lies in a store: a folder, or an archive, that is one file to NWB, as Zarr makes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

CONSOLIDATED = ".zmetadata"
"""The member of a Zarr store that holds the metadata of all groups and arrays."""

METADATA_NAMES = (".zgroup", CONSOLIDATED, "zarr.json")
"""One of these lies in the root of every Zarr store."""


class MemberTrouble(StrEnum):
    """Why a member of a store cannot be had."""

    LINKED_OUT = "linked-out"
    NOT_FETCHED = "not-fetched"
    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"
    NOT_LISTED = "not-listed"


class MemberError(Exception):
    """A member of a store cannot be had.

    Attributes
    ----------
    trouble
        Why, for programs.
    detail
        Why, as a clause for people; the key of content that is not fetched.
    """

    def __init__(self, trouble: MemberTrouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail


class StoreFiles(ABC):
    """The members of a store, by their paths in it: POSIX, relative, without ``.`` and ``..``.

    Attributes
    ----------
    is_listed
        Whether its folders can be listed.
    """

    is_listed: ClassVar[bool] = True

    @abstractmethod
    def names_in(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder of the store, ``""`` for its root; none if there is none.

        Raises
        ------
        MemberError
            If it cannot be listed.
        SourceError
            If the store lies elsewhere and cannot be had.
        """

    @abstractmethod
    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a member; ``None`` if it is not there.

        Parameters
        ----------
        name
            Its path in the store.
        most
            How many bytes are taken at most.

        Raises
        ------
        MemberError
            If it has more bytes, leads out of the store, or cannot be read.
        SourceError
            If the store lies elsewhere and cannot be had.
        """

    def prefetch(self, names: Iterable[str]) -> None:  # noqa: B027 - a hint
        """Fetch members that will be read next, all at once if that helps."""

    def check(self) -> None:  # noqa: B027 - of most, every byte is at hand
        """Raise if bytes of the store could not be had.

        Raises
        ------
        SourceError
            Why.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing open
        """Give back what is open."""


def is_member_path(name: str) -> bool:
    """Whether a text can be the path of a member, and leads nowhere else."""
    parts = name.split("/")
    return not any(part in {"", ".", ".."} or "\0" in part or "\\" in part for part in parts)
