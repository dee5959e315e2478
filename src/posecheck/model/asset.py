"""A file of a dandiset as the disk has it and as the archive holds it: what verifying compares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The bytes of a file in one of the two places, as far as they are known.

    Attributes
    ----------
    size
        In bytes.
    etag
        The archive's checksum (dandi-etag); empty if it is not known.
    sha256
        Empty if it is not known, or not to be compared.
    """

    size: int
    etag: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A reference of an NWB file that leads to a file of the dandiset.

    Attributes
    ----------
    location, entry
        The object that stores it, and what it is called there (``external_file[0]``).
    path
        The path in the dandiset that it leads to.
    """

    location: str
    entry: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file that a version of a dandiset should hold.

    Attributes
    ----------
    path
        Its path in the dandiset.
    local
        What lies on the disk.
    remote
        What the version holds under the path; ``None`` if nothing.
    kept
        Why the archive's copy was left as it is, as a clause; empty if it was not.
    dangling_references
        The references that lead to nothing, if it is an NWB file.
    """

    path: str
    local: Copy
    remote: Copy | None = None
    kept: str = ""
    dangling_references: tuple[Pointer, ...] = ()
