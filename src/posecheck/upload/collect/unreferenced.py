"""Find the media below the chosen folders that no chosen NWB file references."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from posecheck.dandi_layout.markers import BIDS_FILE, STORES
from posecheck.files.walk import is_hidden, leads_to_folder, walk


def find_unreferenced(
    root: Path, folders: Iterable[str], referenced: Collection[str], suffixes: Sequence[str]
) -> Iterator[str]:
    """Yield the media below some folders that are not among those that are referenced.

    Parameters
    ----------
    root
        The dandiset's folder.
    folders
        Paths in the dandiset.
    referenced
        The paths in the dandiset of what is referenced, or named by the user.
    suffixes
        The extensions of media, in lower case.
    """
    known = set(referenced)
    for folder in folders:
        for path in _files_below(root, folder):
            if path.lower().endswith(tuple(suffixes)) and path not in known:
                known.add(path)
                yield path


def _files_below(root: Path, folder: str) -> Iterator[str]:
    """Yield the files that ``dandi upload`` would find, as paths in the dandiset."""
    for found in walk(
        root.joinpath(*folder.split("/")) if folder else root,
        enters=lambda name: not is_hidden(name) and not name.lower().endswith(STORES),
        wants=lambda entry: not is_hidden(entry.name) and not leads_to_folder(entry),
        skips=lambda names: BIDS_FILE in names,
    ):
        if found.entry is not None:
            path = found.relative.replace(os.sep, "/")
            yield f"{folder}/{path}" if folder else path
