"""NWB in a Zarr store: judged as the same recording in HDF5, and no danger when it is hostile."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from tests.corpus.folder import find_corpus
from tests.end_to_end.command import posecheck
from tests.git_command import git
from tests.recordings.defects import DEFECTS, plant
from tests.recordings.labeled import write_labels
from tests.recordings.rig import write_rig_dandiset
from tests.recordings.written import POSE, STEM, write_recording
from tests.recordings.zarr_twin import edit_document, write_twin

NOSE = f"{POSE}/nose".lstrip("/")

WITH_ZARR = (
    "The recording is a Zarr store, which {who}. Make the same change with "
    'zarr.open_group("session.nwb", mode="r+"): groups and arrays have the same names there, '
    "and a link is an entry of the attribute zarr_link of its group. Afterwards call "
    'zarr.consolidate_metadata("session.nwb").'
)
"""What is added to a remedy that works with HDF5 alone; `findings` shortens the names in it."""

WHO = {"h5py": "h5py does not open", "the fix": "`posecheck fix` leaves as it is"}
"""By what the remedy speaks of."""


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("careful"))


@pytest.fixture
def store(careful: Path, tmp_path: Path) -> Path:
    """The Zarr twin of the careful recording, alone in a folder."""
    return write_twin(careful, tmp_path / "session.nwb.zarr")


def findings(path: Path) -> list[dict[str, Any]]:
    """Return what is found in a folder with one recording, whatever that is called."""
    text = posecheck("validate", ".", "--output", "json", cwd=path).stdout
    found: list[dict[str, Any]] = json.loads(text.replace(".nwb.zarr", ".nwb"))["findings"]
    for finding in found:
        del finding["fingerprint"]  # it is made of the path
        del finding["fix"]  # of a Zarr store there is none
        for word, who in WHO.items():
            added = WITH_ZARR.format(who=who)
            if finding["remedy"].endswith(added):
                finding["remedy"] = finding["remedy"].removesuffix(added).rstrip()
                assert word in finding["remedy"]
    return found


def beside(root: Path, folder: Path) -> tuple[Path, Path]:
    """Return two copies of a folder: with its files in HDF5, and with their twins."""
    hdf5, zarr = folder / "hdf5", folder / "zarr"
    shutil.copytree(root, hdf5)
    shutil.copytree(root, zarr)
    for one in zarr.rglob("*.nwb"):
        write_twin(one, one.with_name(f"{one.name}.zarr"))
        one.unlink()
    return hdf5, zarr


def test_a_careful_recording_is_clean_in_a_dandiset(careful: Path, tmp_path: Path) -> None:
    root = tmp_path / "dandiset"
    shutil.copytree(careful.parents[1], root)
    file = root / "sub-mouse01" / f"{STEM}.nwb"
    write_twin(file, file.with_name(f"{file.name}.zarr"))
    file.unlink()
    outcome = posecheck("validate", ".", "--output", "json", cwd=root)
    assert (outcome.code, outcome.report["findings"]) == (0, [])
    assert [each["path"] for each in outcome.report["files"]] == [f"sub-mouse01/{STEM}.nwb.zarr"]


@pytest.mark.slow
def test_every_planted_defect_is_reported_alike(careful: Path, tmp_path: Path) -> None:
    for defect in DEFECTS:
        plant(careful, tmp_path / "planted" / defect.id, defect)
    hdf5, zarr = beside(tmp_path / "planted", tmp_path)
    wanted = findings(hdf5)
    assert {defect.code for defect in DEFECTS} <= {finding["code"] for finding in wanted}
    assert findings(zarr) == wanted


@pytest.mark.parametrize("write", [write_rig_dandiset, write_labels], ids=["rig", "labels"])
def test_other_recordings_are_judged_alike(write: Any, tmp_path: Path) -> None:
    write(tmp_path / "written")
    hdf5, zarr = beside(tmp_path / "written", tmp_path)
    assert findings(zarr) == findings(hdf5)


@pytest.mark.slow
@pytest.mark.skipif(find_corpus() is None, reason="the files of other programs are not here")
def test_files_of_other_programs_are_judged_alike(tmp_path: Path) -> None:
    corpus = find_corpus()
    assert corpus is not None
    hdf5, zarr = tmp_path / "hdf5", tmp_path / "zarr"
    for file in sorted(corpus.rglob("*.nwb")):
        name = "-".join(file.relative_to(corpus).with_suffix("").parts)
        for folder in (hdf5, zarr):
            (folder / name).mkdir(parents=True)
        shutil.copy(file, hdf5 / name / file.name)
        write_twin(file, zarr / name / f"{file.name}.zarr")
    wanted = findings(hdf5)
    assert len(wanted) > 1000
    assert findings(zarr) == wanted


def test_without_consolidated_metadata_the_same_is_found(careful: Path, tmp_path: Path) -> None:
    write_twin(careful, tmp_path / "one" / "a.nwb.zarr")
    write_twin(careful, tmp_path / "two" / "a.nwb.zarr", is_consolidated=False, compressor=None)
    assert findings(tmp_path / "two") == findings(tmp_path / "one")


def test_info_describes_a_store(store: Path) -> None:
    outcome = posecheck("info", store.name, cwd=store.parent)
    assert outcome.code == 0
    assert "tail_base" in outcome.stdout


def test_nothing_is_fixed_in_a_store(careful: Path, tmp_path: Path) -> None:
    defect = next(one for one in DEFECTS if one.code == "NOD006")
    planted = plant(careful, tmp_path / "planted", defect)
    write_twin(planted, tmp_path / "a.nwb.zarr")
    report = posecheck("validate", "a.nwb.zarr", "--output", "json", cwd=tmp_path).report
    assert any(finding["code"] == "NOD006" for finding in report["findings"])
    assert all(finding["fix"] is None for finding in report["findings"])
    outcome = posecheck("fix", "a.nwb.zarr", "--unsafe-fixes", "--yes", cwd=tmp_path)
    assert "it is a Zarr store, and fixes are made in HDF5 alone" in outcome.stdout


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _short(path: Path) -> None:
    path.write_bytes(zlib.compress(b"\0" * 12))


def _bomb(path: Path) -> None:
    packer = zlib.compressobj(9)
    zeros = b"\0" * 2**24
    path.write_bytes(b"".join(packer.compress(zeros) for _ in range(65)) + packer.flush())


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "cut off"),
        (_short, "12 bytes, where 400"),
        pytest.param(_bomb, "more than 1,073,741,824 bytes", marks=pytest.mark.slow),
    ],
)
def test_a_damaged_chunk_is_said(store: Path, damage: Any, said: str) -> None:
    damage(store / NOSE / "data" / "1.0")
    outcome = posecheck("validate", store.name, "--output", "json", cwd=store.parent)
    assert outcome.code == 1
    places = [error["location"] for error in outcome.errors if error["code"] == "FIL001"]
    assert places == [f"{POSE}/nose/data"]
    assert said in outcome.message("FIL001")
    assert "chunk" in outcome.message("FIL001")


def test_a_chunk_that_is_not_stored_and_has_no_fill_value_is_said(store: Path) -> None:
    (store / NOSE / "data" / "1.0").unlink()
    filled = posecheck("validate", store.name, "--output", "json", cwd=store.parent)
    assert "FIL001" not in filled.codes()
    edit_document(store, f"{NOSE}/data/.zarray", fill_value=None)
    unknown = posecheck("validate", store.name, "--output", "json", cwd=store.parent)
    assert "no value stands for it" in unknown.message("FIL001")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": [-1, 2]}, "shape is no list of whole numbers"),
        ({"chunks": [0, 2]}, "chunks of the extent (0, 2)"),
        ({"dtype": "f4,f4"}, "dtype is 'f4,f4'"),
        ({"zarr_format": 3}, "format 3, not 2"),
        ({"compressor": {"id": "unheard"}}, "packed by 'unheard'"),
        ({"shape": [10**9, 2], "chunks": [1, 1]}, "more than 1,000,000 chunks"),
        ({"shape": [2**62, 2]}, "more than 1,000,000 chunks"),
    ],
)
def test_damaged_metadata_is_said(store: Path, changes: dict[str, Any], said: str) -> None:
    edit_document(store, f"{NOSE}/data/.zarray", **changes)
    outcome = posecheck("validate", store.name, "--output", "json", cwd=store.parent)
    assert outcome.code == 1
    assert said in json.dumps(outcome.report["findings"])
    assert not {"internal-error"} & outcome.codes()


MANY_GROUPS = json.dumps({"metadata": {f"{n}/.zgroup": {} for n in range(250_001)}})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "its metadata is damaged"),
        ("[]", "no JSON object"),
        ('{"metadata": {}}', ".zgroup is missing"),
        ('{"metadata": {"../../secret/.zarray": {}}}', "describes nothing"),
        ("[" * 100_000, "its metadata is damaged"),
        (MANY_GROUPS, "more than 250,000 documents"),
        (" " * (64 * 1024**2 + 1), "no more than 67,108,864 are read"),
    ],
    ids=range(7),
)
def test_a_damaged_store_is_unreadable(store: Path, content: str, said: str) -> None:
    (store / ".zmetadata").write_text(content)
    outcome = posecheck("validate", store.name, "--output", "json", cwd=store.parent)
    assert (outcome.code, outcome.codes()) == (1, {"FIL001"})
    assert said in outcome.message("FIL001")


def test_a_folder_that_is_no_store_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.nwb.zarr").mkdir()
    outcome = posecheck("validate", ".", "--output", "json", cwd=tmp_path)
    assert outcome.message("FIL001") == "this is no NWB file: it is a folder, and no Zarr store"


def test_format_3_is_said(tmp_path: Path) -> None:
    store = tmp_path / "a.nwb.zarr"
    store.mkdir()
    (store / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    outcome = posecheck("validate", ".", "--output", "json", cwd=tmp_path)
    assert "format 3" in outcome.message("FIL001")


def test_a_link_to_another_store_is_not_followed(store: Path, careful: Path) -> None:
    write_twin(careful, store.parent / "other" / "secret.zarr")
    link = {"name": "nose", "path": f"{POSE}/nose", "source": "../other/secret.zarr"}
    shutil.rmtree(store / NOSE)
    content = json.loads((store / ".zmetadata").read_text())
    content["metadata"] = {
        name: document
        for name, document in content["metadata"].items()
        if not name.startswith(NOSE)
    }
    content["metadata"][f"{POSE.lstrip('/')}/.zattrs"]["zarr_link"].append(link)
    (store / ".zmetadata").write_text(json.dumps(content))
    outcome = posecheck("validate", store.name, "--output", "json", cwd=store.parent)
    assert outcome.message("FIL008") == (
        f"external link (../other/secret.zarr:{POSE}/nose): the data does not lie in this file, "
        "and none of it was opened"
    )


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
@pytest.mark.parametrize("is_consolidated", [True, False])
@pytest.mark.parametrize(
    "inside",
    [f"{NOSE}/data/0.0", f"{NOSE}/data", f"{POSE.lstrip('/')}/scorer/0"],
    ids=["numbers", "folder", "text"],
)
def test_what_is_linked_out_of_the_store_is_not_read(
    careful: Path, tmp_path: Path, inside: str, *, is_consolidated: bool
) -> None:
    store = write_twin(careful, tmp_path / "a.nwb.zarr", is_consolidated=is_consolidated)
    outside = tmp_path / "outside"
    shutil.move(store / inside, outside)
    (store / inside).symlink_to(outside)
    outcome = posecheck("validate", store.name, "--output", "json", cwd=tmp_path)
    assert "is a link out of the store, and is not followed" in outcome.message("FIL001")
    assert "FIL008" not in outcome.codes()


def test_a_store_in_git_annex_is_read_and_one_that_is_not_fetched_is_said(store: Path) -> None:
    folder = store.parent
    git(folder, "init", "--quiet")
    for words in (("init", "--quiet"), ("add", "--quiet", store.name)):
        git(folder, "annex", *words)
    chunk = store / NOSE / "data" / "0.0"
    assert chunk.is_symlink()
    fetched = posecheck("validate", store.name, "--output", "json", cwd=folder)
    assert "FIL001" not in fetched.codes()
    assert fetched.report["files"][0]["pose"]["frames"] == 120
    git(folder, "annex", "drop", "--quiet", "--force", f"{store.name}/{NOSE}/data/0.0")
    dropped = posecheck("validate", store.name, "--output", "json", cwd=folder)
    assert dropped.codes() == {"FIL009"}


class _Trap:
    """What runs a command where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> Any:
        return (os.mkdir, (os.fspath(self._canary),))


def test_pickled_objects_are_not_run(careful: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.nwb"
    shutil.copy(careful, changed)
    with h5py.File(changed, "r+") as file:
        del file[f"{POSE}/scorer"]
        file[f"{POSE}/scorer"] = file[POSE].ref
    store = write_twin(changed, tmp_path / "a.nwb.zarr")
    changed.unlink()
    canary = tmp_path / "canary"
    trap = np.empty(1, dtype=object)
    trap[0] = _Trap(canary)
    chunk = store / POSE.lstrip("/") / "scorer" / "0"
    harmless = posecheck("validate", store.name, "--output", "json", cwd=tmp_path)
    assert "scorer is a reference" in harmless.message("FIL001")
    chunk.write_bytes(zlib.compress(pickle.dumps(trap)))
    outcome = posecheck("validate", store.name, "--output", "json", cwd=tmp_path)
    assert not canary.exists()
    assert "which is not run" in outcome.message("FIL001")


def test_a_store_that_changes_has_another_stamp(store: Path) -> None:
    from posecheck.sources.local_source import LocalSource  # noqa: PLC0415 - of this test alone

    source = LocalSource.at(store)
    before = source.stamp()
    chunk = store / NOSE / "data" / "0.0"
    assert before is not None
    assert before.size == sum(one.stat().st_size for one in store.rglob("*") if one.is_file())
    content = chunk.read_bytes()
    chunk.write_bytes(content[::-1])
    os.utime(chunk, ns=(1, 1))
    assert source.stamp() != before
