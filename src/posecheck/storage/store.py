"""What reading needs of a storage: groups, arrays, links and attributes, and nothing else.

HDF5 and Zarr implement it. Whatever a storage finds broken it says with `StorageError`, so
that reading can turn it into a finding: no other exception leaves a storage, but `MemoryError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from posecheck.model.facts import ArrayInfo
from posecheck.model.storage_format import StorageFormat
from posecheck.sources.ranged_file import SourceChangedError, SourceError


class Trouble(StrEnum):
    """Why something cannot be had from a storage."""

    UNREADABLE = "unreadable"
    NOT_FETCHED = "not-fetched"
    DANGLING = "dangling"
    EXTERNAL = "external"
    TOO_LARGE = "too-large"
    OUT_OF_REACH = "out-of-reach"
    CHANGED = "changed"


class StorageError(Exception):
    """Something cannot be had.

    Attributes
    ----------
    trouble
        Why, for programs.
    detail
        Why, as a clause for people.
    location
        The object's path inside the file.
    """

    def __init__(self, trouble: Trouble, detail: str, location: str = "/") -> None:
        super().__init__(f"{location}: {detail}")
        self.trouble = trouble
        self.detail = detail
        self.location = location


def source_error(error: SourceError) -> StorageError:
    """Return what a storage says of bytes that cannot be had."""
    has_changed = isinstance(error, SourceChangedError)
    return StorageError(Trouble.CHANGED if has_changed else Trouble.OUT_OF_REACH, str(error))


class LinkKind(StrEnum):
    """How a group names a member."""

    HARD = "hard"
    SOFT = "soft"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Link:
    """A member of a group, not yet followed.

    ``target`` is the path that a soft link stores, or file and path of an external one.
    """

    name: str
    kind: LinkKind
    target: str = ""


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """An object reference stored as a value; ``path`` is ``None`` where it has no target."""

    path: str | None


@dataclass(frozen=True, slots=True)
class Foreign:
    """Values that a dataset keeps in other files: ``what`` it is called, and where they lie."""

    what: str
    target: str


class Node(ABC):
    """A stored object.

    Attributes
    ----------
    path
        Where it lies in the file.
    """

    path: str

    @property
    @abstractmethod
    def identity(self) -> str:
        """Equal for two paths that lead to one object."""

    @property
    @abstractmethod
    def attributes(self) -> Mapping[str, Any]:
        """Attributes as plain Python values: text, numbers, tuples, `ObjectReference`.

        One that cannot be read is left out.
        """

    @abstractmethod
    def attribute(self, name: str) -> Any:
        """Return one attribute; ``None`` if it is absent or cannot be read."""

    @abstractmethod
    def has_attribute(self, name: str) -> bool:
        """Whether an attribute is stored, readable or not."""

    @abstractmethod
    def attribute_dtype(self, name: str) -> str | None:
        """Return NumPy's name of an attribute's stored type; ``None`` if it is absent."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


class Group(Node):
    """A stored group."""

    @abstractmethod
    def links(self) -> tuple[Link, ...]:
        """Return the members in the storage's own order."""

    @abstractmethod
    def member(self, link: Link) -> Group | Array:
        """Open a member, following soft links inside the file.

        Raises
        ------
        StorageError
            If it dangles, leaves the file, or cannot be read.
        """


class Array(Node):
    """A stored dataset."""

    @property
    @abstractmethod
    def info(self) -> ArrayInfo:
        """The header."""

    @property
    @abstractmethod
    def foreign(self) -> Foreign | None:
        """Where its values lie, if not here; they are never read."""

    @property
    @abstractmethod
    def block_rows(self) -> int:
        """How many rows to read at a time: whole chunks, a few megabytes."""

    @property
    @abstractmethod
    def chunk_rows(self) -> int:
        """How many rows are stored as one; 1 where they lie one after the other."""

    @abstractmethod
    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Read rows ``start`` to ``stop`` of a numeric dataset.

        Raises
        ------
        StorageError
            If they cannot be read.
        """

    @abstractmethod
    def value(self, most: int = 100_000) -> Any:
        """Read a small dataset whole, as plain Python values.

        Raises
        ------
        StorageError
            If it has more than ``most`` entries or cannot be read.
        """


class Store(ABC):
    """An opened file.

    Attributes
    ----------
    format
        In what it is stored.
    """

    format: ClassVar[StorageFormat] = StorageFormat.HDF5

    @property
    @abstractmethod
    def root(self) -> Group:
        """The root group."""

    @property
    @abstractmethod
    def handle(self) -> Any:
        """What validators read it from: `h5py.File` for HDF5, the store itself for Zarr."""

    def check_source(self) -> None:  # noqa: B027 - of most, every byte is at hand
        """Raise if bytes of the file could not be had: what was read is then only a part.

        Raises
        ------
        StorageError
            With `Trouble.OUT_OF_REACH` or `Trouble.CHANGED`.
        """

    def prefetch(self, rows: Iterable[tuple[Array, int, int]]) -> None:  # noqa: B027 - a hint
        """Fetch rows of several datasets that will be read next, all at once if that helps."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is open."""


def plain(value: Any) -> Any:
    """Turn NumPy values into plain Python ones, bytes into text, arrays into nested tuples."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return plain(value[()])
        return tuple(plain(item) for item in value)
    if isinstance(value, np.void):
        return tuple(plain(item) for item in value.tolist()) if value.dtype.names else None
    if isinstance(value, np.generic):
        return plain(value.item()) if not isinstance(value, np.str_) else str(value)
    return value
