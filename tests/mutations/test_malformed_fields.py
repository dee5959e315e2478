"""A field of a wrong type or shape is reported once, and nothing calls it absent.

Every field that the model reads is written to disk with wrong values in its place, and with others
that only look unusual. The files are checked by all engines in one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from tests.mutations.change import Change, write_change
from tests.mutations.kinds import Clean, Kind
from tests.recordings.edits import Edit
from tests.recordings.labeled import LABELS
from tests.recordings.written import CAMERA_VIDEO, HEIGHT, POSE, SKELETON, VIDEO, WIDTH

from posecheck.api import validate
from posecheck.model.finding import Finding, Severity
from posecheck.model.stored_fields import ANY_MEMBER, STORED_FIELDS, StoredField

pytestmark = pytest.mark.slow

OBJECTS: Mapping[str, tuple[Kind, str]] = {
    "video": (Kind.VIDEO, CAMERA_VIDEO),
    "clock": (Kind.VIDEO, f"{POSE}/nose"),
    "container": (Kind.VIDEO, POSE),
    "skeleton": (Kind.VIDEO, SKELETON),
    "series": (Kind.VIDEO, f"{POSE}/nose"),
    "camera": (Kind.RIG, "/general/devices/left_camera"),
    "frame": (Kind.LABELS, f"{LABELS}/frame_3"),
    "instance": (Kind.LABELS, f"{LABELS}/frame_3/skeleton_instances/mouse"),
    "subject": (Kind.VIDEO, "/general/subject"),
    "recording": (Kind.VIDEO, ""),
}
"""Where an object of each kind lies that the model knows."""

_TEXTS = np.array(["one", "two"], h5py.string_dtype())
_TEXT: Mapping[str, Any] = {"a number": 7, "two texts": _TEXTS, "numbers": np.arange(3.0)}
_LIST_OF_TEXTS: Mapping[str, Any] = {"numbers": np.arange(4), "a truth value": True}
_NUMBER: Mapping[str, Any] = {"text": "ten", "two numbers": np.array([30.0, 31.0])}
_WHOLE: Mapping[str, Any] = {"text": "ten", "a fraction": 1.5, "not a number": np.nan}
_WHOLES: Mapping[str, Any] = {
    "text": "0",
    "texts": _TEXTS,
    "a fraction": np.array([0.5]),
    "infinite": np.array([np.inf]),
    "a matrix": np.arange(4).reshape(2, 2),
}
_SAMPLES: Mapping[str, Any] = {
    "text": np.array(["0.1"] * 120, h5py.string_dtype()),
    "text of fixed length": np.array([b"0.1"] * 120),
    "complex": np.full(120, 1j),
}
_COLUMN: Mapping[str, Any] = {**_SAMPLES, "a column": np.full((120, 1), 0.9, np.float32)}
_MATRIX: Mapping[str, Any] = {"text": "identity", "texts": _TEXTS}
_LINK: Mapping[str, Any] = {"text": "camera.mp4", "another object": h5py.SoftLink(SKELETON)}

WRONG: Mapping[str, Mapping[str, Any]] = {
    "video.description": _TEXT,
    "video.format": _TEXT,
    "video.external_files": _LIST_OF_TEXTS,
    "video.starting_frame": _WHOLES,
    "video.data": {"text": np.array(["a", "b"], h5py.string_dtype())},
    "video.dimension": _WHOLES,
    "video.num_samples": _WHOLE,
    "video.unit": _TEXT,
    "video.device": {"text": "camera"},
    "video.object_id": {"a number": 7},
    "clock.start": _NUMBER,
    "clock.rate": _NUMBER,
    "clock.timestamps": _COLUMN,
    "clock.unit": _TEXT,
    "container.description": _TEXT,
    "container.devices": {"text": "camera"},
    "container.skeleton": {"text": "mouse"},
    "container.source_video": _LINK,
    "container.labeled_video": _LINK,
    "container.original_videos": _LIST_OF_TEXTS,
    "container.labeled_videos": _LIST_OF_TEXTS,
    "container.dimensions": {"text": "640x480", "fractions": np.array([[0.5, 1.5]])},
    "container.scorer": _TEXT,
    "container.source_software": _TEXT,
    "container.source_software_version": _TEXT,
    "container.object_id": {"a number": 7},
    "skeleton.nodes": _LIST_OF_TEXTS,
    "skeleton.edges": {
        "text": np.array([["nose", "tail_base"]], h5py.string_dtype()),
        "fractions": np.array([[0.0, 1.5]]),
    },
    "series.description": _TEXT,
    "series.data": _SAMPLES,
    "series.unit": _TEXT,
    "series.conversion": _NUMBER,
    "series.offset": _NUMBER,
    "series.reference_frame": _TEXT,
    "series.confidence": _COLUMN,
    "series.confidence_definition": _TEXT,
    "camera.description": _TEXT,
    "camera.intrinsic_matrix": _MATRIX,
    "camera.rotation_matrix": _MATRIX,
    "camera.translation_vector": {"text": "forward", "a matrix": np.eye(3)},
    "camera.distortion_coefficients": {"text": "none", "a matrix": np.eye(3)},
    "frame.annotator": _TEXT,
    "frame.frame_index": _WHOLE,
    "frame.source_video": _LINK,
    "frame.source_frame": _LINK,
    "instance.id": _WHOLE,
    "instance.skeleton": {"text": "mouse"},
    "instance.locations": {**_SAMPLES, "complex, in two columns": np.ones((4, 2), np.complex64)},
    "instance.visibility": {"text": _TEXTS, "a column": np.ones((3, 1), bool)},
    "subject.subject_id": _TEXT,
    "subject.species": _TEXT,
    "subject.sex": _TEXT,
    "subject.age": _TEXT,
    "recording.identifier": _TEXT,
    "recording.session_id": _TEXT,
    "recording.session_start_time": _TEXT,
}

HARMLESS: Mapping[str, Mapping[str, Any]] = {
    "video.format": {"of fixed length": np.bytes_(b"external"), "a list of one": ["external"]},
    "video.external_files": {"a single text": VIDEO, "of fixed length": np.array([VIDEO.encode()])},
    "video.starting_frame": {
        "a double": np.array([0.0]),
        "a single number": 0,
        "8 bits": np.uint8(0),
    },
    "video.dimension": {
        "doubles": np.array([WIDTH, HEIGHT], float),
        "a row, as MATLAB writes it": np.array([[WIDTH, HEIGHT]]),
        "a column": np.array([[WIDTH], [HEIGHT]]),
    },
    "video.num_samples": {"a double": 120.0, "a list of one": np.array([120], np.uint32)},
    "clock.start": {"a list of one": np.array([0.0]), "a whole number": 0},
    "clock.rate": {"a list of one": np.array([30.0]), "a whole number": 30},
    "container.scorer": {"of fixed length": np.bytes_(b"DLC"), "a list of one": ["DLC"]},
    "skeleton.nodes": {
        "of fixed length": np.array([b"nose", b"left_ear", b"right_ear", b"tail_base"]),
        "a row": np.array([["nose", "left_ear", "right_ear", "tail_base"]], h5py.string_dtype()),
    },
    "skeleton.edges": {"doubles": np.array([[0.0, 1], [0, 2], [0, 3]])},
    "series.conversion": {"a whole number": 1, "a list of one": np.array([1.0])},
    "series.unit": {"of fixed length": np.bytes_(b"pixels"), "a list of one": ["pixels"]},
    "frame.frame_index": {"a double": 66.0, "a list of one": np.array([66], np.uint32)},
    "camera.translation_vector": {"a row": None},
}
"""Values whose meaning is plain; posecheck understands them, whatever pynwb says of their type."""


@dataclass(frozen=True, slots=True)
class Try:
    """One field with one value in its place."""

    field: str
    stored: StoredField
    what: str
    value: Any

    @property
    def name(self) -> str:
        """What stands in the test's name, and what the folder is called."""
        place = f"{self.stored.member}.{self.stored.attribute}"
        return re.sub(r"\W+", "_", f"{self.field} {place} {self.what}")


def tries(values: Mapping[str, Mapping[str, Any]]) -> Iterator[Try]:
    for field, wanted in values.items():
        kind, _, name = field.partition(".")
        for stored in _tried(STORED_FIELDS[kind][name]):
            for what, value in wanted.items():
                yield Try(field, stored, what, value)


def _tried(places: tuple[StoredField, ...]) -> Iterator[StoredField]:
    """Yield the places with a name of their own; nodes on a container are a skeleton's."""
    for place in places:
        if place.member != ANY_MEMBER and (len(places) < 4 or place.member == "skeleton"):
            yield place


def put(attempt: Try, path: str) -> Edit:
    """Write a value where the field is stored, whatever stood there."""

    def edit(file: h5py.File) -> None:
        member, attribute, value = attempt.stored.member, attempt.stored.attribute, attempt.value
        if member == "timestamps":
            _stamp(file[path])
        if member == "skeleton":
            del file[f"{path}/mouse"]
        place = f"{path}/{member}" if member else path
        if value is None:
            value = file[place][...][np.newaxis]
        if attribute:
            file[place].attrs[attribute] = value
            return
        kept = dict(file[place].attrs) if isinstance(file.get(place), h5py.Dataset) else {}
        if member and place in file:
            del file[place]
        file[place] = value
        if not isinstance(value, h5py.SoftLink):
            file[place].attrs.update(kept)

    return edit


def _stamp(series: h5py.Group) -> None:
    del series["starting_time"]
    series["timestamps"] = np.arange(120) / 30.0
    series["timestamps"].attrs.update({"unit": "seconds", "interval": np.int32(1)})


WRONG_TRIES = tuple(tries(WRONG))
HARMLESS_TRIES = tuple(tries(HARMLESS))


def _evaluated(
    kinds: Mapping[Kind, Clean], root: Path, attempts: tuple[Try, ...]
) -> dict[str, list[Finding]]:
    """Write all files, check them in one run of all engines, and sort the findings by file."""
    for attempt in attempts:
        kind, path = OBJECTS[attempt.field.partition(".")[0]]
        write_change(kinds[kind], root / attempt.name, Change("", "", put(attempt, path)))
    report = validate(root, isolated=True)
    found: dict[str, list[Finding]] = {attempt.name: [] for attempt in attempts}
    for finding in report.findings:
        relative = Path(finding.file).resolve().relative_to(root.resolve())
        found[relative.parts[0]].append(finding)
    return found


@pytest.fixture(scope="module")
def evaluated_wrong(
    kinds: dict[Kind, Clean], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Finding]]:
    return _evaluated(kinds, tmp_path_factory.mktemp("wrong"), WRONG_TRIES)


@pytest.fixture(scope="module")
def evaluated_harmless(
    kinds: dict[Kind, Clean], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Finding]]:
    return _evaluated(kinds, tmp_path_factory.mktemp("harmless"), HARMLESS_TRIES)


def test_every_field_that_is_read_is_tried() -> None:
    read = {
        f"{kind}.{name}"
        for kind, fields in STORED_FIELDS.items()
        for name, places in fields.items()
        if kind != "image" and any(place.member != ANY_MEMBER for place in places)
    }
    assert read == set(WRONG)


@pytest.mark.parametrize("attempt", WRONG_TRIES, ids=lambda attempt: attempt.name)
def test_a_malformed_field_is_one_error_and_not_absent(
    evaluated_wrong: dict[str, list[Finding]], attempt: Try
) -> None:
    findings = evaluated_wrong[attempt.name]
    kind, path = OBJECTS[attempt.field.partition(".")[0]]
    errors = [item for item in findings if item.severity is Severity.ERROR]
    assert [item.code for item in errors] == ["FIL001"], said(findings)
    assert errors[0].location.startswith(path.rpartition("/")[0] or "/"), said(findings)
    assert attempt.stored.attribute in errors[0].message
    others = [item for item in findings if item.code != "FIL001"]
    regular = "NWBI.check_regular_timestamps"
    usual = {"NWBI.check_description", regular} if kind is Kind.RIG else {regular}
    assert {item.code for item in others} <= usual, said(findings)


@pytest.mark.parametrize("attempt", HARMLESS_TRIES, ids=lambda attempt: attempt.name)
def test_a_value_of_an_unusual_type_is_understood(
    evaluated_harmless: dict[str, list[Finding]], attempt: Try
) -> None:
    findings = evaluated_harmless[attempt.name]
    own = [item for item in findings if item.origin.validator == "posecheck"]
    # What pynwb refuses over it is FIL006's to report, and what dandi does LAY009's: both are true.
    assert {item.code for item in own} <= {"FIL006", "LAY009"}, said(findings)


def said(findings: list[Finding]) -> str:
    return "\n".join(
        f"{item.severity} {item.code} {item.location}: {item.message}" for item in findings
    )
