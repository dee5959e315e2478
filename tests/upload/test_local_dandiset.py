"""Which dandiset is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from posecheck.model.errors import UsageError
from posecheck.upload.collect.local_dandiset import check_archive, open_dandiset


def start(folder: Path, text: str = "identifier: DANDI:000123\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dandiset.yaml").write_text(text)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        "identifier: DANDI:000123\n",
        "identifier: '000123'\n",
        "identifier: 000123\n",
        "identifier: DANDI-SANDBOX:000123\n",
        "identifier: DANDI:000123/draft\n",
        "dandiset:\n  identifier: DANDI:000123\n",
    ],
)
def test_the_identifier_is_read_however_it_is_spelled(tmp_path: Path, text: str) -> None:
    found = open_dandiset(start(tmp_path, text), ())
    assert (found.identifier, found.root, found.published) == ("000123", tmp_path, "")


@pytest.mark.parametrize("requested", ["dandi", "ember-dandi", "https://api.dandiarchive.org/api"])
def test_a_dandiset_of_a_sandbox_does_not_go_to_another_archive(
    tmp_path: Path, requested: str
) -> None:
    found = open_dandiset(start(tmp_path, "identifier: DANDI-SANDBOX:000123\n"), ())
    with pytest.raises(UsageError, match="Pass -i dandi-sandbox"):
        check_archive(found, requested)


@pytest.mark.parametrize(
    ("identifier", "requested"),
    [
        ("DANDI-SANDBOX:000123", "dandi-sandbox"),
        ("DANDI-SANDBOX:000123", "https://sandbox.dandiarchive.org/"),
        ("DANDI:000123", "dandi-sandbox"),
        ("000123", "dandi"),
        ("LAB:000123", "https://archive.lab.org"),
    ],
)
def test_a_dandiset_goes_where_it_belongs(tmp_path: Path, identifier: str, requested: str) -> None:
    found = open_dandiset(start(tmp_path, f"identifier: '{identifier}'\n"), ())
    check_archive(found, requested)
    assert found.identifier == "000123"


def test_it_is_found_upwards(tmp_path: Path) -> None:
    below = start(tmp_path) / "sub-01"
    below.mkdir()
    assert open_dandiset(None, [str(below)]).root == tmp_path


def test_a_published_version_is_noticed(tmp_path: Path) -> None:
    start(tmp_path, "identifier: DANDI:000123\nversion: 0.240101.1200\n")
    assert open_dandiset(tmp_path, ()).published == "0.240101.1200"


def test_a_place_by_another_way_lies_inside(tmp_path: Path) -> None:
    root = start(tmp_path / "real")
    (root / "sub-01").mkdir()
    link = tmp_path / "link"
    link.symlink_to(root, target_is_directory=True)
    found = open_dandiset(root, ())
    assert found.parts_of(link / "sub-01" / "a.nwb") == ("sub-01", "a.nwb")
    assert found.parts_of(tmp_path / "a.nwb") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\n", "no identifier of six digits"),
        ("identifier: DANDI:12\n", "no identifier of six digits"),
        ("- a\n", "no identifier of six digits"),
        ("identifier: [\n", "not valid YAML"),
    ],
)
def test_a_file_without_an_identifier_is_reported(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        open_dandiset(start(tmp_path, text), ())


def test_places_that_are_none_are_reported(tmp_path: Path) -> None:
    one, two = start(tmp_path / "one"), start(tmp_path / "two")
    with pytest.raises(UsageError, match="is not a dandiset"):
        open_dandiset(tmp_path, ())
    with pytest.raises(UsageError, match="different dandisets"):
        open_dandiset(None, [str(one), str(two)])
    with pytest.raises(UsageError, match="no such file or folder"):
        open_dandiset(None, [str(tmp_path / "gone")])
    (tmp_path / "a.nwb").touch()
    with pytest.raises(UsageError, match="lies in no dandiset"):
        open_dandiset(None, [str(tmp_path / "a.nwb")])
