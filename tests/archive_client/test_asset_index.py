"""Assets are found by path, by path in other letters, and by folder; in other processes, too."""

from __future__ import annotations

import gc
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from posecheck.archive.asset_index import AssetIndex
from posecheck.archive.resources import RemoteAsset


def asset(path: str, *, blob: str = "", zarr: str = "") -> RemoteAsset:
    return RemoteAsset(path=path, asset_id=f"id of {path}", size=7, blob=blob, zarr=zarr)


ASSETS = (
    asset("sub-1/a.nwb", blob="b1"),
    asset("sub-1/a/cam.mp4", blob="b2"),
    asset("sub-1/a/CAM.mp4", blob="b3"),
    asset("sub-1/b.nwb.zarr", zarr="z1"),
    asset("dandiset.yaml", blob="b4"),
    asset("sub-é/x.nwb", blob="b5"),
)


@pytest.fixture(scope="module")
def index() -> AssetIndex:
    return AssetIndex.write(ASSETS)


def test_an_asset_is_found_by_its_path(index: AssetIndex) -> None:
    assert [index.find(each.path) for each in ASSETS] == list(ASSETS)
    assert index.find("sub-1/a/Cam.mp4") is None
    assert index.find("sub-1") is None
    assert index.find("' or 1=1 --") is None


def test_assets_are_found_in_other_letters(index: AssetIndex) -> None:
    found = index.find_ignoring_case("SUB-1/A/Cam.MP4")
    assert [each.path for each in found] == ["sub-1/a/CAM.mp4", "sub-1/a/cam.mp4"]
    assert [each.blob for each in index.find_ignoring_case("sub-e\u0301/x.nwb")] == ["b5"]
    assert index.find_ignoring_case("sub-2/a.nwb") == ()


def test_a_folder_has_names(index: AssetIndex) -> None:
    assert index.names_in("") == ("dandiset.yaml", "sub-1", "sub-é")
    assert index.names_in("sub-1") == ("a", "a.nwb", "b.nwb.zarr")
    assert index.names_in("sub-1/a") == ("CAM.mp4", "cam.mp4")
    assert index.names_in("sub-9") == ()
    folders = ("sub-1", "sub-1/a", "sub-1/a.nwb", "sub-1/b.nwb.zarr", "sub")
    assert [index.is_folder(path) for path in folders] == [True, True, False, False, False]


def test_all_are_listed_by_path(index: AssetIndex) -> None:
    assert [each.path for each in index] == sorted(each.path for each in ASSETS)


def test_what_is_sent_to_a_worker_is_small_and_finds_the_same() -> None:
    many = [asset(f"sub-{number}/a.nwb") for number in range(10_000)]
    index = AssetIndex.write(many)
    sent = pickle.dumps(index)
    assert len(sent) < 300
    assert pickle.loads(sent) == index  # noqa: S301 - written here
    assert pickle.loads(sent).find("sub-9999/a.nwb") == many[-1]  # noqa: S301


def test_threads_share_it(index: AssetIndex) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(index.find, [each.path for each in ASSETS] * 50)) == [*ASSETS] * 50


def test_the_file_goes_with_the_one_that_wrote_it() -> None:
    index = AssetIndex.write(ASSETS)
    file = Path(index.file)
    copy = AssetIndex(index.file)
    assert copy.find("dandiset.yaml") is not None
    del copy
    gc.collect()
    assert file.exists()
    assert index.find("dandiset.yaml") is not None
    del index
    gc.collect()
    assert not file.parent.exists()
