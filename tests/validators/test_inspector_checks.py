from __future__ import annotations

import json
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from dandi.files.bases import NWBI_IMPORTANCE_TO_DANDI_SEVERITY

from posecheck.model.errors import ConfigurationError
from posecheck.validators.inspector_checks import SEVERITIES, Inspector

INSPECT = """
import json, sys
from pathlib import Path
import h5py
from posecheck.validators.inspector_checks import Inspector
path = Path(sys.argv[1])
with path.open("rb") as stream, h5py.File(stream, "r") as handle:
    findings = Inspector(sys.argv[2]).inspect(handle, path.name, path)
print(json.dumps({finding.code: finding.severity for finding in findings}))
"""


def _inspect(path: Path, config: str) -> dict[str, str]:
    command = [sys.executable, "-c", INSPECT, str(path), config]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, str] = json.loads(done.stdout)
    return said


def test_severities_are_dandis() -> None:
    assert {importance.name: severity.name for importance, severity in SEVERITIES.items()} == {
        name: severity.name for name, severity in NWBI_IMPORTANCE_TO_DANDI_SEVERITY.items()
    }


@pytest.mark.slow
def test_another_configuration_can_be_named(written: dict[str, Path], tmp_path: Path) -> None:
    config = tmp_path / "lab.yaml"
    config.write_text("CRITICAL:\n  - check_institution\nSKIP:\n  - check_keywords\n")
    path = written["pose"]
    usual, named = _inspect(path, "dandi"), _inspect(path, str(config))
    assert usual["NWBI.check_institution"] == "hint"
    assert named["NWBI.check_institution"] == "error"
    assert "NWBI.check_keywords" in usual
    assert "NWBI.check_keywords" not in named


@pytest.mark.slow
def test_a_video_is_looked_for_beside_the_file(written: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "pose.nwb"
    path.write_bytes(written["pose"].read_bytes())
    missing = "NWBI.check_image_series_external_file_valid"
    assert missing in _inspect(path, "dandi")
    (tmp_path / "video.mp4").touch()
    assert missing not in _inspect(path, "dandi")


@pytest.mark.parametrize(
    "text", ["CRITICAL: [check_a", "- a list", "SHOUTING:\n  - check_keywords\n", "CRITICAL: 3\n"]
)
def test_a_configuration_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "lab.yaml"
    config.write_text(text)
    with pytest.raises(ConfigurationError, match=r"cannot use the configuration .*lab\.yaml"):
        Inspector(config)


def test_a_configuration_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="name dandi or a YAML file"):
        Inspector(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"user: a\npassword: hunter2: x\n", "ScannerError in line 2"),
        (b"user: *hunter2\n", "ComposerError in line 1"),
        (b"user: !hunter2 x\n", "ConstructorError in line 1"),
        (b"hunter2\n", "its top level is not as wanted"),
        (b"hunter2: x\n", "its top level is not as wanted"),
        (b"CRITICAL: hunter2\n", r"\['CRITICAL'\] is not as wanted"),
        (b"SKIP: [a, {hunter2: x}]\n", r"\['SKIP'\]\[1\] is not as wanted"),
        (b"\xffhunter2", "cannot be read as YAML text"),
        (b"hunter2\x00", "cannot be read as YAML text"),
    ],
)
def test_a_refused_configuration_is_never_quoted(
    tmp_path: Path, content: bytes, fault: str
) -> None:
    config = tmp_path / "lab.yaml"
    config.write_bytes(content)
    with pytest.raises(ConfigurationError, match=fault) as caught:
        Inspector(config)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
