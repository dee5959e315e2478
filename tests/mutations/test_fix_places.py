"""Edits name the place where a value really lies, and its stored type holds what they write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.executing import apply_lines, changed_between, contents_of
from tests.mutations.change import Change, write_change
from tests.mutations.evaluation import evaluate_file
from tests.mutations.kinds import Clean
from tests.recordings.written import CAMERA_VIDEO, NODES, POSE, SKELETON, VIDEO, write_recording

from posecheck.model.edit import distinct
from posecheck.model.h5py_lines import h5py_lines

pytestmark = pytest.mark.slow

FILES = f"{CAMERA_VIDEO}/external_file"
WINDOWS = VIDEO.replace("/", "\\")
ACCENTED = "caméra.mp4"


def _again(file: h5py.File, path: str, value: object, **options: object) -> None:
    old = file.pop(path)
    file.create_dataset(path, data=value, **options).attrs.update(old.attrs)


def _linked(file: h5py.File) -> None:
    _again(file, FILES, [WINDOWS])
    file.move(FILES, "/scratch/paths")
    file[FILES] = h5py.SoftLink("/scratch/paths")


def _scalar(file: h5py.File) -> None:
    _again(file, FILES, WINDOWS)


def _fixed(file: h5py.File) -> None:
    _again(file, FILES, np.array([WINDOWS.encode()]))


def _fixed_and_accented(file: h5py.File) -> None:
    text = ("videos\\" + ACCENTED).encode()
    _again(file, FILES, np.array([text], dtype=h5py.string_dtype("utf-8", 40)))


def _undecodable(file: h5py.File) -> None:
    _again(file, FILES, np.array([WINDOWS.encode() + b"\\caf\xe9.mp4"], object), dtype=_TEXT)


_TEXT = h5py.string_dtype()


@pytest.mark.parametrize(
    ("edit", "place", "says"),
    [
        (_linked, "/scratch/paths", VIDEO.encode()),
        (_scalar, FILES, VIDEO.encode()),
        (_fixed, FILES, VIDEO.encode()),
        (_fixed_and_accented, FILES, f"videos/{ACCENTED}".encode()),
        (_undecodable, FILES, VIDEO.encode() + b"/caf\xe9.mp4"),
    ],
)
def test_a_reference_is_changed_where_it_is_stored(
    tmp_path: Path, edit: Callable[[h5py.File], None], place: str, says: bytes
) -> None:
    clean = Clean(write_recording(tmp_path / "clean"))
    path = write_change(clean, tmp_path / "changed", Change("backslashes", "VID004", edit))
    (found,) = (item for item in evaluate_file(path)[0] if item.code == "VID004")
    before = contents_of(path)
    apply_lines(path, h5py_lines(found.edits))
    assert {key.partition("@")[0] for key in changed_between(before, contents_of(path))} == {place}
    with h5py.File(path) as file:
        assert np.ravel(file[place][()])[0] == says
        assert file[FILES].attrs["starting_frame"].tolist() == [0]
    assert "VID004" not in {item.code for item in evaluate_file(path)[0]}


def test_fixing_one_finding_after_the_other_comes_to_an_end(tmp_path: Path) -> None:
    """Rules that change one dataset, and one that moves what others change."""

    def edit(file: h5py.File) -> None:
        edges = [(0, 1), (1, 0), (1, 1), (0, 2), (0, 2), (0, 3)]
        _again(file, f"{SKELETON}/edges", np.array(edges, np.uint8))
        _again(file, FILES, [WINDOWS])
        _again(file, f"{CAMERA_VIDEO}/dimension", np.array([0, 0], np.int32))
        for node in NODES:
            file[f"{POSE}/{node}/data"].attrs["unit"] = "px"
            confidence = file[f"{POSE}/{node}/confidence"]
            confidence[...] = confidence[...] * 100
            _again(file, f"{POSE}/{node}/reference_frame", "unknown")
        module = file.create_group("/processing/tracking")
        module.attrs.update(file["/processing/behavior"].attrs)
        file.move(POSE, "/processing/tracking/PoseEstimation")

    clean = Clean(write_recording(tmp_path / "clean"))
    path = write_change(clean, tmp_path / "changed", Change("many defects", "NOD005", edit))
    fixed = []
    while found := next((item for item in evaluate_file(path)[0] if item.edits), None):
        fixed.append(found.code)
        assert len(fixed) < 30, fixed
        apply_lines(path, h5py_lines(found.edits))
    expected = {"CNF007", "NOD005", "NOD006", "NOD022", "REF001", "UNI001", "VID004", "VID019"}
    assert set(fixed) == expected
    assert evaluate_file(path)[0] == ()


def test_what_several_findings_share_is_changed_once(tmp_path: Path) -> None:
    """The texts of all series are links to one."""
    first = f"{POSE}/{NODES[0]}/reference_frame"

    def edit(file: h5py.File) -> None:
        _again(file, first, "unknown")
        for node in NODES[1:]:
            del file[f"{POSE}/{node}/reference_frame"]
            file[f"{POSE}/{node}/reference_frame"] = h5py.SoftLink(first)

    clean = Clean(write_recording(tmp_path / "clean"))
    path = write_change(clean, tmp_path / "changed", Change("unknown", "REF001", edit))
    found = [item for item in evaluate_file(path)[0] if item.code == "REF001"]
    assert len(found) == len(NODES)
    (edits,) = {item.edits for item in found}
    assert [edit.path for edit in distinct(edits)] == [first]
    apply_lines(path, h5py_lines(edit for item in found for edit in item.edits))
    assert evaluate_file(path)[0] == ()
