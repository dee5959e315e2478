"""Texts that say where data came from, and the home folders in them, which name persons."""

from __future__ import annotations

import re
from collections.abc import Iterator

from posecheck.model.edit import (
    TEXT,
    Edit,
    SetAttribute,
    SetDataset,
)
from posecheck.model.external_file import ExternalFile
from posecheck.model.file_references import references_of
from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording
from posecheck.rules.shared_edits import path_of, put, refer

HOME_FOLDER = re.compile(
    r"""(?<![\w.~/\\-])  # not in the midst of a path, a name or an address
        (?:file:/{2,3})?
        (?P<home>
            (?:/(?:mnt|net|nfs|export|gpfs|misc|media|cygdrive|volumes))?
            (?:/[a-z]|/?[a-z]:)?
            [\\/]+ (?:home|users|documents\ and\ settings) [\\/]+
            (?P<user>[^\\/:*?"'<>|\s,;()\[\]{}]+)
        )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A home folder in a text."""

LONGEST_SEARCHED = 100_000
"""Characters of a free text that are searched for home folders."""


def deprecated_entries(container: PoseContainer) -> Iterator[tuple[str, ExternalFile]]:
    """Yield each entry of the deprecated lists of a container, with the name of its field."""
    for references in references_of(container):
        for file in references.files:
            yield references.field.value, file


def provenance_texts(recording: Recording) -> Iterator[tuple[str, str, str]]:
    """Yield location, field and text of what says where the data came from."""
    for container in recording.every_container():
        texts = {
            "description": container.description,
            "scorer": container.scorer,
            "source_software": container.source_software,
        }
        yield from ((container.path, field, text) for field, text in texts.items() if text)
        for field, file in deprecated_entries(container):
            yield container.path, field, file.reference.text
    for path, text in recording.provenance.items():
        location, _, attribute = path.partition(".")
        yield location, attribute or location.rsplit("/", 1)[-1], text


def without_homes(recording: Recording, location: str, shared: frozenset[str]) -> Iterator[Edit]:
    """Write ``~`` in place of a home folder, and of a reference only the name of its file."""
    for container in recording.every_container():
        if container.path != location:
            continue
        texts = {
            "description": container.description,
            "scorer": container.scorer,
            "source_software": container.source_software,
        }
        for name, text in texts.items():
            if text and (plain := _without_home(text, shared, "~")) != text:
                yield put(container, name, plain)
        for field, file in deprecated_entries(container):
            text, name = file.reference.text, file.reference.name
            if name and _without_home(text, shared, "~") != text:
                yield from refer(path_of(container, field), file, name)
    for path, text in recording.provenance.items():
        dataset, _, attribute = path.partition(".")
        plain = _without_home(text, shared, "~")
        if dataset != location or plain == text:
            continue
        yield (
            SetAttribute(dataset, attribute, plain)
            if attribute
            else SetDataset(dataset, plain, TEXT)
        )


def _without_home(text: str, shared: frozenset[str], instead: str) -> str:
    """Replace the home folders of persons; a text that is too long to be searched stays whole."""
    if len(text) > LONGEST_SEARCHED:
        return text
    return HOME_FOLDER.sub(
        lambda match: match[0] if match["user"].casefold() in shared else instead, text
    )
