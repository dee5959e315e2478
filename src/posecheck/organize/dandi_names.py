"""What an NWB file is called in a dandiset, by dandi's own naming, one file at a time.

`dandi.organize.create_unique_filenames_from_metadata` names a batch, and a file's name depends on
which others are in it: one session alone drops ``_ses-``, times at midnight drop their ``T000000``
unless one is not, a tissue sample is named only where there are two, and on a collision it opens
the files for their object_id. A name must not change because of what is organized beside it, so
each file is named as a batch of its own, always with its session, and with what distinguishes two
files of one name at hand beforehand. What dandi names in mixed batches alone (``tis``,
``slice``, ``cell``, ``desc``, ``probe``) is never in a name; ``obj`` does what they would.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass
from datetime import datetime

from dandi.organize import create_unique_filenames_from_metadata, get_obj_id
from dandi.pynwb_utils import get_neurodata_types_to_modalities_map

from posecheck.dandi_layout.organized_path import label_of
from posecheck.model.recording import Recording
from posecheck.model.storage_format import StorageFormat

_POSE = "behavior"
_WITHOUT_MEANING = "core"
"""dandi's map files the bare container types under this "modality"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a file may be called, as components from the dandiset's root.

    Attributes
    ----------
    plain
        Its name.
    distinct
        The name with ``_obj-…``, for when the plain one is taken; ``None`` without an object_id.
    """

    plain: tuple[str, ...]
    distinct: tuple[str, ...] | None


def propose_names(recording: Recording) -> Names:
    """Name an NWB file as dandi does, whichever files are organized with it.

    Parameters
    ----------
    recording
        What was read of it; its subject_id is not blank. Without a session_id, one is made of the
        time at which the session began: ``YYYYMMDDTHHMMSS``. Pose, which dandi does not know, has
        the modality ``behavior``. dandi names files in HDF5; the name of a Zarr store has
        ``.zarr`` after that.
    """
    subject = recording.subject
    record: dict[str, object] = {
        "path": "recording.nwb",
        "subject_id": label_of(subject.subject_id if subject is not None else None),
        "session_id": label_of(recording.session_id) or _session_of(recording.session_start_time),
        "nd_types": [kind for kind in recording.group_types if _modality_of(kind)],
        "modalities": [_POSE] if recording.pose_types else [],
    }
    ending = ".zarr" if recording.storage is StorageFormat.ZARR else ""
    object_id, distinct = recording.object_id, None
    if object_id and object_id.isascii():
        with_id = {**record, "obj_id": get_obj_id(object_id)}
        distinct = _name(with_id, ending, "session_id", "obj_id")
    return Names(plain=_name(record, ending, "session_id"), distinct=distinct)


def _name(record: dict[str, object], ending: str, *required: str) -> tuple[str, ...]:
    (named,) = create_unique_filenames_from_metadata([record], required_fields=list(required))
    folder, separator, name = str(named["dandi_path"]).rpartition("/")
    if not separator:
        folder, _, name = str(named["dandi_path"]).rpartition("\\")  # os.path.join on Windows
    return folder, name + ending


def _session_of(time: str | None) -> str | None:
    if not time:
        return None
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(time.strip()).strftime("%Y%m%dT%H%M%S")
    return None


def _modality_of(neurodata_type: str) -> str:
    modality = _modality_map().get(neurodata_type, "")
    return "" if modality == _WITHOUT_MEANING else modality


@functools.cache
def _modality_map() -> dict[str, str]:
    return dict(get_neurodata_types_to_modalities_map())
