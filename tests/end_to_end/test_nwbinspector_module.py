"""posecheck's rules in NWB Inspector, run as its users run it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.demo.conftest import write_demo
from tests.end_to_end.command import posecheck
from tests.shared_writing import write_once

from posecheck.catalog import load_catalog

pytestmark = pytest.mark.slow

MODULE = "posecheck.nwbinspector"
_IMPORTANCE = {
    "error": "CRITICAL",
    "warning": "BEST_PRACTICE_VIOLATION",
    "hint": "BEST_PRACTICE_SUGGESTION",
}
_CODES = {
    f"check_{rule.code.lower()}_{rule.name.replace('-', '_')}": rule for rule in load_catalog()
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_once(tmp_path_factory, "demo", write_demo)[0] / "posecheck-demo"


def inspect(folder: Path, report: Path, *options: str) -> list[dict[str, Any]]:
    """Run the real command; return its messages by posecheck's checks."""
    command = "from nwbinspector._nwbinspector_cli import _nwbinspector_cli as main; main()"
    chosen = ("--modules", MODULE, "--json-file-path", str(report), "--skip-validate", *options)
    done = subprocess.run(
        [sys.executable, "-P", "-c", command, str(folder), "--progress-bar", "False", *chosen],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    messages = json.loads(report.read_text())["messages"]
    names = (*_CODES, "check_posecheck_")
    return [each for each in messages if each["check_function_name"].startswith(names)]


def code_of(name: str) -> tuple[str, str]:
    """Return the code of a check by its name, and the severity that the name stands for."""
    for severity in ("", "_error", "_warning", "_hint"):
        base = name.removesuffix(severity) if severity else name
        if base in _CODES:
            rule = _CODES[base]
            return rule.code, severity.removeprefix("_") or rule.severity.value
    raise AssertionError(name)


def test_its_messages_are_the_findings(demo: Path, tmp_path: Path) -> None:
    outcome = posecheck("validate", str(demo), "--engine", "pose", "--output", "json")
    expected = Counter(
        (Path(each["file"]).name, each["code"], each["location"], _IMPORTANCE[each["severity"]])
        for each in outcome.report["findings"]
        if each["file"].endswith(".nwb")
    )

    messages = inspect(demo, tmp_path / "report.json")

    found = Counter(
        (
            Path(each["file_path"]).name,
            code_of(each["check_function_name"])[0],
            each["location"],
            each["importance"],
        )
        for each in messages
    )
    assert found == expected
    assert len(found) > 10
    of_series = [each for each in messages if each["location"].endswith("/nose/timestamps")]
    assert {each["object_type"] for each in of_series} == {"PoseEstimationSeries"}
    assert {each["object_name"] for each in of_series} == {"nose"}
    assert all("See: posecheck explain " in each["message"] for each in messages)


def test_with_processes_a_configuration_and_a_choice(demo: Path, tmp_path: Path) -> None:
    chosen = "check_vid003_external_file_absolute"
    folder = shutil.copytree(demo / "sub-laptop", tmp_path / "sub-laptop")

    in_processes = inspect(folder, tmp_path / "1.json", "--n-jobs", "2", "--select", chosen)
    configured = inspect(folder, tmp_path / "2.json", "--config", "dandi", "--ignore", chosen)

    assert [each["check_function_name"] for each in in_processes] == [chosen]
    assert configured
    assert chosen not in {each["check_function_name"] for each in configured}


_IN_PYTHON = """
import json, sys
from datetime import datetime, timezone
from uuid import uuid4
import h5py, nwbinspector, pynwb
import posecheck.nwbinspector as module

runs = []
def counting(*arguments, validate=module.validate, **options):
    runs.append(arguments)
    return validate(*arguments, **options)
module.validate = counting

start = datetime(2026, 1, 1, tzinfo=timezone.utc)
memory = pynwb.NWBFile(session_description="d", identifier=str(uuid4()), session_start_time=start)
groups = [nwbinspector.inspect_nwbfile(nwbfile_path=path) for path in sys.argv[1:]]
groups.append(nwbinspector.inspect_nwbfile_object(memory))
messages = [[m.__dict__ for m in group if "posecheck" in m.message] for group in groups]

from posecheck.validators.inspector_checks import Inspector
with open(sys.argv[1], "rb") as stream, h5py.File(stream) as file:
    own = [finding.code for finding in Inspector().inspect(file, sys.argv[1])]
print(json.dumps([runs, messages, own], cls=nwbinspector.InspectorOutputJSONEncoder))
"""


def test_in_python_each_file_is_checked_once(demo: Path, tmp_path: Path) -> None:
    (laptop,) = demo.glob("sub-laptop/*.nwb")
    (tmp_path / "posecheck.toml").write_text("selekt = []")
    broken = tmp_path / "a.nwb"
    broken.write_bytes(laptop.read_bytes())

    done = subprocess.run(
        [sys.executable, "-P", "-c", _IN_PYTHON, str(laptop), str(broken)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    runs, (found, unconfigured, in_memory), own = json.loads(done.stdout.splitlines()[-1])
    assert [arguments[0] for arguments in runs] == [str(laptop), str(broken)]
    assert {"check_vid003_external_file_absolute"} <= {
        each["check_function_name"] for each in found
    }
    (failure,) = unconfigured
    assert failure["importance"] == "ERROR"
    assert "selekt" in failure["message"]
    (hint,) = in_memory
    assert hint["check_function_name"] == "check_posecheck_completed"
    assert "not written to a file yet" in hint["message"]
    assert own
    assert not [code for code in own if code.startswith("NWBI.check_vid")]
