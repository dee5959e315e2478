"""The dandiset and the BIDS dataset around a folder, by the files that mark them."""

from __future__ import annotations

from pathlib import Path

from posecheck.dandi_layout.markers import BIDS_FILE, DANDISET_FILE


def find_dandiset(folder: Path) -> Path | None:
    """Return the nearest folder upwards that holds a ``dandiset.yaml``."""
    for candidate in (folder, *folder.parents):
        if (candidate / DANDISET_FILE).is_file():
            return candidate
    return None


def find_bids_dataset(folder: Path) -> Path | None:
    """Return the nearest folder upwards that is a BIDS dataset."""
    return next((at for at in (folder, *folder.parents) if (at / BIDS_FILE).is_file()), None)


def in_bids(folder: Path, root: Path) -> bool:
    """Whether a BIDS dataset within the root holds a folder."""
    for candidate in (folder, *folder.parents):
        try:
            if (candidate / BIDS_FILE).is_file():
                return True
        except (OSError, ValueError):
            return False
        if candidate == root:
            return False
    return False
