"""The ``dandiset.yaml`` that a run writes, and takes away again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from posecheck.dandi_layout.markers import DANDISET_FILE
from posecheck.files.content import hash_file
from posecheck.files.publication import place, remove, sync_file, sync_folders
from posecheck.model.errors import ApplyError
from posecheck.organize.apply.items import temporary_beside
from posecheck.organize.apply.journal import Journal


def write_identifier(journal: Journal, root: Path) -> None:
    """Write a ``dandiset.yaml``, if the plan has one.

    Raises
    ------
    ApplyError
        If someone else wrote one meanwhile.
    OSError
        If it cannot be written.
    """
    identifier = journal.plan.new_identifier
    if identifier is None:
        return
    path = root / DANDISET_FILE
    content = _describe_dandiset(identifier)
    digest = hashlib.sha256(content).hexdigest()
    if not journal.story.identifier_sha256:
        journal.append(step="identifier", sha256=digest)
    elif os.path.lexists(path):
        if path.is_symlink() or path.read_bytes() != content:
            raise ApplyError(f"{path} was written by someone else meanwhile.")
        return
    temporary = temporary_beside(path, journal.run, "dandiset")
    remove(temporary)
    temporary.write_bytes(content)
    sync_file(temporary)
    place(temporary, path)
    sync_folders([root])


def remove_identifier(journal: Journal, root: Path) -> str:
    """Take away the ``dandiset.yaml`` that a run wrote.

    Returns
    -------
    str
        A sentence that says why it is left; empty if it is not.
    """
    path = root / DANDISET_FILE
    remove(temporary_beside(path, journal.run, "dandiset"))
    if not journal.story.identifier_sha256 or not path.is_file():
        return ""
    if hash_file(path) != journal.story.identifier_sha256:
        return f"{path} was changed since, so it is left."
    remove(path)
    sync_folders([root])
    return ""


def _describe_dandiset(identifier: str) -> bytes:
    """Return a minimal ``dandiset.yaml``, with the three fields that dandi asks for.

    See `dandi.files.bases`, ``_required_dandiset_metadata_fields``.
    """
    full = identifier if ":" in identifier else f"DANDI:{identifier}"
    lines = (
        f"identifier: {json.dumps(full)}",
        f"name: {json.dumps(f'Dandiset {full}')}",
        "description: Not described yet.",
    )
    return ("\n".join(lines) + "\n").encode("utf-8")
