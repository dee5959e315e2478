"""The metadata of an asset equals dandi's own, timestamps aside.

dandi's is extracted in a process of its own, in which nothing of pynwb was replaced.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.corpus.folder import find_corpus
from tests.recordings.rig import write_rig_dandiset
from tests.recordings.written import write_recording
from tests.upload.test_digests import file_at
from tests.validators.recordings import WRITTEN, write_all

from posecheck.engine.runner import run
from posecheck.engine.settings import Settings
from posecheck.engine.workers import open_pool
from posecheck.upload.metadata import NotExtracted, extract_all, with_checksum
from posecheck.upload.plan.files import Digests, LocalFile

ETAG = "0" * 32 + "-1"
_SETS = ("approach", "measurementTechnique", "variableMeasured")
DANDIS_OWN = """
import json, sys, warnings
warnings.simplefilter("ignore")
from dandi.dandiapi import set_asset_schema_key
from dandi.files import dandi_file, find_bids_dataset_description
from dandi.misctypes import Digest
from pathlib import Path
root, *paths = json.load(sys.stdin)
found = {}
if sys.argv[2]:
    import dandi.metadata.nwb, dandi.validate._core
    sys.setrecursionlimit(int(sys.argv[2]))
for path in paths:
    bids = find_bids_dataset_description(Path(path).parent, root)
    asset = dandi_file(path, root, bids_dataset_description=bids)
    try:
        described = asset.get_metadata(digest=Digest.dandi_etag(sys.argv[1]), ignore_errors=False)
    except Exception:
        found[path] = None
        continue
    found[path] = described.model_dump(mode="json", exclude_none=True)
    set_asset_schema_key(found[path])
json.dump(found, sys.stdout)
"""


def dandis_own(root: Path, paths: Sequence[Path], depth: int | None = None) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", DANDIS_OWN, ETAG, str(depth or "")],
        input=json.dumps([str(root), *map(str, paths)]),
        capture_output=True,
        text=True,
        check=True,
        env={"DANDI_CACHE": "ignore", "DANDI_NO_ET": "1", "PATH": sysconfig.get_path("scripts")},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ours(root: Path, paths: Sequence[Path]) -> dict[str, Any]:
    known = Digests(etag=ETAG, sha256="")
    files = [placed(path, root) for path in paths]
    with open_pool() as pool:
        found = dict(extract_all(files, str(root), pool, jobs=2))
    return {
        str(root / path): None if isinstance(value, NotExtracted) else with_checksum(value, known)
        for path, value in found.items()
    }


def placed(path: Path, root: Path) -> LocalFile:
    file = file_at(path)
    return LocalFile(
        path=path.relative_to(root).as_posix(),
        location=file.location,
        size=file.size,
        modified_ns=file.modified_ns,
    )


def extracted_by_the_check(*paths: Path) -> dict[str, Any]:
    """Return what the check extracts beside its findings, so that an upload reads no file again."""
    found: dict[str, Any] = {}
    settings = Settings(paths=tuple(map(str, paths)), isolated=True)
    run(settings, asset_metadata=found)
    known = Digests(etag=ETAG, sha256="")
    return {
        os.path.realpath(display_path): with_checksum(dict(metadata), known)
        for display_path, metadata in found.items()
    }


def timeless_all(found: Mapping[str, Any]) -> dict[str, Any]:
    return {path: timeless(metadata) for path, metadata in found.items()}


def timeless(metadata: Mapping[str, Any] | None) -> Any:
    """Leave out when, in which order, and under which number dandi wrote the metadata."""
    if metadata is None:
        return None
    activities = [
        {key: value for key, value in activity.items() if key not in ("id", "startDate", "endDate")}
        if activity.get("schemaKey") == "Activity"
        else activity
        for activity in metadata["wasGeneratedBy"]
    ]
    kept = {key: value for key, value in metadata.items() if key != "dateModified"}
    # dandi collects these in sets, so that their order changes from process to process.
    sets = {key: sorted(map(json.dumps, kept[key])) for key in _SETS if key in kept}
    return kept | {"wasGeneratedBy": activities} | sets


def compare(root: Path, paths: Sequence[Path], depth: int | None = None) -> dict[str, Any]:
    theirs, found = dandis_own(root, paths, depth), ours(root, paths)
    assert found.keys() == theirs.keys()
    for path, metadata in theirs.items():
        assert timeless(found[path]) == timeless(metadata), path
    return theirs


@pytest.mark.slow
def test_a_careful_recording_and_a_rig(tmp_path: Path) -> None:
    careful = write_recording(tmp_path / "dandiset")
    rig = write_rig_dandiset(tmp_path / "rig")
    rig = next(rig.rglob("*.nwb")) if rig.is_dir() else rig
    inside = tmp_path / "dandiset" / "sub-rig"
    inside.mkdir()
    rig = rig.rename(inside / rig.name)
    found = compare(tmp_path / "dandiset", [careful, rig])
    assert all(found.values())
    assert timeless_all(extracted_by_the_check(careful, rig)) == timeless_all(found)
    attributed = found[str(careful)]["wasAttributedTo"][0]
    assert attributed["identifier"] == "mouse01"


@pytest.mark.slow
def test_written_and_damaged_recordings(tmp_path: Path) -> None:
    written = write_all(tmp_path)
    found = compare(tmp_path, list(written.values()))
    assert len(found) == len(WRITTEN)
    assert 0 < sum(value is None for value in found.values()) < len(found)


@pytest.mark.slow
def test_a_bids_dataset(tmp_path: Path) -> None:
    """dandi goes round until Python's limit of recursion, each time as long as for a whole file."""
    root = tmp_path / "dandiset"
    recording = root / "sub-mouse01" / "ieeg" / "sub-mouse01_task-openfield_ieeg.nwb"
    video = recording.with_suffix(".mp4")
    recording.parent.mkdir(parents=True)
    (root / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.9.0"}')
    shutil.copy(write_recording(tmp_path / "elsewhere"), recording)
    video.write_bytes(b"frames")

    found = compare(root, [recording, video], depth=110)

    assert all(found.values())
    assert found[str(recording)]["wasAttributedTo"][0]["identifier"] == "mouse01"


CORPUS = find_corpus()

if CORPUS is not None:

    @pytest.mark.slow
    def test_real_recordings() -> None:
        assert CORPUS is not None
        paths = sorted(path for path in CORPUS.rglob("*.nwb") if path.stat().st_size)
        found = compare(CORPUS, paths)
        assert sum(value is not None for value in found.values()) > len(paths) / 2


@pytest.mark.slow
def test_videos_and_images(tmp_path: Path) -> None:
    paths = [tmp_path / "sub-01" / name for name in ("camera.mp4", "camera.avi", "still.png")]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(b"frames")
    assert len(compare(tmp_path, paths)) == 3
