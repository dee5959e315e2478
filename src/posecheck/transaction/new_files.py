"""The small files that a run writes, and removes again when it is undone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from posecheck.files.content import hash_file
from posecheck.files.publication import remove, rename_noreplace, sync_file, sync_folders
from posecheck.model.errors import ApplyError
from posecheck.transaction.items import temporary_beside
from posecheck.transaction.journal import Journal


def write_new_files(journal: Journal) -> None:
    """Write the new files of a run.

    Raises
    ------
    ApplyError
        If someone else wrote one meanwhile.
    OSError
        If one cannot be written.
    """
    root = Path(journal.changes.root)
    for number, file in enumerate(journal.changes.new_files):
        path = root.joinpath(*file.target)
        if file.target not in journal.state.written:
            digest = hashlib.sha256(file.content).hexdigest()
            journal.append(step="write", path=file.target, sha256=digest)
        elif os.path.lexists(path):
            if path.is_symlink() or path.read_bytes() != file.content:
                raise ApplyError(f"{path} was written by someone else meanwhile.")
            continue
        temporary = _temporary(path, journal, number)
        remove(temporary)
        temporary.write_bytes(file.content)
        sync_file(temporary)
        rename_noreplace(temporary, path)
        sync_folders([path.parent])


def remove_new_files(journal: Journal) -> Iterator[str]:
    """Remove the files that a run wrote; yield a sentence for each that is left, and why."""
    root = Path(journal.changes.root)
    for number, file in enumerate(journal.changes.new_files):
        path = root.joinpath(*file.target)
        remove(_temporary(path, journal, number))
        digest = journal.state.written.get(file.target)
        if digest is None or not path.is_file():
            continue
        if hash_file(path) != digest:
            yield f"{path} was changed since, so it is left."
            continue
        remove(path)
        sync_folders([path.parent])


def _temporary(path: Path, journal: Journal, number: int) -> Path:
    return temporary_beside(path, journal.run, f"new-{number}")
