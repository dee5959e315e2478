"""A file that is written again says the same, and what does not is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.executing import changed_between, contents_of

from posecheck.hdf5_editing.repacking import repack, verify_repacked
from posecheck.storage import StorageError


def write(path: Path, **options: object) -> Path:
    """Write a file that holds every kind of link, value and reference."""
    with h5py.File(path, "w", **options) as file:
        file.attrs["where"] = "root"
        numbers = file.create_dataset("group/numbers", data=np.arange(5000.0), chunks=(100,))
        file.create_dataset(
            "packed", data=np.arange(5000.0), chunks=(500,), compression="gzip", shuffle=True
        )
        file["again"] = numbers
        file["soft"] = h5py.SoftLink("/group/numbers")
        file["far"] = h5py.ExternalLink("other.nwb", "/x")
        file.create_dataset("texts", data=["one", "two"] * 50, dtype=h5py.string_dtype())
        file.create_dataset("grows", (3,), "i4", maxshape=(None,), fillvalue=7)
        file["empty"] = h5py.Empty("f8")
        file.attrs["target"] = file["group"].ref
        file["group"].attrs["targets"] = np.array([numbers.ref, file["texts"].ref], h5py.ref_dtype)
        file.create_dataset(
            "references", data=[numbers.ref, file["group"].ref], dtype=h5py.ref_dtype
        )
        file.create_dataset("part", data=numbers.regionref[10:20], dtype=h5py.regionref_dtype)
        table = np.zeros(2, dtype=[("start", "i4"), ("series", h5py.ref_dtype)])
        table["series"] = [numbers.ref, file["texts"].ref]
        file["table"] = table
        ragged = file.create_dataset("ragged", (2,), h5py.vlen_dtype(np.int64))
        ragged[0], ragged[1] = [1, 2, 3], [4]
    return path


def leave_behind(path: Path) -> None:
    """Unlink 800 kB in the middle of the file, whose space the library does not give back."""
    with h5py.File(path, "r+") as file:
        file["filler"] = np.arange(100_000)
        file["last"] = np.arange(1000)
    with h5py.File(path, "r+") as file:
        del file["filler"]


def test_a_file_says_the_same_and_is_smaller(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb")
    leave_behind(path)
    again = tmp_path / "again.nwb"
    repack(path, again)
    verify_repacked(path, again)
    # A table with references is read as bytes there, and these are addresses in memory.
    assert changed_between(contents_of(path), contents_of(again)) <= {"/table"}
    assert again.stat().st_size < path.stat().st_size - 700_000
    with h5py.File(again) as file:
        assert file["again"] == file["group/numbers"]
        assert file[file.attrs["target"]].name == "/group"
        assert file[file["table"][1]["series"]].name == "/texts"
        assert file["group/numbers"][file["part"][()]].tolist() == list(range(10, 20))
        assert file["packed"].shuffle
        assert file["grows"].maxshape == (None,)
        assert list(file) == list(h5py.File(path))


@pytest.mark.parametrize("libver", ["earliest", "latest", "v110"])
def test_each_generation_of_the_format_is_kept(tmp_path: Path, libver: str) -> None:
    path = write(tmp_path / "a.nwb", libver=libver)
    repack(path, tmp_path / "again.nwb")
    verify_repacked(path, tmp_path / "again.nwb")


def test_the_order_of_creation_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        group = file.create_group("group", track_order=True)
        for name in "cab":
            group[name] = 1
    repack(path, tmp_path / "again.nwb")
    with h5py.File(tmp_path / "again.nwb") as file:
        assert list(file["group"]) == ["c", "a", "b"]


def test_a_block_before_the_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb", userblock_size=512)
    with pytest.raises(StorageError, match="begins with a block that is no HDF5"):
        repack(path, tmp_path / "again.nwb")


def test_a_reference_to_what_is_gone_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        del file["texts"]
    with pytest.raises(StorageError):
        repack(path, tmp_path / "again.nwb")


def _value(file: h5py.File) -> None:
    file["packed"][3] = -1


def _attribute(file: h5py.File) -> None:
    file["group"].attrs["more"] = 1


def _root_attribute(file: h5py.File) -> None:
    file.attrs["where"] = "here"


def _link(file: h5py.File) -> None:
    del file["soft"]


def _hard_link(file: h5py.File) -> None:
    del file["again"]
    file["again"] = file["group/numbers"][()]


def _reference(file: h5py.File) -> None:
    file["references"][0] = file["packed"].ref


def _reference_in_a_table(file: h5py.File) -> None:
    table = file["table"][()]
    table["series"][0] = file["texts"].ref
    file["table"][...] = table


def _region(file: h5py.File) -> None:
    file["part"][()] = file["group/numbers"].regionref[0:5]


def _text(file: h5py.File) -> None:
    file["texts"][7] = "seven"


def _filter(file: h5py.File) -> None:
    values = file.pop("packed")[()]
    file.create_dataset("packed", data=values, chunks=(500,))


@pytest.mark.parametrize(
    "spoil",
    [
        _value,
        _attribute,
        _root_attribute,
        _link,
        _hard_link,
        _reference,
        _reference_in_a_table,
        _region,
        _text,
        _filter,
    ],
)
def test_whatever_differs_is_seen(tmp_path: Path, spoil: Callable[[h5py.File], None]) -> None:
    path, again = write(tmp_path / "a.nwb"), tmp_path / "again.nwb"
    repack(path, again)
    with h5py.File(again, "r+") as file:
        spoil(file)
    with pytest.raises(StorageError, match="the edit changed"):
        verify_repacked(path, again)
