"""Only what an NWB file references: a fraction of the time that a whole `Recording` takes."""

from __future__ import annotations

from posecheck.model.file_references import ReferenceField
from posecheck.model.reference import Reference, parse_reference
from posecheck.reading.field_reader import Fields
from posecheck.reading.inventory import take_inventory
from posecheck.reading.types import TypeLineage
from posecheck.sources.source import Source
from posecheck.storage import StorageError, Trouble, open_store

_FIELDS = (
    ReferenceField.EXTERNAL_FILE,
    ReferenceField.ORIGINAL_VIDEOS,
    ReferenceField.LABELED_VIDEOS,
)


def read_references(source: Source) -> tuple[Reference, ...] | None:
    """Read every reference of an NWB file, each once.

    Parameters
    ----------
    source
        The file.

    Returns
    -------
    tuple of Reference or None
        As far as they can be read, as in `Recording.references`; ``None`` if the content of the
        file was not fetched.
    """
    try:
        store = open_store(source)
    except StorageError as error:
        return None if error.trouble is Trouble.NOT_FETCHED else ()
    texts: dict[str, None] = {}
    try:
        inventory = take_inventory(store.root, TypeLineage(store.root))
        fields = Fields(inventory.problems)
        for entry in inventory.entries.values():
            if entry.inherits("ExternalImage"):
                texts |= dict.fromkeys(fields.texts(entry, "") or ())
            for field in _FIELDS:
                if field.value in entry.members:
                    texts |= dict.fromkeys(fields.texts(entry, field.value) or ())
    except StorageError:  # what was read until then counts
        pass
    finally:
        store.close()
    return tuple(map(parse_reference, texts))
