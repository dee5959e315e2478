"""An upload that the archive has begun: the parts of a file, and where each of them goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from posecheck.archive.responses import JsonObject


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file, and where it goes."""

    number: int
    offset: int
    size: int
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """An upload that the archive has begun.

    Attributes
    ----------
    upload_id
        The archive's name for it.
    parts
        What it wants, in order.
    sent
        The checksums of the parts that it has, by their numbers.
    """

    upload_id: str
    parts: tuple[Part, ...]
    sent: dict[int, str] = field(default_factory=dict)


def parts_of(records: Sequence[JsonObject], sizes: Sequence[int]) -> tuple[Part, ...] | None:
    """Return the parts that the archive names, in order.

    Parameters
    ----------
    records
        For each ``part_number``, ``size`` and ``upload_url``.
    sizes
        The sizes of the parts, in order, by dandischema's rule.

    Returns
    -------
    tuple of Part, or None
        Nothing if the archive cuts the file otherwise.

    Raises
    ------
    ArchiveError
        If a record is none of a part.
    """
    ordered = sorted(records, key=lambda part: part.number("part_number"))
    if [part.number("size") for part in ordered] != list(sizes):
        return None
    return tuple(
        Part(part.number("part_number"), offset, size, part.text("upload_url"))
        for part, offset, size in zip(ordered, accumulate(sizes, initial=0), sizes, strict=False)
    )
