from __future__ import annotations

from pathlib import Path

import pytest
from dandi.files import dandi_file, find_dandi_files
from dandi.organize import validate_organized_path

from posecheck.model.finding import Severity
from posecheck.validators.layout_check import check_layout

CASES = {
    "sub-m1/sub-m1_ses-one_behavior.nwb": (),
    "sub-m1/recording.nwb": ("DANDI.NON_DANDI_FILENAME",),
    "sub-m1_behavior.nwb": ("DANDI.NON_DANDI_FOLDERNAME",),
    "raw/sub-m1/sub-m1.nwb": ("DANDI.NON_DANDI_FOLDERNAME",),
    "a/b.nwb": ("DANDI.NON_DANDI_FILENAME", "DANDI.NON_DANDI_FOLDERNAME"),
    "sub-m1/sub-m2.nwb": ("DANDI.METADATA_MISMATCH_SUBJECT",),
    "sub-m1/video.mp4": (),
}


@pytest.mark.parametrize("inside", CASES)
def test_layout_is_dandis(tmp_path: Path, inside: str) -> None:
    path = tmp_path / inside
    findings = check_layout(path, tmp_path, inside)
    assert tuple(each.code for each in findings) == CASES[inside]
    assert [each.code for each in findings] == [
        each.id for each in validate_organized_path(inside, path, tmp_path)
    ]
    for each in findings:
        assert each.severity is Severity.ERROR
        assert each.origin.validator == "dandi"
        assert each.file == inside
        assert each.message.endswith(inside)


def test_files_outside_a_dandiset_have_no_layout(tmp_path: Path) -> None:
    assert check_layout(tmp_path / "a.nwb", None, "a.nwb") == ()
    assert check_layout(tmp_path / "a.nwb", tmp_path / "dandiset", "a.nwb") == ()


def test_a_bids_dataset_has_its_own_layout(tmp_path: Path) -> None:
    path = tmp_path / "bids" / "ses" / "a.nwb"
    path.parent.mkdir(parents=True)
    path.touch()
    assert check_layout(path, tmp_path, "a.nwb")
    (tmp_path / "bids" / "dataset_description.json").write_text('{"BIDSVersion": "1.9.0"}')
    assert check_layout(path, tmp_path, "a.nwb") == ()


def test_hidden_files_are_none_of_dandis(tmp_path: Path) -> None:
    path = tmp_path / ".trash" / "a.nwb"
    path.parent.mkdir()
    path.touch()
    assert list(find_dandi_files(tmp_path, dandiset_path=tmp_path)) == []
    assert check_layout(path, tmp_path, "a.nwb") == ()


@pytest.mark.parametrize(("depth", "codes"), [(7, ()), (8, ("DANDI.TREE_DEPTH_EXCEEDED",))])
def test_a_store_may_be_as_deep_as_dandi_takes_it(
    tmp_path: Path, depth: int, codes: tuple[str, ...]
) -> None:
    store = tmp_path / "sub-m1" / "sub-m1.nwb.zarr"
    deepest = store.joinpath(*map(str, range(depth - 1)), ".zgroup")
    deepest.parent.mkdir(parents=True)
    for folder in (store, deepest.parent):
        (folder / ".zgroup").write_text('{"zarr_format": 2}')
    findings = check_layout(store, tmp_path, "sub-m1.nwb.zarr")
    assert tuple(each.code for each in findings) == codes
    asset = dandi_file(store, dandiset_path=tmp_path)
    theirs = {result.id for result in asset.get_validation_errors()}
    assert ("dandi_zarr.tree_depth_exceeded" in theirs) is bool(codes)
