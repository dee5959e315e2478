"""Edits of fixes: made in a file, refused where they would tear it, and proven to be all."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.executing import apply_lines, changed_between, contents_of
from tests.mutations.change import write_change
from tests.mutations.evaluation import evaluate_file
from tests.mutations.fixable import FIXABLE
from tests.mutations.fixtures import kinds
from tests.mutations.kinds import Clean, Kind
from tests.mutations.table import MUTATIONS

from posecheck.hdf5_editing.copy_on_write import CopyOnWrite
from posecheck.hdf5_editing.difference import compare_files
from posecheck.hdf5_editing.edit_execution import make_edits
from posecheck.hdf5_editing.edit_obstacles import bytes_left_behind, obstacle_to
from posecheck.hdf5_editing.edit_verification import verify_edits
from posecheck.hdf5_editing.editable_file import opened_for_editing
from posecheck.hdf5_editing.object_states import state_of
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
    MarkMissing,
    MoveObject,
    Place,
    ReorderColumns,
    Reshape,
    Retype,
    SetAttribute,
    SetDataset,
    SetElement,
    Transpose,
    changed_places,
    distinct,
)
from posecheck.model.h5py_lines import h5py_lines
from posecheck.storage import StorageError

__all__ = ["kinds"]


def write(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        rows = np.arange(20_000, dtype=np.float64).reshape(10_000, 2)
        rows[7] = 2.0
        file.create_dataset("group/positions", data=rows, chunks=(1000, 2), compression="gzip")
        file["group/positions"].attrs["unit"] = "px"
        file["group/plain"] = np.append(np.arange(10, dtype=np.float32) / 2, np.float32("nan"))
        file["group/edges"] = np.array([[0, 1], [1, 2]], np.uint8)
        file["names"] = np.array([b"a.avi", b"b.avi"])
        file.create_dataset("notes", data=["one", "two"], dtype=h5py.string_dtype())
        file["other"] = np.arange(1000)
        file["link"] = h5py.SoftLink("/group/plain")
    return path


def states_after(path: Path, edits: Sequence[Edit]) -> dict[Place, str]:
    """Make edits over a file that stays as it is, and say what they come to."""
    before = path.read_bytes()
    content = CopyOnWrite(lambda: io.FileIO(path))
    with h5py.File(content.open(writable=True), "r+") as file:
        make_edits(file, edits)
    with h5py.File(content.open(), "r") as file:
        states = {
            place: state_of(file, place.path, place.attribute) for place in changed_places(edits)
        }
    content.close()
    assert path.read_bytes() == before
    return states


def edit(path: Path, edits: Sequence[Edit]) -> Path:
    """Make edits in a copy, and verify them."""
    edited = path.with_suffix(".edited")
    shutil.copyfile(path, edited)
    with opened_for_editing(edited) as file:
        make_edits(file, edits)
    verify_edits(path, edited, edits, states_after(path, edits), compare_files(path, edited))
    return edited


EVERY = [
    SetAttribute("/group/positions", "unit", "pixels"),
    SetAttribute("/group", "names", ("a", "b")),
    SetAttribute("/group/plain", "rate", 30.0, "float64"),
    DeleteAttribute("/group/positions", "unit"),
    AddDataset("/group/new", (1, 2), "int32"),
    SetDataset("/group/edges", ((0, 2),), "uint8"),
    SetElement("/notes", 1, "a longer text than there was before"),
    AddGroup("/group/inner"),
    DeleteObject("/names"),
    MoveObject("/group/plain", "/plain"),
    AddSoftLink("/group/link", "/other"),
    Retype("/names", TEXT),
    Retype("/group/positions", "float32"),
    Reshape("/group/edges", (1, -1)),
    Transpose("/group/positions"),
    Divide("/group/positions", 100.0),
    Clip("/group/positions", 0.0, 7.0),
    ReorderColumns("/group/positions", (1, 0)),
    MarkMissing("/group/positions", 2.0),
]


@pytest.mark.parametrize("wanted", EVERY, ids=lambda wanted: wanted.kind)
def test_each_edit_does_what_its_lines_do_and_nothing_else(tmp_path: Path, wanted: Edit) -> None:
    path = write(tmp_path / "a.nwb")
    pasted = tmp_path / "pasted.nwb"
    shutil.copyfile(path, pasted)
    apply_lines(pasted, h5py_lines([wanted]))
    edited = contents_of(edit(path, [wanted]))
    assert not changed_between(contents_of(pasted), edited)
    assert changed_between(contents_of(path), edited)


@pytest.mark.parametrize(
    "edits",
    [
        [Retype("/names", TEXT), SetElement("/names", 0, "c" * 100)],
        [AddGroup("/new"), SetAttribute("/new", "x", 1), AddDataset("/new/d", 1.5, "float64")],
        [DeleteObject("/group/plain"), AddSoftLink("/group/plain", "/other")],
        [SetAttribute("/group/plain", "x", 1), MoveObject("/group", "/moved")],
        [MoveObject("/group", "/moved"), Divide("/moved/positions", 2.0)],
        [MoveObject("/group", "/moved"), Transpose("/moved/edges"), MoveObject("/moved", "/group")],
    ],
)
def test_edits_build_on_each_other(tmp_path: Path, edits: list[Edit]) -> None:
    path = write(tmp_path / "a.nwb")
    pasted = tmp_path / "pasted.nwb"
    shutil.copyfile(path, pasted)
    apply_lines(pasted, h5py_lines(edits))
    assert not changed_between(contents_of(pasted), contents_of(edit(path, edits)))


def test_what_is_stored_again_keeps_its_chunks_and_filters(tmp_path: Path) -> None:
    edited = edit(write(tmp_path / "a.nwb"), [Retype("/group/positions", "float32")])
    with h5py.File(edited) as file:
        dataset = file["group/positions"]
        assert (dataset.chunks, dataset.compression, dataset.dtype) == (
            (1000, 2),
            "gzip",
            "float32",
        )
        assert dataset.attrs["unit"] == "px"


@pytest.mark.parametrize(
    "wanted",
    [
        SetAttribute("/nothing", "unit", "px"),
        DeleteAttribute("/names", "unit"),
        AddDataset("/names", 1, "int32"),
        AddGroup("/names"),
        DeleteObject("/nothing"),
        AddSoftLink("/names", "/other"),
        MoveObject("/nothing", "/else"),
        Divide("/group", 2.0),
        Retype("/group", TEXT),
        Reshape("/group/edges", (3, 3)),
        SetElement("/notes", 7, "text"),
        Divide("/group/edges", 2.0),
        MarkMissing("/group/edges", 0.0),
        Retype("/group/plain", "uint8"),
        Retype("/group/plain", "int64"),
    ],
    ids=lambda wanted: wanted.kind,
)
def test_an_edit_that_does_not_fit_is_refused(tmp_path: Path, wanted: Edit) -> None:
    path = write(tmp_path / "a.nwb")
    with pytest.raises(StorageError), opened_for_editing(path) as file:
        make_edits(file, [wanted])


@pytest.mark.parametrize(
    "wanted",
    [
        SetDataset("/group/edges", ((0, 2),), "uint8"),
        Transpose("/group/edges"),
        Retype("/group/edges", "int32"),
    ],
    ids=lambda wanted: wanted.kind,
)
def test_what_leads_to_a_dataset_keeps_it_from_being_stored_again(
    tmp_path: Path, wanted: Edit
) -> None:
    path = write(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        assert obstacle_to(file, [wanted]) == ""
        file["alias"] = file["group/edges"]
        assert obstacle_to(file, [wanted]) == (
            "another hard link leads to /group/edges, and would keep what is there now"
        )
        del file["alias"]
        file["group"].attrs["best"] = file["group/edges"].ref
        assert obstacle_to(file, [wanted]) == (
            "a reference leads to /group/edges from /group, and would lead to what is there now"
        )
        assert obstacle_to(file, [SetElement("/group/edges", 0, 1)]) == ""


def test_what_a_reference_leads_to_is_not_deleted_with_its_group(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        assert obstacle_to(file, [DeleteObject("/group")]) == ""
        file["best"] = file["group/edges"].ref
        assert "a reference leads to /group/edges" in obstacle_to(file, [DeleteObject("/group")])
        file["alias"] = file["group"]
        assert obstacle_to(file, [DeleteObject("/group")]) == ""


def test_a_link_takes_no_attribute_away(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb")
    edits: list[Edit] = [
        DeleteObject("/group/plain"),
        AddSoftLink("/group/plain", "/other"),
    ]
    with h5py.File(path, "r+") as file:
        for name in ("group/plain", "other"):
            file[name].attrs["unit"] = "seconds"
        assert obstacle_to(file, edits) == ""
        file["group/plain"].attrs["note"] = "of the left camera"
        assert obstacle_to(file, edits) == (
            "/group/plain has an attribute note that what would stand for it lacks"
        )
        file["other"].attrs["note"] = "of the right camera"
        assert "an attribute note" in obstacle_to(file, edits)


def test_data_in_another_file_are_not_written(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        file.create_dataset("far", (4,), "f8", external=[("raw.bin", 0, 32)])
        assert "its values lie in another file" in obstacle_to(file, [Divide("/far", 2.0)])


def test_space_that_stays_behind_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb")
    with h5py.File(path) as file:
        size = file["group/positions"].id.get_storage_size()
        assert bytes_left_behind(file, [Transpose("/group/positions")]) == size
        assert bytes_left_behind(file, [Divide("/group/positions", 2.0)]) == 0
        assert bytes_left_behind(file, [DeleteObject("/link")]) == 0


@pytest.mark.parametrize(
    "more",
    [
        SetAttribute("/group", "x", 1),
        SetElement("/other", 3, 7),
        SetElement("/notes", 0, "two"),
        AddGroup("/new"),
        DeleteObject("/link"),
        SetAttribute("/group/positions", "unit", "mm"),
        Divide("/group/plain", 2.0),
        MoveObject("/group/plain", "/group/moved"),
        Transpose("/group/edges"),
    ],
    ids=lambda more: more.kind,
)
def test_whatever_else_changed_is_seen(tmp_path: Path, more: Edit) -> None:
    path = write(tmp_path / "a.nwb")
    edits = [SetAttribute("/group/positions", "unit", "pixels")]
    edited = edit(path, edits)
    with h5py.File(edited, "r+") as file:
        make_edits(file, [more])
    states = states_after(path, edits)
    with pytest.raises(StorageError):
        verify_edits(path, edited, edits, states, compare_files(path, edited))


@given(
    original=st.binary(max_size=200_000),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.integers(0, 250_000), st.binary(max_size=300)),
            st.tuples(st.just("truncate"), st.integers(0, 250_000), st.just(b"")),
        ),
        max_size=20,
    ),
)
def test_what_is_written_over_a_file_is_what_is_read(
    original: bytes, steps: list[tuple[str, int, bytes]]
) -> None:
    content = CopyOnWrite(lambda: io.BytesIO(original))  # type: ignore[arg-type, return-value]
    handle, wanted = content.open(writable=True), bytearray(original)
    for step, offset, piece in steps:
        if step == "write":
            handle.seek(offset)
            handle.write(piece)
            if piece:
                wanted.extend(bytes(max(0, offset - len(wanted))))
                wanted[offset : offset + len(piece)] = piece
        else:
            handle.truncate(offset)
            wanted.extend(bytes(max(0, offset - len(wanted))))
            del wanted[offset:]
    handle.seek(0)
    assert handle.read(len(wanted) + 1) == bytes(wanted)
    content.close()


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(FIXABLE))
def test_the_edits_of_each_rule_are_made_as_its_lines_say(
    kinds: dict[Kind, Clean], tmp_path: Path, code: str
) -> None:
    tried = [change for change in MUTATIONS if change.code == code and not change.together]
    for number, change in enumerate(tried):
        path = write_change(kinds[change.kind], tmp_path / str(number), change)
        found = [item for item in evaluate_file(path)[0] if item.code == code]
        edits = distinct(one for item in found for one in item.edits)
        with h5py.File(path) as file:
            assert obstacle_to(file, edits) == ""
        pasted = path.with_suffix(".pasted")
        shutil.copyfile(path, pasted)
        apply_lines(pasted, h5py_lines(edits))
        assert not changed_between(contents_of(pasted), contents_of(edit(path, edits)))
