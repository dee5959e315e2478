"""Which texts can be written into which string datasets, and why not into the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from posecheck.sources.local_source import LocalSource
from posecheck.storage import StorageError, open_store
from posecheck.storage.string_datasets import StringDataset, inspect_strings

LONG = "sub-01/" + "x" * 60 + ".mp4"


def inspected(path: Path, *datasets: str) -> dict[str, StringDataset]:
    store = open_store(LocalSource.at(path))
    try:
        return inspect_strings(store, datasets)
    finally:
        store.close()


def write(path: Path, fill: Callable[[h5py.File], object]) -> Path:
    with h5py.File(path, "w") as file:
        file["fixed"] = np.array([b"a.mp4", b"b.mp4"], "S8")
        fill(file)
    return path


def test_variable_length_utf8_takes_anything(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file.create_dataset("any", data=["a"], dtype=h5py.string_dtype())

    strings = inspected(write(tmp_path / "a.h5", fill), "/any")["/any"]
    assert (strings.length, strings.is_ascii, strings.shape) == (None, False, (1,))
    assert not strings.refuses(LONG)
    assert not strings.refuses("Maus ü.mp4")
    assert strings.refuses("a\0b")


def test_ascii_takes_ascii(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file.create_dataset("plain", data=b"a", dtype=h5py.string_dtype("ascii"))

    strings = inspected(write(tmp_path / "a.h5", fill), "/plain")["/plain"]
    assert strings.shape == ()
    assert not strings.refuses(LONG)
    assert "ASCII" in strings.refuses("ü.mp4")


def test_fixed_length_that_nothing_else_leads_to_can_be_stored_again(tmp_path: Path) -> None:
    strings = inspected(write(tmp_path / "a.h5", lambda file: None), "/fixed")["/fixed"]
    assert strings.length == 8
    assert strings.fits("12345678")
    assert not strings.fits("123456789")
    assert not strings.refuses(LONG)


def _reference_attribute(file: h5py.File) -> None:
    file.create_group("g").attrs["to"] = file["fixed"].ref


def _reference_dataset(file: h5py.File) -> None:
    file.create_dataset("refs", data=[file.ref, file["fixed"].ref], dtype=h5py.ref_dtype)


def _reference_scalar(file: h5py.File) -> None:
    file.create_dataset("refs", data=file["fixed"].ref, dtype=h5py.ref_dtype)


def _reference_region(file: h5py.File) -> None:
    region = file["fixed"].regionref[0:1]
    file.create_dataset("refs", data=region, dtype=h5py.regionref_dtype)


def _reference_compound(file: h5py.File) -> None:
    kind = np.dtype([("start", "i4"), ("to", h5py.ref_dtype)])
    rows = np.array([(0, file["fixed"].ref)], dtype=kind)
    file.create_dataset("table", data=rows, dtype=kind)


@pytest.mark.parametrize(
    "fill",
    [
        _reference_attribute,
        _reference_dataset,
        _reference_scalar,
        _reference_region,
        _reference_compound,
    ],
)
def test_a_reference_pins_a_fixed_length_dataset(
    tmp_path: Path, fill: Callable[[h5py.File], object]
) -> None:
    strings = inspected(write(tmp_path / "a.h5", fill), "/fixed")["/fixed"]
    assert strings.pinned.startswith("a reference leads to it from /")
    assert "cannot be stored again" in strings.refuses(LONG)
    assert not strings.refuses("short")


def test_a_second_hard_link_pins_it(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["again"] = file["fixed"]

    strings = inspected(write(tmp_path / "a.h5", fill), "/fixed")["/fixed"]
    assert strings.pinned == "another hard link leads to it"


def test_references_to_others_pin_nothing(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["other"] = np.array([b"c"], "S8")
        file.attrs["to"] = file["other"].ref
        file.create_dataset("null", shape=(3,), dtype=h5py.ref_dtype)

    found = inspected(write(tmp_path / "a.h5", fill), "/fixed", "/other")
    assert not found["/fixed"].pinned
    assert found["/other"].pinned


def test_soft_links_are_followed_inside_the_file(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["group/inner"] = h5py.SoftLink("/fixed")
        file["way"] = h5py.SoftLink("group")

    found = inspected(write(tmp_path / "a.h5", fill), "/way/inner")
    assert found["/way/inner"].length == 8


def test_external_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "other.h5", lambda file: None)

    def fill(file: h5py.File) -> None:
        file["out"] = h5py.ExternalLink("other.h5", "/fixed")

    with pytest.raises(StorageError, match="leads out of the file"):
        inspected(write(tmp_path / "a.h5", fill), "/out")


def test_numbers_and_values_elsewhere_take_no_text(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"12345678")

    def fill(file: h5py.File) -> None:
        file["numbers"] = [1, 2]
        file.create_dataset("outside", (1,), "S8", external=[(tmp_path / "raw", 0, 8)])

    found = inspected(write(tmp_path / "a.h5", fill), "/numbers", "/outside")
    assert found["/numbers"].refuses("a") == "it holds no strings"
    assert found["/outside"].refuses("a") == "its values lie in another file"
