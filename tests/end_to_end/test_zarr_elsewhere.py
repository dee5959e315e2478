"""Zarr stores in zip files, on web servers, in S3 and on the archive, judged as on this machine."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.archive.dandi import name_dandiset, run_dandi
from tests.archive.fixtures import archive, store
from tests.archive.server import Archive
from tests.archive.store import BUCKET, Store
from tests.end_to_end.command import Outcome, posecheck
from tests.recordings.edits import change
from tests.recordings.written import POSE, STEM, write_recording
from tests.recordings.zarr_twin import write_twin
from tests.remote.range_server import Fault, RangeServer

__all__ = ["archive", "store"]

NAME = f"{STEM}.nwb.zarr"
DATA = f"{POSE.lstrip('/')}/nose/data"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store in which a confidence is 7, and the video that it refers to."""
    import h5py  # noqa: PLC0415 - of this fixture alone

    file = write_recording(tmp_path_factory.mktemp("written"))
    with h5py.File(file, "r+") as opened:
        change(f"{POSE}/nose/confidence", 3, 7.0)(opened)
    write_twin(file, file.with_name(NAME))
    file.unlink()
    return file.parent


def check(*arguments: str | Path, **options: Any) -> Outcome:
    return posecheck("validate", *arguments, "--isolated", "--output", "json", **options)


def found(outcome: Outcome) -> set[tuple[str, str, str]]:
    return {
        (finding["code"], finding["location"], finding["message"])
        for finding in outcome.report["findings"]
    }


@pytest.fixture(scope="module")
def wanted(folder: Path) -> set[tuple[str, str, str]]:
    outcome = check(NAME, cwd=folder)
    findings = {one for one in found(outcome) if not one[0].startswith("LAY")}
    assert {code for code, _, _ in findings} == {"CNF007"}
    return findings


def zipped(folder: Path, target: Path, prefix: str = "", **options: Any) -> Path:
    with zipfile.ZipFile(target, "w", **options) as packed:
        for path in sorted((folder / NAME).rglob("*")):
            if path.is_file():
                packed.write(path, prefix + path.relative_to(folder / NAME).as_posix())
    return target


@pytest.mark.parametrize("prefix", ["", f"{NAME}/"], ids=["as zarr packs it", "as a folder"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zipped_store_is_judged_alike(
    folder: Path, wanted: Any, tmp_path: Path, prefix: str, method: int
) -> None:
    shutil.copytree(folder / STEM, tmp_path / STEM)
    zipped(folder, tmp_path / f"{NAME}.zip", prefix, compression=method)
    outcome = check(".", cwd=tmp_path)
    assert [each["path"] for each in outcome.report["files"]] == [f"{NAME}.zip"]
    assert found(outcome) == wanted


@pytest.mark.parametrize(
    ("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")]
)
def test_a_zip_file_that_unpacks_without_bound_is_refused(
    folder: Path, tmp_path: Path, method: int, name: str
) -> None:
    target = zipped(folder, tmp_path / f"{NAME}.zip", compression=method)
    outcome = check(target.name, cwd=tmp_path)
    assert (outcome.code, outcome.codes()) == (1, {"FIL001"})
    assert f"it is packed by {name} in the zip file" in outcome.message("FIL001")


def test_a_damaged_zip_file_is_said(folder: Path, tmp_path: Path) -> None:
    target = zipped(folder, tmp_path / f"{NAME}.zip")
    content = target.read_bytes()
    target.write_bytes(content[:-100])
    assert "it cannot be unzipped" in check(target.name, cwd=tmp_path).message("FIL001")
    place = content.index((folder / NAME / DATA / "0.0").read_bytes())
    target.write_bytes(content[:place] + b"damaged" + content[place + 7 :])
    outcome = check(target.name, cwd=tmp_path)
    assert "CRC" in outcome.message("FIL001")
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("notes.txt", "nothing")
    assert "holds no Zarr store" in check(target.name, cwd=tmp_path).message("FIL001")


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[RangeServer]:
    shutil.copytree(folder, tmp_path / "served")
    with RangeServer(tmp_path / "served") as running:
        yield running


@pytest.mark.parametrize("end", ["", "/"])
def test_a_store_of_a_web_server_is_judged_alike(
    server: RangeServer, wanted: Any, end: str
) -> None:
    outcome = check(server.address(NAME) + end, "--data", "full")
    assert found(outcome) == wanted
    contents = [each for each in server.log if each.path == f"/{NAME}/.zmetadata" and each.sent > 1]
    assert len(contents) == 1
    assert not [each for each in server.log if each.path.endswith((".zarray", ".zattrs"))]


def test_a_zipped_store_of_a_web_server_is_judged_alike(
    server: RangeServer, folder: Path, wanted: Any
) -> None:
    zipped(folder, server.folder / f"{NAME}.zip")
    assert found(check(server.address(f"{NAME}.zip"), "--data", "full")) == wanted


def test_a_store_that_is_not_consolidated_is_said(server: RangeServer) -> None:
    (server.folder / NAME / ".zmetadata").unlink()
    outcome = check(server.address(NAME))
    assert outcome.code == 1
    assert outcome.codes() == {"FIL001"}


def test_a_server_that_fails_is_no_damage(server: RangeServer) -> None:
    server.faults[f"{NAME}/{DATA}/0.0"] = Fault(status=403)
    outcome = check(server.address(NAME), "--data", "full")
    assert outcome.codes() == {"FIL001"}
    assert "may not be read" in outcome.message("FIL001")


def test_a_bound_holds_for_the_whole_store(server: RangeServer) -> None:
    metadata = (server.folder / NAME / ".zmetadata").stat().st_size
    outcome = check(server.address(NAME), "--max-bytes", str(metadata + 500))
    assert outcome.codes() == {"FIL001"}
    assert "would have to be fetched" in outcome.message("FIL001")
    contents = [each.sent for each in server.log if each.path.startswith(f"/{NAME}/")]
    assert sum(contents) <= metadata + 1000
    enough = check(server.address(NAME), "--max-bytes", str(metadata + 50_000))
    assert "FIL001" not in enough.codes()


def test_a_store_in_s3_is_judged_alike(store: Store, folder: Path, wanted: Any) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            store.put(f"lab/{path.relative_to(folder).as_posix()}", path.read_bytes())
    environment = {**store.environment, "AWS_ENDPOINT_URL_S3": f"http://{store.address}"}
    for address in (f"s3://{BUCKET}/lab/{NAME}", f"s3://{BUCKET}/lab/"):
        outcome = check(address, "--data", "full", env=environment)
        assert [each["path"] for each in outcome.report["files"]] == [f"s3://{BUCKET}/lab/{NAME}"]
        assert found(outcome) == wanted


def test_a_zarr_of_the_archive_is_judged_alike(
    archive: Archive, folder: Path, wanted: Any, tmp_path: Path
) -> None:
    dandiset = archive.create_dandiset()
    name_dandiset(tmp_path, dandiset)
    shutil.copytree(folder, tmp_path / "sub-mouse01")
    done = run_dandi(archive, "upload", "-i", archive.url, "-J", "1:2", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    place = f"dandi://{archive.url.removeprefix('http://')}/{dandiset}"
    outcome = check(place, "--data", "full")
    (path,) = [each["path"] for each in outcome.report["files"]]
    assert path.endswith(f"/sub-mouse01/{NAME}")
    assert found(outcome) == wanted
    audited = check(place, "--with-pose", "--data", "full")
    assert found(audited) == wanted
    (contents,) = [each["contents"] for each in audited.report["dandisets"]]
    assert contents["pose_probes"]["with_pose"] == 1
    assert contents["pose_probes"]["not_probed"] == {}
