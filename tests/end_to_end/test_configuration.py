"""What a configuration changes, through the installed command on real files."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.demo.conftest import write_demo
from tests.end_to_end.command import Outcome, posecheck
from tests.shared_writing import write_once

pytestmark = pytest.mark.slow

TODAY = datetime.now(UTC).date()


@pytest.fixture
def dandiset(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """The demo: among others, percent as confidence in one file, absolute paths in another."""
    written = write_once(tmp_path_factory, "demo", write_demo)[0] / "posecheck-demo"
    return shutil.copytree(written, tmp_path / "dandiset")


def validate(dandiset: Path, configuration: str, *options: str, path: str = ".") -> Outcome:
    (dandiset / "posecheck.toml").write_text(configuration)
    return posecheck("validate", path, "--output", "json", *options, cwd=dandiset)


def ignore_of(outcome: Outcome, selector: str) -> dict[str, Any]:
    (found,) = (
        each for each in outcome.report["configuration"]["ignores"] if each["selector"] == selector
    )
    return dict(found)


def test_a_severity_is_what_the_configuration_says(dandiset: Path) -> None:
    outcome = validate(dandiset, '[severity]\nCNF = "warning"\nCNF007 = "hint"\nVID = "warning"\n')
    severities = {each["code"]: each["severity"] for each in outcome.report["findings"]}
    assert severities["CNF007"] == "hint"
    assert {severity for code, severity in severities.items() if code.startswith("VID")} == {
        "warning"
    }
    assert severities["NOD001"] == "error"


def test_fail_on_counts_rule_by_rule(dandiset: Path) -> None:
    laptop = "sub-laptop"
    assert validate(dandiset, "", path=laptop).code == 1
    table = 'fail-on = { default = "error", VID = "never", VID008 = "error" }\n'
    assert validate(dandiset, table, path=laptop).code == 1
    assert validate(dandiset, table.replace(', VID008 = "error"', ""), path=laptop).code == 0
    assert validate(dandiset, table, "--fail-on", "never", path=laptop).code == 0
    assert validate(dandiset, table, "--fail-on", "VID008=never", path=laptop).code == 0
    assert validate(dandiset, "", "--fail-on", "error,VID=never", path=laptop).code == 0


def test_the_console_says_which_thresholds_were_reached(dandiset: Path, tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    outcome = posecheck(
        *("validate", "sub-laptop", "--isolated", "--output", f"json={saved}"),
        *("--fail-on", "error,VID003=never"),
        cwd=dandiset,
    )
    assert outcome.code == 1
    assert "2 findings at or above --fail-on error, VID003=never." in outcome.stdout


def test_what_is_ignored_is_counted_with_its_reason(dandiset: Path) -> None:
    outcome = validate(
        dandiset,
        '[ignore]\nCNF007 = "the tool writes percent"\n'
        '[per-file-ignores]\n"sub-laptop/*" = { VID = "on a laptop" }\n',
        "--ignore",
        "NOD001",
    )
    assert ignore_of(outcome, "CNF007")["findings"] == 6
    assert ignore_of(outcome, "CNF007")["reason"] == "the tool writes percent"
    assert ignore_of(outcome, "VID")["findings"] == 3
    assert ignore_of(outcome, "NOD001") | {"findings": 1} == ignore_of(outcome, "NOD001")
    assert not ignore_of(outcome, "NOD001")["is_configured"]
    assert outcome.report["configuration"]["ignored"] == 10
    assert outcome.report["configuration"]["source"] == "posecheck.toml"
    (laptop,) = (each for each in outcome.report["files"] if "laptop" in each["path"])
    assert laptop["ignored"] == {"VID003": 1, "VID004": 1, "VID008": 1}

    text = posecheck("validate", ".", "--quiet", cwd=dandiset).stdout
    assert "Configuration: posecheck.toml." in text
    assert "CNF007 (6, the tool writes percent)" in " ".join(text.split())


def test_an_ignore_expires(dandiset: Path) -> None:
    table = '[ignore]\nCNF007 = {{ reason = "until we export again", expires = {} }}\n'
    tomorrow, today = TODAY + timedelta(days=2), TODAY
    assert "CNF007" not in validate(dandiset, table.format(tomorrow)).codes()

    expired = validate(dandiset, table.format(today))

    assert "CNF007" in expired.codes()
    assert ignore_of(expired, "CNF007")["state"] == "expired-ignore"
    text = " ".join(posecheck("validate", "sub-skeleton", cwd=dandiset).stdout.split())
    assert f"The ignore of CNF007 expired on {today} and counts no more" in text


UNUSED = """
[ignore]
FIL003 = "nothing has it"
CNF007 = "one file has it"
VID020 = "no other rule gathers what it needs"
CAM = "no file has a camera"
[per-file-ignores]
"nowhere/*" = ["VID"]
"""


def unused(outcome: Outcome) -> set[str]:
    ignores = outcome.report["configuration"]["ignores"]
    return {each["selector"] for each in ignores if each["state"] == "unused-ignore"}


def test_an_ignore_that_silences_nothing_is_reported_if_that_is_certain(dandiset: Path) -> None:
    assert unused(validate(dandiset, UNUSED)) >= {"FIL003", "VID"}
    assert "CNF007" not in unused(validate(dandiset, UNUSED))
    # Some of the files, or some of the rules, say nothing of the others.
    assert unused(validate(dandiset, UNUSED, path="sub-clean")) == set()
    assert "FIL003" not in unused(validate(dandiset, UNUSED, "--select", "VID"))
    (recording,) = dandiset.glob("sub-clean/*.nwb")
    recording.write_bytes(b"")
    assert unused(validate(dandiset, UNUSED)) <= {"VID"}


def test_an_ignored_validator_that_did_not_run_is_not_unused(dandiset: Path) -> None:
    assert unused(validate(dandiset, '[ignore]\nNWBI = "x"\n')) == set()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[severity]\nVID002 = "fatal"\n', "severity.VID002: wanted one of error, warning, hint"),
        ('[severity]\nVID999 = "hint"\n', "no rule has the code, prefix or name 'VID999'"),
        ('fail-on = { VID = "often" }\n', "fail-on.VID: wanted one of error, warning, hint, never"),
        ('fail-on = { NOPE = "hint" }\n', "no rule has the code, prefix or name 'NOPE'"),
        ("[ignore]\nVID002 = { expires = 2027-01-01 }\n", "wanted the reason in words as reason"),
        (
            '[ignore]\nVID002 = { reason = "so", expires = "2027-01-01" }\n',
            "wanted a date such as 2027-01-31 as expires",
        ),
        ('[ignore]\nVID002 = { reason = "so", until = 1 }\n', "unknown key 'until'"),
    ],
)
def test_what_is_not_understood_is_an_error(dandiset: Path, text: str, complaint: str) -> None:
    outcome = validate(dandiset, text, path="sub-clean")
    assert outcome.code == 2
    assert complaint in " ".join(outcome.stderr.split())


def test_config_prints_what_is_in_force_and_where_it_comes_from(dandiset: Path) -> None:
    (dandiset / "posecheck.toml").write_text(
        'fail-on = { VID = "hint" }\njobs = 3\n[rules.NOD015]\nshare = 0.9\n'
        '[ignore]\nCAM = "none"\nTIM = { reason = "old", expires = 2020-01-01 }\n'
    )
    done = posecheck("config", "sub-clean", "--output", "json", cwd=dandiset)
    values = {each["key"]: (each["value"], each["source"]) for each in done.report["values"]}
    assert values["fail-on"] == ("error, VID=hint", "posecheck.toml")
    assert values["jobs"] == (3, "posecheck.toml")
    assert values["rules.NOD015.share"] == (0.9, "posecheck.toml")
    assert values["decode"] == ("packets", "default")
    assert values["ignore"][0]["TIM"]["state"] == "expired-ignore"

    text = " ".join(posecheck("config", ".", cwd=dandiset).stdout.split())
    assert text.startswith("Configuration: posecheck.toml")
    assert "TIM (old, expired on 2020-01-01, so not ignored)" in text

    assert all(
        each["source"] == "default"
        for each in posecheck("config", "--isolated", "--output", "json").report["values"]
    )
    assert posecheck("config", "nowhere", cwd=dandiset).code == 2
    (dandiset / "posecheck.toml").write_text('select = ["NOPE"]\n')
    assert "NOPE" in posecheck("config", cwd=dandiset).stderr
