"""The files of other programs, exported to Zarr by hdmf-zarr: judged as they are in HDF5."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.corpus.folder import find_corpus
from tests.corpus.zarr_export import export
from tests.end_to_end.command import posecheck

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


def _findings(folder: Path) -> list[tuple[Any, ...]]:
    outcome = posecheck("validate", ".", "--output", "json", cwd=folder)
    keys = ("code", "severity", "file", "location", "message", "subject", "variant")
    return [
        tuple(str(finding[key]).replace(".nwb.zarr", ".nwb") for key in keys)
        for finding in outcome.report["findings"]
    ]


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
