"""A Zarr store, read as the installed zarr library wrote it: release 2 or 3."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr

from posecheck.sources.local_source import LocalSource
from posecheck.storage import Array, Group, LinkKind, Node, StorageError, Trouble, open_store

IS_RELEASE_2 = zarr.__version__.startswith("2.")
FORMAT: dict[str, Any] = {} if IS_RELEASE_2 else {"zarr_format": 2}


def write_array(path: Path, values: np.ndarray[Any, Any], **options: Any) -> None:
    """Write a store with one array by the zarr library, whichever release that is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is not in format 3, which is not asked for
        root = zarr.open_group(str(path), mode="w", **FORMAT)
        root.attrs["nwb_version"] = "2.9.0"
        compressor = options.pop("compressor", None)
        packing = {"compressor": compressor} if IS_RELEASE_2 else {"compressors": compressor}
        create = root.create_dataset if IS_RELEASE_2 else root.create_array
        array = create(
            "values", shape=values.shape, dtype=values.dtype, overwrite=True, **packing, **options
        )
        array[...] = values


def opened(path: Path) -> Array:
    """Return the array of a store."""
    root = open_store(LocalSource.at(path)).root
    (link,) = root.links()
    member = root.member(link)
    assert isinstance(member, Array)
    return member


COMPRESSORS = [
    None,
    numcodecs.Blosc(cname="zstd", shuffle=2),
    numcodecs.Blosc(cname="lz4"),
    numcodecs.Zlib(4),
    numcodecs.GZip(4),
    numcodecs.BZ2(1),
    numcodecs.LZMA(preset=1),
    numcodecs.Zstd(3),
    numcodecs.LZ4(),
]


@pytest.mark.parametrize("compressor", COMPRESSORS, ids=lambda one: one and one.codec_id)
def test_every_compressor_is_unpacked(tmp_path: Path, compressor: Any) -> None:
    values = np.arange(300, dtype=np.float64).reshape(150, 2)
    write_array(tmp_path / "a.zarr", values, chunks=(40, 1), compressor=compressor)
    array = opened(tmp_path / "a.zarr")
    assert array.info.shape == (150, 2)
    assert array.info.compressed is (compressor is not None)
    assert (array.chunk_rows, array.block_rows % 40) == (40, 0)
    np.testing.assert_array_equal(array.read(0, 150), values)
    np.testing.assert_array_equal(array.read(35, 85), values[35:85])


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", "|u1", "|b1", ">u8", "<c8", "|S5", "<U3"])
def test_every_type_is_read(tmp_path: Path, dtype: str) -> None:
    values = np.arange(7).astype(dtype)
    write_array(tmp_path / "a.zarr", values, chunks=(3,))
    array = opened(tmp_path / "a.zarr")
    assert array.value() == tuple(
        one.decode() if isinstance(one, bytes) else one for one in values.tolist()
    )
    assert array.info.text_bytes == (5 if dtype == "|S5" else None)


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_of_either_order_are_read(tmp_path: Path, order: str) -> None:
    values = np.arange(70, dtype=np.int32).reshape(10, 7)
    write_array(tmp_path / "a.zarr", values, chunks=(4, 3), order=order)
    np.testing.assert_array_equal(opened(tmp_path / "a.zarr").read(1, 9), values[1:9])


def test_filters_are_undone(tmp_path: Path) -> None:
    values = np.arange(50, dtype=np.float32)
    filters = [numcodecs.Shuffle(4), numcodecs.Zlib(1)]
    write_array(tmp_path / "a.zarr", values, chunks=(20,), filters=filters)
    np.testing.assert_array_equal(opened(tmp_path / "a.zarr").read(0, 50), values)


@pytest.mark.parametrize("fill", [0.0, float("nan"), -1.0])
def test_a_chunk_that_is_not_stored_has_the_fill_value(tmp_path: Path, fill: float) -> None:
    values = np.arange(20, dtype=np.float64)
    write_array(tmp_path / "a.zarr", values, chunks=(10,), fill_value=fill)
    (tmp_path / "a.zarr" / "values" / "1").unlink()
    expected = np.concatenate([values[:10], np.full(10, fill)])
    np.testing.assert_array_equal(opened(tmp_path / "a.zarr").read(0, 20), expected)


def test_a_large_array_is_no_small_value(tmp_path: Path) -> None:
    write_array(tmp_path / "a.zarr", np.zeros(200), chunks=(50,))
    with pytest.raises(StorageError, match="it has 200 entries") as raised:
        opened(tmp_path / "a.zarr").value(100)
    assert raised.value.trouble is Trouble.TOO_LARGE


def test_links_are_followed_inside(tmp_path: Path) -> None:
    write_array(tmp_path / "a.zarr", np.arange(3), chunks=(3,))
    root = zarr.open_group(str(tmp_path / "a.zarr"), mode="r+", **FORMAT)
    root.attrs["zarr_link"] = [
        {"name": "inside", "path": "/values", "source": "."},
        {"name": "by_name", "path": "/values", "source": "../a.zarr"},
        {"name": "outside", "path": "/values", "source": "../b.zarr"},
        {"name": "nowhere", "path": "/missing", "source": "."},
        {"name": "circle", "path": "/circle", "source": "."},
    ]
    root.attrs["here"] = {"zarr_dtype": "object", "value": {"source": ".", "path": "/values"}}
    root.attrs["there"] = {"zarr_dtype": "object", "value": {"source": "../b", "path": "/values"}}
    opened_root: Group = open_store(LocalSource.at(tmp_path / "a.zarr")).root
    links = {link.name: link for link in opened_root.links()}
    assert links["inside"].kind is links["by_name"].kind is LinkKind.SOFT
    assert links["outside"].kind is LinkKind.EXTERNAL
    found: Node = opened_root.member(links["inside"])
    assert found.path == "/values"
    assert found.identity == opened_root.member(links["by_name"]).identity
    for name, trouble in {
        "outside": Trouble.EXTERNAL,
        "nowhere": Trouble.DANGLING,
        "circle": Trouble.DANGLING,
    }.items():
        with pytest.raises(StorageError) as raised:
            opened_root.member(links[name])
        assert raised.value.trouble is trouble
    assert opened_root.attribute("here").path == "/values"
    assert opened_root.attribute("there").path is None
    assert not opened_root.has_attribute("zarr_link")
