"""The printed lines of h5py do exactly what an edit says, whatever names the file has."""

from __future__ import annotations

import ast
import dataclasses
import io
import math
import os
import pickle
from pathlib import Path
from typing import Any, get_args

import h5py
import jsonschema
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.executing import apply_lines, changed_between, contents_of
from tests.report.samples import file_report, report
from tests.report.samples import finding as sample
from tests.report.test_json_document import SCHEMA, read

from posecheck.model import edit as edits
from posecheck.model.edit import (
    TEXT,
    AddDataset,
    AddGroup,
    AddSoftLink,
    Clip,
    DeleteAttribute,
    DeleteObject,
    Divide,
    Edit,
    FixSafety,
    MarkMissing,
    MoveObject,
    ReorderColumns,
    Reshape,
    Retype,
    SetAttribute,
    SetDataset,
    SetElement,
    Transpose,
    distinct,
    is_within_limits,
    touched,
)
from posecheck.model.h5py_lines import h5py_lines, literal
from posecheck.report.escapes import escape


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "small.h5"
    with h5py.File(path, "w") as file:
        video = file.create_group("/acquisition/camera")
        video.attrs["description"] = "a video"
        video["external_file"] = ["a\\b.mp4", "c.mp4"]
        video["external_file"].attrs["starting_frame"] = np.array([0, 5], "int32")
        video["external_file"].attrs["of"] = file["/acquisition"].ref
        video["format"] = "raw"
        video["fixed"] = np.array([b"abc", b"de"])
        video["short"] = np.bytes_(b"abc")
        video["dimension"] = np.array([0, 0], "uint16")
        pose = file.create_group("/pose")
        rows = np.array([(0, 0), (1, 2), (0, 5), (math.nan, 3)], "float32")
        pose.create_dataset("data", data=rows, compression="gzip")
        pose["data"].attrs.update({"unit": "px", "conversion": np.float32(1)})
        pose["confidence"] = np.array([0, 50, 101, math.nan])
        pose["percent"] = np.array([0, 50, 100], "uint8")
        pose["edges"] = np.arange(6, dtype="uint8")
        pose["wide"] = np.array([(0, 0), (1, 2)], "uint8").T
    return path


CASES: list[tuple[Edit, dict[str, Any]]] = [
    (SetAttribute("/pose/data", "unit", "pixels"), {"/pose/data@unit": "pixels"}),
    (SetAttribute("/pose/data", "offset", 0.5, "float32"), {"/pose/data@offset": np.float32(0.5)}),
    (SetAttribute("/pose/data", "offset", math.nan), {"/pose/data@offset": math.nan}),
    (
        SetAttribute("/acquisition/camera/external_file", "starting_frame", (0, 7), "int32"),
        {"/acquisition/camera/external_file@starting_frame": np.array([0, 7], "int32")},
    ),
    (SetAttribute("/pose", "names", ("a", "ä")), {"/pose@names": np.array(["a", "ä"], object)}),
    (DeleteAttribute("/pose/data", "unit"), {"/pose/data@unit": None}),
    (AddDataset("/pose/note", "ä", TEXT), {"/pose/note": "ä"}),
    (AddDataset("/pose/names", (), TEXT), {"/pose/names": np.array([], object)}),
    (AddDataset("/pose/size", (640, 480), "int32"), {"/pose/size": np.array([640, 480], "int32")}),
    (
        SetDataset("/acquisition/camera/format", "external", TEXT),
        {"/acquisition/camera/format": "external"},
    ),
    (
        SetDataset("/acquisition/camera/external_file", ("x.mp4",), TEXT),
        {"/acquisition/camera/external_file": np.array(["x.mp4"], object)},
    ),
    (
        SetDataset("/acquisition/camera/dimension", (1920, 1080), "int32"),
        {"/acquisition/camera/dimension": np.array([1920, 1080], "int32")},
    ),
    (
        SetElement("/acquisition/camera/external_file", 0, "a/b.mp4"),
        {"/acquisition/camera/external_file": np.array(["a/b.mp4", "c.mp4"], object)},
    ),
    (SetElement("/acquisition/camera/format", None, "ä"), {"/acquisition/camera/format": "ä"}),
    (AddGroup("/pose/Skeletons"), {"/pose/Skeletons": h5py.Group}),
    (DeleteObject("/pose/edges"), {"/pose/edges": None}),
    (
        MoveObject("/pose/edges", "/pose/links"),
        {"/pose/edges": None, "/pose/links": np.arange(6, dtype="uint8")},
    ),
    (
        AddSoftLink("/pose/video", "/acquisition/camera"),
        {"/pose/video": ("link", "/acquisition/camera")},
    ),
    (
        Retype("/pose/percent", "float32"),
        {"/pose/percent": np.array([0, 50, 100], "float32")},
    ),
    (
        Retype("/acquisition/camera/fixed", TEXT),
        {"/acquisition/camera/fixed": np.array(["abc", "de"], object)},
    ),
    (Retype("/acquisition/camera/short", TEXT), {"/acquisition/camera/short": "abc"}),
    (
        Reshape("/pose/edges", (-1, 2)),
        {"/pose/edges": np.arange(6, dtype="uint8").reshape(3, 2)},
    ),
    (Transpose("/pose/wide"), {"/pose/wide": np.array([(0, 0), (1, 2)], "uint8")}),
    (Divide("/pose/confidence", 100), {"/pose/confidence": np.array([0, 0.5, 1.01, math.nan])}),
    (Clip("/pose/confidence", 0, 100), {"/pose/confidence": np.array([0, 50, 100, math.nan])}),
    (
        ReorderColumns("/pose/data", (1, 0)),
        {"/pose/data": np.array([(0, 0), (2, 1), (5, 0), (3, math.nan)], "float32")},
    ),
    (
        MarkMissing("/pose/data", 0),
        {"/pose/data": np.array([(math.nan,) * 2, (1, 2), (0, 5), (math.nan, 3)], "float32")},
    ),
]


def name(case: Any) -> str:
    return case.kind if not isinstance(case, dict) else ""


@pytest.mark.parametrize(("edit", "wanted"), CASES, ids=name)
def test_an_edit_does_what_it_says_and_nothing_else(
    path: Path, edit: Edit, wanted: dict[str, Any]
) -> None:
    before = contents_of(path)
    apply_lines(path, h5py_lines([edit]))
    assert changed_between(before, contents_of(path)) == set(wanted)
    with h5py.File(path, "r") as file:
        for place, value in wanted.items():
            _assert_is(file, place, value)
    assert set(touched(edit)) == {place.partition("@")[0] for place in wanted}


def _assert_is(file: h5py.File, place: str, value: Any) -> None:
    where, _, attribute = place.partition("@")
    if attribute:
        assert (attribute in file[where].attrs) == (value is not None)
        found = file[where].attrs.get(attribute)
    elif value is None or isinstance(value, type):
        assert value is None or isinstance(file[where], value)
        assert value is not None or where not in file
        return
    elif isinstance(value, tuple):
        assert file.get(where, getlink=True).path == value[1]
        return
    else:
        dataset = file[where]
        text = h5py.check_string_dtype(dataset.dtype)
        found = dataset.asstr()[()] if text else dataset[()]
        assert text is None or (text.encoding, text.length) == ("utf-8", None)
    if isinstance(value, np.ndarray):
        assert found.dtype.kind == value.dtype.kind
        assert value.dtype in (found.dtype, object)
    if value is not None:
        np.testing.assert_array_equal(found, value)


def test_every_edit_is_tried_and_known_to_the_schema(path: Path) -> None:
    assert {type(edit) for edit, _ in CASES} == set(get_args(Edit))
    for edit, _ in CASES:
        found = dataclasses.replace(sample(), edits=(edit,), fix=FixSafety.SAFE)
        (document,) = read(report(file_report(found)))["findings"]
        (written,) = document["fix"]["edits"]
        assert written.pop("edit") == edit.kind
        assert set(written) == {field.name for field in dataclasses.fields(edit)}
        assert document["fix"]["h5py"] == list(h5py_lines([edit]))
        assert repr(pickle.loads(pickle.dumps(found))) == repr(found)  # noqa: S301 - our own


def test_storing_again_keeps_attributes_and_compression(path: Path) -> None:
    apply_lines(path, h5py_lines([Retype("/pose/data", "float64")]))
    with h5py.File(path, "r") as file:
        data = file["/pose/data"]
        assert data.compression == "gzip"
        assert dict(data.attrs) == {"unit": "px", "conversion": np.float32(1)}
    lines = h5py_lines([SetDataset("/acquisition/camera/external_file", ("x.mp4",), TEXT)])
    apply_lines(path, lines)
    with h5py.File(path, "r") as file:
        stored = file["/acquisition/camera/external_file"].attrs
        assert file[stored["of"]].name == "/acquisition"
        assert stored["starting_frame"].tolist() == [0, 5]


def test_edits_are_made_in_their_order_and_each_once(path: Path) -> None:
    divide = Divide("/pose/percent", 100)
    lines = h5py_lines([Retype("/pose/percent", "float64"), divide, divide])
    apply_lines(path, lines)
    with h5py.File(path, "r") as file:
        assert file["/pose/percent"][...].tolist() == [0, 0.5, 1]
    assert distinct([divide, divide]) == (divide,)


HOSTILE = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=()), min_size=1, max_size=12
).filter(lambda text: text not in {".", ".."}) | st.sampled_from(
    ["'] ; import os #", "\\", "'\\\"", "\n", "\u202e", "\u3164", "\x1b[2J", "鼻", "{0}", "a\\'b"]
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_no_name_and_no_text_becomes_code(group: str, text: str) -> None:
    edit = SetAttribute(f"/{group}", "description", text)
    (line,) = h5py_lines([edit])
    assert "\n" not in line
    for shown in (line, escape(line)):  # what a terminal shows can be pasted, too
        (statement,) = ast.parse(shown).body
        assert isinstance(statement, ast.Assign)
        written = ast.literal_eval(statement.value)
        assert written == text or written == os.fsencode(text)


def _is_storable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(HOSTILE.filter(_is_storable))
@example("caf\udce9")
def test_a_hostile_name_is_found(group: str) -> None:
    name = group.encode("utf-8", "surrogateescape")
    with h5py.File(io.BytesIO(), "w") as file:
        file.create_group(b"/" + name)
        (line,) = h5py_lines([SetAttribute(f"/{group}", "unit", "n.a.")])
        exec(line, {"file": file, "h5py": h5py})  # noqa: S102 - that is the point
        assert file[b"/" + name].attrs["unit"] == "n.a."


def test_bytes_that_are_no_utf_8_are_written_as_they_are(path: Path) -> None:
    videos = "/acquisition/camera/external_file"
    apply_lines(path, h5py_lines([SetElement(videos, 0, "caf\udce9/a.mp4")]))
    with h5py.File(path, "r") as file:
        assert file[videos][0] == b"caf\xe9/a.mp4"
    apply_lines(path, h5py_lines([SetDataset(videos, ("caf\udce9.mp4", "ä.mp4"), TEXT)]))
    with h5py.File(path, "r") as file:
        assert file[videos][()].tolist() == [b"caf\xe9.mp4", "ä.mp4".encode()]


@pytest.mark.parametrize("value", [None, object(), b"bytes", [1]])
def test_what_is_no_plain_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="not a plain value"):
        literal(value)


def test_subclasses_are_written_as_what_they_are() -> None:
    assert literal(np.float64(1.5)) == "1.5"
    assert literal(FixSafety.SAFE) == "'safe'"
    assert literal((True, 1, math.nan, -math.inf)) == "[True, 1, float('nan'), float('-inf')]"


def test_edits_are_small() -> None:
    assert is_within_limits((Divide("/p", 2),))
    assert not is_within_limits((SetDataset("/p", (0,) * (edits.MOST_ENTRIES + 1), "int8"),))
    assert not is_within_limits(tuple(Divide(f"/{i}", 2) for i in range(edits.MOST_EDITS + 1)))


@pytest.mark.parametrize(
    "edit",
    [
        {"edit": "?", "path": "/"},
        {"edit": "divide", "path": "/"},
        {"edit": "add-group", "path": "/", "value": b"".hex(), "more": 1},
    ],
)
def test_the_schema_refuses_other_edits(edit: dict[str, Any]) -> None:
    document = read(report(file_report(sample())))
    document["findings"][0]["fix"] = {"safety": "safe", "edits": [edit], "h5py": ["file"]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)
