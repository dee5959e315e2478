"""The files that make a folder a dandiset or a BIDS dataset, and a dandiset's identifier."""

from __future__ import annotations

import re

DANDISET_FILE = "dandiset.yaml"
"""What makes a folder a dandiset."""

BIDS_FILE = "dataset_description.json"
"""What makes a folder a BIDS dataset."""

STORES = (".zarr", ".ngff")
"""How the folders end that are one asset, a Zarr store, to dandi."""

RECORDINGS = (".nwb", ".nwb.zarr")
"""How the names of NWB files end, and those of NWB in a Zarr store."""

_IDENTIFIER = re.compile(r"[0-9]{6}")


def is_identifier(text: str) -> bool:
    """Whether a text is the identifier of a dandiset, which has six digits."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_recording(path: str) -> bool:
    """Return whether a path is that of an NWB file, in any case."""
    return path.lower().endswith(RECORDINGS)
