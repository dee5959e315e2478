"""Which stored fields stand behind the model, so that a declaration can say which a rule reads.

A rule's ``reads`` names the model's own words, as its cases do: ``video.starting_frame``,
``series.confidence``. Where such a field is stored and cannot be understood, the rule is skipped on
that object: what is there is never called absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ANY_MEMBER = "*"
"""An object that its holder finds by its type, under whatever name."""


@dataclass(frozen=True, slots=True)
class StoredField:
    """Where a field lies, relative to the object that it belongs to.

    Attributes
    ----------
    member
        The name of the dataset or link; empty for the object itself, `ANY_MEMBER` for one that is
        known by its type.
    attribute
        The name of the attribute that holds the value; empty where the dataset does.
    """

    member: str
    attribute: str = ""


def _at(text: str) -> StoredField:
    return StoredField(*text.split("@"))


_VIDEO = {
    "description": ("@description",),
    "format": ("format",),
    "external_files": ("external_file",),
    "starting_frame": ("external_file@starting_frame",),
    "data": ("data",),
    "dimension": ("dimension",),
    "num_samples": ("num_samples",),
    "unit": ("data@unit",),
    "device": ("device",),
    "object_id": ("@object_id",),
}
_CLOCK = {
    "start": ("starting_time",),
    "rate": ("starting_time@rate",),
    "timestamps": ("timestamps",),
    "unit": ("starting_time@unit", "timestamps@unit"),
}
_CONTAINER = {
    "description": ("description",),
    "series": (ANY_MEMBER,),
    "skeleton": (ANY_MEMBER, "skeleton", "nodes", "edges"),
    "devices": (ANY_MEMBER, "device"),
    "views": (ANY_MEMBER,),
    "source_video": ("source_video",),
    "labeled_video": ("labeled_video",),
    "original_videos": ("original_videos",),
    "labeled_videos": ("labeled_videos",),
    "dimensions": ("dimensions",),
    "scorer": ("scorer",),
    "source_software": ("source_software",),
    "source_software_version": ("source_software@version",),
    "object_id": ("@object_id",),
}
_SERIES = {
    "description": ("@description",),
    "data": ("data",),
    "unit": ("data@unit",),
    "conversion": ("data@conversion",),
    "offset": ("data@offset",),
    "reference_frame": ("reference_frame",),
    "confidence": ("confidence",),
    "confidence_definition": ("confidence@definition",),
}
_CAMERA = {
    "description": ("@description",),
    "intrinsic_matrix": ("intrinsic_matrix",),
    "rotation_matrix": ("rotation_matrix",),
    "translation_vector": ("translation_vector",),
    "distortion_coefficients": ("distortion_coefficients",),
}
_FRAME = {
    "annotator": ("@annotator",),
    "frame_index": ("@source_video_frame_index",),
    "source_video": ("source_video",),
    "source_frame": ("source_frame",),
    "instances": (ANY_MEMBER,),
}
_INSTANCE = {
    "id": ("@id",),
    "skeleton": (ANY_MEMBER, "skeleton"),
    "locations": ("node_locations",),
    "visibility": ("node_visibility",),
}
_SUBJECT = {name: (name,) for name in ("subject_id", "species", "sex", "age")}

_PLACES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "video": _VIDEO,
    "image": {"files": ("",), "object_id": ("@object_id",)},
    "clock": _CLOCK,
    "container": _CONTAINER,
    "skeleton": {"nodes": ("nodes",), "edges": ("edges",), "subject": (ANY_MEMBER,)},
    "series": _SERIES,
    "camera": _CAMERA,
    "frame": _FRAME,
    "instance": _INSTANCE,
    "subject": _SUBJECT,
    "recording": {
        "identifier": ("identifier",),
        "session_id": ("general/session_id",),
        "session_start_time": ("session_start_time",),
    },
}

STORED_FIELDS: Mapping[str, Mapping[str, tuple[StoredField, ...]]] = {
    kind: {name: tuple(map(_at, places)) for name, places in fields.items()}
    for kind, fields in _PLACES.items()
}
"""For each kind of object, its fields by the model's names, and where each of them is stored."""


def stored_fields(field: str) -> tuple[StoredField, ...]:
    """Return where a field is stored that is named as a declaration names it.

    Raises
    ------
    ValueError
        If there is no such object or field.
    """
    kind, _, name = field.partition(".")
    try:
        return STORED_FIELDS[kind][name]
    except KeyError:
        raise ValueError(f"{field!r} is no field that is read from a file") from None
