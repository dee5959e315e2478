"""The real ``dandi upload`` and ``dandi download`` find in the archive what they expect."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from tests.archive.dandi import name_dandiset, run_dandi
from tests.archive.server import Archive
from tests.recordings.written import STEM, VIDEO, write_recording

pytestmark = pytest.mark.slow

NWB = f"sub-mouse01/{STEM}.nwb"
FILM = f"sub-mouse01/{VIDEO}"


@pytest.fixture
def dandiset(tmp_path: Path) -> Path:
    """The careful recording in a folder of its own."""
    folder = tmp_path / "dandiset"
    write_recording(folder)
    return folder


def upload(archive: Archive, folder: Path) -> None:
    """File after file: ``dandi upload`` fails where it sends the same bytes twice at once."""
    done = run_dandi(archive, "upload", "-i", archive.url, "-J", "1:1", folder=folder)
    assert done.returncode == 0, done.stderr


def test_what_is_uploaded_is_downloaded(archive: Archive, dandiset: Path, tmp_path: Path) -> None:
    identifier = archive.create_dandiset()
    name_dandiset(dandiset, identifier)

    upload(archive, dandiset)
    archive.settle()
    address = f"{archive.url}/dandiset/{identifier}/draft"
    done = run_dandi(archive, "download", address, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert {path: asset.problems for path, asset in archive.assets(identifier).items()} == {
        NWB: [],
        FILM: [],
    }
    for path in (NWB, FILM):
        assert (tmp_path / identifier / path).read_bytes() == (dandiset / path).read_bytes()


def test_only_what_changed_is_sent_again(archive: Archive, dandiset: Path) -> None:
    identifier = archive.create_dandiset()
    name_dandiset(dandiset, identifier)
    upload(archive, dandiset)
    first = archive.assets(identifier)

    archive.log.clear()
    upload(archive, dandiset)
    assert archive.log.sent() == []

    with h5py.File(dandiset / NWB, "r+") as file:
        file["session_description"][()] = "Another word."
    copy = dandiset / NWB.replace("_behavior", "_desc-again_behavior")
    shutil.copy(dandiset / NWB, copy)
    upload(archive, dandiset)

    assert len(archive.log.entries("PUT", r"^/dandi-dandisets/")) == 1
    assert [entry.status for entry in archive.log.entries("POST", "initialize")].count(409) == 1
    assets = archive.assets(identifier)
    assert assets[FILM] is first[FILM]
    assert assets[NWB].asset_id != first[NWB].asset_id
    again = assets[copy.relative_to(dandiset).as_posix()]
    assert again.blob is assets[NWB].blob is not first[NWB].blob
    assert archive.read(identifier, NWB) == (dandiset / NWB).read_bytes()


def test_an_embargoed_dandiset_is_its_owners(
    archive: Archive, dandiset: Path, tmp_path: Path
) -> None:
    identifier = archive.create_dandiset(embargoed=True)
    name_dandiset(dandiset, identifier)
    upload(archive, dandiset)
    address = f"{archive.url}/dandiset/{identifier}/draft"

    mine = run_dandi(archive, "download", address, folder=tmp_path)
    others = run_dandi(archive, "download", address, folder=dandiset, token=archive.strangers_token)

    assert mine.returncode == 0, mine.stderr
    assert (tmp_path / identifier / NWB).read_bytes() == (dandiset / NWB).read_bytes()
    assert others.returncode != 0
    assert "You do not have permission" in others.stderr
