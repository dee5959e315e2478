"""The files of other programs, exported to Zarr by hdmf-zarr: judged as they are in HDF5."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.corpus.folder import find_corpus
from tests.corpus.zarr_export import export, read_references
from tests.end_to_end.command import posecheck
from tests.end_to_end.organize.dandisets import organize
from tests.end_to_end.organize.test_corpus import WITH_VIDEO, WITHOUT_SUBJECT, name_subject

pytest.importorskip("hdmf_zarr", reason="the extra 'zarr' is not installed")

pytestmark = pytest.mark.slow

NOT_EXPORTED = {
    "sleap-io.js/legacy.pose.nwb": "its root has no neurodata_type",
    "sleap-io.js/minimal.pose.nwb": "the specification that it carries contradicts itself",
    "stac-mjx/test_synth_1_frames.nwb": "pynwb does not read its pose",
}
"""What hdmf-zarr does not export, and why: pynwb does not read it."""

BY_EXPORT = {
    "VID013": "the export states today's version of NWB, since which num_samples is asked for",
    "PRV013": "the export makes labeled_video of an absent one, a link to the source video",
}
"""Codes that only the export gives rise to, and why."""

NOT_READ_AGAIN = {"sleap-io-0.9.5/small_robot.annotations.nwb"}
"""Whose export pynwb does not read: the id of each SkeletonInstance became a plain number."""


def _findings(folder: Path) -> list[tuple[Any, ...]]:
    outcome = posecheck("validate", ".", "--output", "json", cwd=folder)
    keys = ("code", "severity", "file", "location", "message", "subject", "variant")
    return [
        tuple(str(finding[key]).replace(".nwb.zarr", ".nwb") for key in keys)
        for finding in outcome.report["findings"]
    ]


def test_organized_exports_are_read_by_hdmf_zarr(tmp_path: Path) -> None:
    """What organize writes into a store, hdmf-zarr's own reader takes for what was meant."""
    corpus = find_corpus()
    assert corpus is not None
    names = {name: video for name, video in WITH_VIDEO.items() if name not in NOT_READ_AGAIN}
    for name, video in names.items():
        folder = tmp_path / "raw" / Path(name).stem
        folder.mkdir(parents=True)
        for file in (corpus / name, (corpus / name).with_name(video)):
            shutil.copy(file, folder)
        file = folder / Path(name).name
        if name in WITHOUT_SUBJECT:
            name_subject(file, file.stem.partition(".")[0])
        assert export([(file, folder / f"{file.name}.zarr")]) == [file]
        file.unlink()
    into = ("-d", "dandiset", "--new-dandiset", "000123", "--find-videos", "raw", "--yes")

    outcome = organize("raw", *into, "--files", "move", cwd=tmp_path)

    assert outcome.code == 0, outcome.stdout
    stores = sorted((tmp_path / "dandiset").glob("*/*.nwb.zarr"))
    assert len(stores) == len(names)
    referenced = read_references(stores)
    for store in stores:
        assert referenced[store]
        for reference in referenced[store]:
            assert (store.parent / reference).is_file(), (store, reference)
    undone = organize("--undo", "-d", "dandiset", "--yes", cwd=tmp_path)
    assert undone.code == 0, undone.stdout
    assert len(list((tmp_path / "raw").glob("*/*.nwb.zarr"))) == len(names)


def test_exports_are_judged_as_the_files(tmp_path: Path) -> None:
    corpus = find_corpus()
    assert corpus is not None
    hdf5, zarr = tmp_path / "hdf5", tmp_path / "zarr"
    pairs = []
    for file in sorted(corpus.rglob("*.nwb")):
        name = "-".join(file.relative_to(corpus).with_suffix("").parts)
        (hdf5 / name).mkdir(parents=True)
        (zarr / name).mkdir(parents=True)
        pairs.append((file, zarr / name / f"{file.name}.zarr"))
    exported = export(pairs)
    for file, store in pairs:
        if file in exported:
            shutil.copy(file, hdf5 / store.parent.name)
    left = [file.relative_to(corpus).as_posix() for file, _ in pairs if file not in exported]
    assert left == sorted(NOT_EXPORTED)
    wanted, found = Counter(_findings(hdf5)), Counter(_findings(zarr))
    assert sum(wanted.values()) > 1000
    assert not wanted - found
    assert {finding[0] for finding in found - wanted} == set(BY_EXPORT)
