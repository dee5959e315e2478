"""Strings are changed in a copy, nothing else is, and what else would be is seen."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from h5py import h5t
from tests.recordings.written import VIDEO, write_recording

from posecheck.files.content import hash_file
from posecheck.hdf5_editing.difference import compare_files
from posecheck.hdf5_editing.global_heaps import is_heap_edit
from posecheck.hdf5_editing.string_edit_verification import verify_string_edit
from posecheck.hdf5_editing.string_edits import rewrite_strings
from posecheck.model.string_change import StringChange
from posecheck.storage import StorageError
from posecheck.storage.string_datasets import open_dataset

LONG = "sub-mouse01_ses-20240102_behavior/" + "a long name " * 20 + ".mp4"
SERIES = "/acquisition/camera_video/external_file"


def change(dataset: str, index: int | None, old: str, new: str) -> StringChange:
    return StringChange(dataset=dataset, index=index, old=old, new=new)


def edit(original: Path, *changes: StringChange) -> Path:
    """Edit a copy and verify it."""
    edited = original.with_suffix(".edited")
    shutil.copyfile(original, edited)
    recreated = rewrite_strings(edited, changes)
    verify_string_edit(
        original, edited, changes, compare_files(original, edited), recreated=recreated
    )
    return edited


def write(path: Path, fill: Callable[[h5py.File], object], **options: Any) -> Path:
    with h5py.File(path, "w", **options) as file:
        file.create_dataset("name", data=["a.avi", "b.avi"], dtype=h5py.string_dtype())
        file.create_dataset("notes", data=["one", "two"] * 50, dtype=h5py.string_dtype())
        file["numbers"] = np.arange(1000)
        fill(file)
    return path


def nothing(file: h5py.File) -> None:
    """Add nothing."""


def texts(path: Path, dataset: str) -> Any:
    with h5py.File(path) as file:
        return file[dataset].asstr()[()]


def dump(path: Path) -> dict[str, Any]:
    """Return all values and attributes of a file, as a reader sees them."""
    found: dict[str, Any] = {}
    with h5py.File(path) as file:

        def visit(name: str, node: h5py.Group | h5py.Dataset) -> None:
            found[name] = {key: str(value) for key, value in node.attrs.items()}
            if isinstance(node, h5py.Dataset):
                found[f"{name}="] = (node.dtype.str, node.shape, str(node[()]))

        file.visititems(visit)
    return found


def test_a_real_recording(tmp_path: Path) -> None:
    original = write_recording(tmp_path)
    before = dump(original)
    edited = edit(original, change(SERIES, 0, VIDEO, LONG))
    assert list(texts(edited, SERIES)) == [LONG]
    after = dump(edited)
    key = SERIES.lstrip("/") + "="
    assert {name for name in before if before[name] != after[name]} == {key}
    assert before.keys() == after.keys()


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    original = write_recording(tmp_path)
    first = hash_file(edit(original, change(SERIES, 0, VIDEO, LONG)))
    assert hash_file(edit(original, change(SERIES, 0, VIDEO, LONG))) == first


@pytest.mark.parametrize("options", [{}, {"libver": "latest"}, {"userblock_size": 512}])
@pytest.mark.parametrize("new", ["x", LONG, "Maus ü.mp4", "y" * 10_000])
def test_variable_length_strings(tmp_path: Path, options: dict[str, Any], new: str) -> None:
    original = write(tmp_path / "a.h5", nothing, **options)
    edited = edit(original, change("/name", 1, "b.avi", new))
    assert list(texts(edited, "name")) == ["a.avi", new]
    assert list(texts(edited, "notes")) == ["one", "two"] * 50


def test_the_bytes_alone_show_that_only_strings_changed(tmp_path: Path) -> None:
    original = write(tmp_path / "a.h5", nothing)
    edited = edit(original, change("/name", 1, "b.avi", LONG))

    def is_noticed(indices: list[int]) -> bool:
        with h5py.File(original) as old, h5py.File(edited) as new:
            pair = (open_dataset(old, "/name"), open_dataset(new, "/name"), indices)
            return is_heap_edit(original, edited, compare_files(original, edited), [pair])

    assert is_noticed([1])
    assert not is_noticed([0])
    content = edited.read_bytes()
    for found in (content.index(b"two"), content.index(np.arange(1000).tobytes())):
        edited.write_bytes(content[:found] + b"!" + content[found + 1 :])
        assert not is_noticed([1])


def test_a_scalar(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file.create_dataset("one", data="a.avi", dtype=h5py.string_dtype("ascii"))

    edited = edit(write(tmp_path / "a.h5", fill), change("/one", None, "a.avi", LONG))
    assert texts(edited, "one") == LONG


@pytest.mark.parametrize("storage", [{"chunks": (2,)}, {"chunks": (2,), "compression": "gzip"}])
def test_chunked_strings(tmp_path: Path, storage: dict[str, Any]) -> None:
    def fill(file: h5py.File) -> None:
        file.create_dataset("c", data=["a", "b"], dtype=h5py.string_dtype(), **storage)

    original = write(tmp_path / "a.h5", fill)
    edited = edit(original, change("/c", 0, "a", LONG), change("/c", 1, "b", "short"))
    assert list(texts(edited, "c")) == [LONG, "short"]


def test_fixed_length_strings_that_fit(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["fixed"] = np.array([b"a.avi", b"b.avi"], "S8")

    original = write(tmp_path / "a.h5", fill)
    edited = edit(original, change("/fixed", 0, "a.avi", "c.mp4"))
    assert list(texts(edited, "fixed")) == ["c.mp4", "b.avi"]
    assert edited.stat().st_size == original.stat().st_size


def _typed(file: h5py.File, padding: int, encoding: int) -> None:
    kind = h5t.C_S1.copy()
    kind.set_size(8)
    kind.set_strpad(padding)
    kind.set_cset(encoding)
    space = h5py.h5s.create_simple((2,))
    values = np.array([b"a.avi", b"b.avi"], "S8")
    if padding == h5t.STR_SPACEPAD:
        values = np.char.ljust(values, 8)
    made = h5py.h5d.create(file.id, b"fixed", kind, space)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, values, mtype=kind)


@pytest.mark.parametrize("padding", [h5t.STR_NULLTERM, h5t.STR_NULLPAD, h5t.STR_SPACEPAD])
@pytest.mark.parametrize("encoding", [h5t.CSET_ASCII, h5t.CSET_UTF8])
def test_fixed_length_strings_that_are_too_short(
    tmp_path: Path, padding: int, encoding: int
) -> None:
    def fill(file: h5py.File) -> None:
        _typed(file, padding, encoding)
        file["fixed"].attrs["starting_frame"] = [0, 7]
        file["fixed"].attrs["label"] = "text of any length"
        file["fixed"].attrs["to"] = file["numbers"].ref
        file["soft"] = h5py.SoftLink("/fixed")

    original = write(tmp_path / "a.h5", fill)
    edited = edit(original, change("/soft", 0, "a.avi", LONG))
    with h5py.File(edited) as file:
        dataset = file["fixed"]
        assert [text.rstrip() for text in dataset.asstr()[()]] == [LONG, "b.avi"]
        assert list(dataset.attrs["starting_frame"]) == [0, 7]
        assert dataset.attrs["label"] == "text of any length"
        assert file[dataset.attrs["to"]] == file["numbers"]
        assert dataset.id.get_type().get_strpad() == padding
        assert dataset.id.get_type().get_cset() == encoding
        assert not dataset.id.get_type().is_variable_str()
        assert file["soft"] == dataset


def test_recreating_keeps_the_order_of_creation(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", track_order=True) as file:
        for name in ("z", "fixed", "b", "a"):
            file[name] = np.array([b"a.avi"], "S8")
    edited = edit(tmp_path / "a.h5", change("/fixed", 0, "a.avi", LONG))
    with h5py.File(edited) as file:
        assert list(file) == ["z", "fixed", "b", "a"]


def test_bytes_behind_the_end_are_kept(tmp_path: Path) -> None:
    original = write(tmp_path / "a.h5", nothing)
    with original.open("ab") as file:
        file.write(b"signed by somebody" * 100)
    edited = edit(original, change("/name", 0, "a.avi", "c.mp4"))
    assert edited.read_bytes().endswith(b"signed by somebody" * 100)
    assert edited.stat().st_size == original.stat().st_size


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (change("/name", 0, "else.avi", "c"), "it says 'a.avi', where 'else.avi' was"),
        (change("/name", 2, "a.avi", "c"), "it has no string at 2"),
        (change("/name", None, "a.avi", "c"), "it has no string at None"),
        (change("/numbers", 0, "0", "c"), "it holds no strings"),
        (change("/nowhere", 0, "a", "c"), "nothing is there"),
        (change("/ascii", 0, "a", "ü"), "it is stored as ASCII"),
        (change("/out/name", 0, "a", "c"), "leads out of the file"),
    ],
)
def test_what_cannot_be_changed_is_refused(
    tmp_path: Path, wrong: StringChange, reason: str
) -> None:
    write(tmp_path / "other.h5", nothing)

    def fill(file: h5py.File) -> None:
        file.create_dataset("ascii", data=["a"], dtype=h5py.string_dtype("ascii"))
        file["out"] = h5py.ExternalLink("other.h5", "/")

    path = write(tmp_path / "a.h5", fill)
    other = (tmp_path / "other.h5").read_bytes()
    with pytest.raises(StorageError, match=reason):
        rewrite_strings(path, [wrong])
    assert (tmp_path / "other.h5").read_bytes() == other


def _change_number(file: h5py.File) -> None:
    file["numbers"][3] = 4


def _change_chunk(file: h5py.File) -> None:
    file["chunked"][3] = 4


def _change_compact(file: h5py.File) -> None:
    file["compact"][0] = 4


def _change_note(file: h5py.File) -> None:
    file["notes"][3] = "oops"


def _change_attribute(file: h5py.File) -> None:
    file["numbers"].attrs["unit"] = "volts"


def _add_attribute(file: h5py.File) -> None:
    file["numbers"].attrs["more"] = 1


def _add_group(file: h5py.File) -> None:
    file.create_group("more")


def _remove(file: h5py.File) -> None:
    del file["compact"]


def _turn_link(file: h5py.File) -> None:
    del file["soft"]
    file["soft"] = h5py.SoftLink("/notes")


def _grow(file: h5py.File) -> None:
    file["chunked"].resize((20,))


def _change_twice(file: h5py.File) -> None:
    file["name"][0] = "c.avi"


@pytest.mark.parametrize(
    "spoil",
    [
        _change_number,
        _change_chunk,
        _change_compact,
        _change_note,
        _change_attribute,
        _add_attribute,
        _add_group,
        _remove,
        _turn_link,
        _grow,
        _change_twice,
    ],
)
def test_any_other_change_is_detected(tmp_path: Path, spoil: Callable[[h5py.File], None]) -> None:
    def fill(file: h5py.File) -> None:
        file["numbers"].attrs["unit"] = "meters"
        file["soft"] = h5py.SoftLink("/numbers")
        file.create_dataset("chunked", data=np.arange(16), chunks=(4,), maxshape=(None,))
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((2,))
        h5py.h5d.create(file.id, b"compact", h5t.NATIVE_INT64, space, compact)

    original = write(tmp_path / "a.h5", fill)
    changes = [change("/name", 1, "b.avi", LONG)]
    edited = edit(original, *changes)
    with h5py.File(edited, "r+") as file:
        spoil(file)
    with pytest.raises(StorageError, match=r"the edit changed|its data changed"):
        verify_string_edit(original, edited, changes, compare_files(original, edited))


def test_the_difference_is_exact(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    content = os.urandom(9 * 1024**2)
    first.write_bytes(content)
    changed = bytearray(content)
    places = (0, 5, 4 * 1024**2 - 1, 4 * 1024**2, 9 * 1024**2 - 100)
    for place in places:
        changed[place] ^= 255
    second.write_bytes(changed[:-50])
    kept = io.BytesIO()
    found = compare_files(first, second, kept)
    ranges = list(zip(found.starts.tolist(), found.stops.tolist(), strict=True))
    offsets = {offset for start, stop in ranges for offset in range(start, stop)}
    assert found.is_exact
    assert offsets == {*places, *range(9 * 1024**2 - 50, 9 * 1024**2)}
    assert kept.getvalue() == b"".join(content[start:stop] for start, stop in ranges)
    assert found.touches(4, 2)
    assert not found.touches(1, 4)
    assert found.original_sha256 == hash_file(first)
    assert found.edited_sha256 == hash_file(second)


def test_very_many_differences_are_joined_and_touched_exactly(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    content = bytes(12 * 1024**2)
    changed = bytearray(content)
    changed[::16] = bytes([1]) * (len(content) // 16)
    changed[-4096:] = content[-4096:]
    first.write_bytes(content)
    second.write_bytes(changed)
    kept = io.BytesIO()
    found = compare_files(first, second, kept)
    assert not found.is_exact
    assert len(found.starts) < 300_000
    assert int((found.stops - found.starts).sum()) == len(kept.getvalue())
    restored = bytearray(changed)
    kept.seek(0)
    for start, stop in zip(found.starts.tolist(), found.stops.tolist(), strict=True):
        restored[start:stop] = kept.read(stop - start)
    assert restored == content
    last = int(found.starts[-1])
    assert found.touches(last, 1)
    assert not found.touches(last + 1, 15)
    assert not found.touches(len(content) - 4096, 4096)
