"""What a configuration may change of the gate, and that none is found by chance."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import FIRST, held, receipt, receipts, upload

pytestmark = pytest.mark.slow

IGNORING = """
engines = ["pose"]
[ignore]
CNF = "the tracker gives logits"
[per-file-ignores]
"sub-mouse01/*.nwb" = ["VID002"]
"""


@pytest.fixture
def wrong(one: Path) -> Path:
    """A recording whose confidence is none."""
    with h5py.File(one / FIRST, "r+") as file:
        file["processing/behavior/PoseEstimation/nose/confidence"][...] = 7.0
    return one


@pytest.mark.parametrize("name", ["posecheck.toml", "pyproject.toml"])
def test_a_configuration_in_the_dandiset_does_not_open_the_gate(
    archive: Archive, dandiset: str, wrong: Path, name: str
) -> None:
    table = "[tool.posecheck]\n" if name == "pyproject.toml" else ""
    (wrong / name).write_text(f'{table}select = ["FIL"]\nignore = ["CNF"]\n')

    done = upload(archive, wrong, whole_gate=True)

    assert done.code == 1, done.stdout + done.stderr
    assert "CNF007" in done.stdout
    assert archive.log.sent() == []


def test_what_a_named_configuration_ignores_is_reported_and_kept(
    archive: Archive, dandiset: str, wrong: Path
) -> None:
    (wrong / "lab.toml").write_text(IGNORING)

    done = upload(archive, wrong, "--config", "lab.toml")

    assert done.code == 0, done.stdout + done.stderr
    printed = " ".join(done.stdout.split())
    assert (
        "lab.toml: CNF is ignored, because the tracker gives logits; VID002 is ignored" in printed
    )
    assert FIRST in held(archive, dandiset)
    assert receipt(wrong)["configuration"] == {
        "file": "lab.toml",
        "ignored": [
            {"code": "CNF", "reason": "the tracker gives logits", "files": None},
            {"code": "VID002", "reason": "", "files": "sub-mouse01/*.nwb"},
        ],
        "choices": {},
        "left_out": ["layout", "schema", "inspector"],
    }


def test_a_file_that_was_not_checked_to_its_end_is_refused_whatever_is_ignored(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    hasty = tmp_path / "hasty.toml"
    hasty.write_text('engines = ["pose"]\nignore = ["FIL"]\nfile-timeout = 0.001\n')

    done = upload(archive, one, "--config", hasty)

    assert done.code == 1, done.stdout + done.stderr
    assert "it was not checked to its end (the check took too long)" in " ".join(
        done.stdout.split()
    )
    assert archive.log.sent() == []
    assert receipts(one) == []
