"""A string of an HDF5 file that is to be changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StringChange:
    """A string of an HDF5 file that is to be changed.

    Attributes
    ----------
    dataset
        The path of the dataset in the file: ``/acquisition/camera/external_file``.
    index
        The string's place in it, in C order; ``None`` for a scalar.
    old, new
        What is stored, and what is to be stored.
    """

    dataset: str
    index: int | None
    old: str
    new: str
