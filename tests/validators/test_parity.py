"""What posecheck passes on is what ``pynwb.validate`` and ``nwbinspector`` say on their own."""

from __future__ import annotations

from typing import Any

import pytest
from tests.validators.comparison import NAMES, Comparison

pytestmark = pytest.mark.slow

WORDED_BY_US = ("empty", "without-version", "version-one", "circle", "committed-type")
"""Files of which pynwb says less than what is wrong: they are compared by code alone."""

UNINSPECTED = ("NWBI.unreadable", "NWBI.check-failed")


@pytest.mark.parametrize("name", NAMES)
def test_schema_finds_what_pynwb_finds(comparison: Comparison, name: str) -> None:
    found, wanted = comparison.ours[name]["schema"], comparison.theirs[name]["schema"]
    if isinstance(wanted, str):  # a traceback
        (given_up,) = found
        assert given_up["code"] == "pynwb.GENERIC"
        if name not in WORDED_BY_US:
            assert _reason(given_up) in _flat(wanted, None)
        return
    assert {(each["code"], each["message"], _place(each)) for each in found} == {
        (f"pynwb.{kind}", _flat(f"{part}: {reason}"), _object(part, location))
        for kind, part, reason, location in wanted
    }
    assert {each["severity"] for each in found} <= {"error"}


@pytest.mark.parametrize("name", NAMES)
def test_inspector_finds_what_nwb_inspector_finds(comparison: Comparison, name: str) -> None:
    found, wanted = comparison.ours[name]["inspector"], comparison.theirs[name]["inspector"]
    assert {
        (each["code"], each["message"], each["severity"], *_object_of(each))
        for each in found
        if each["code"] not in UNINSPECTED
    } == {
        (
            f"NWBI.{each['check']}",
            _flat(each["message"]),
            SEVERITIES[each["importance"]],
            *each["object"],
        )
        for each in wanted
        if each["importance"] != "ERROR"
    }


@pytest.mark.parametrize("name", NAMES)
def test_inspector_is_at_least_as_exact_about_the_place(comparison: Comparison, name: str) -> None:
    places = {
        (each["code"], each["message"], each["location"])
        for each in comparison.ours[name]["inspector"]
    }
    for each in comparison.theirs[name]["inspector"]:
        if each["location"] is not None and each["importance"] != "ERROR":
            assert (f"NWBI.{each['check']}", _flat(each["message"]), each["location"]) in places


@pytest.mark.parametrize("name", NAMES)
def test_inspector_reports_the_same_failures(comparison: Comparison, name: str) -> None:
    failures = [each for each in comparison.ours[name]["inspector"] if each["code"] in UNINSPECTED]
    wanted = [
        each for each in comparison.theirs[name]["inspector"] if each["importance"] == "ERROR"
    ]
    assert len(failures) == len(wanted)
    for failure, error in zip(failures, wanted, strict=True):
        assert failure["severity"] == "error"
        assert (failure["code"] == "NWBI.unreadable") == error["check"].startswith("During io.read")
        if name not in WORDED_BY_US and "0x" not in error["message"]:
            assert _reason(failure).removeprefix("Could not construct ").split(": ")[-1] in _flat(
                error["message"], None
            )


@pytest.mark.parametrize("name", NAMES)
def test_a_result_depends_on_no_file_before_and_no_order(comparison: Comparison, name: str) -> None:
    said = comparison.ours[name]
    assert said["again"] == {key: said[key] for key in ("inspector", "schema")}


def test_nothing_leaks_and_no_extension_is_imported(comparison: Comparison) -> None:
    assert comparison.leaked == ""
    assert comparison.foreign == []


def test_damage_is_detected_at_all(comparison: Comparison) -> None:
    kinds = {each["code"] for said in comparison.ours.values() for each in said["schema"]}
    assert kinds >= {
        "pynwb.DtypeError",
        "pynwb.Error",
        "pynwb.ExpectedArrayError",
        "pynwb.GENERIC",
        "pynwb.MissingError",
        "pynwb.ShapeError",
    }


def test_findings_carry_a_remedy_and_no_traceback(comparison: Comparison) -> None:
    for said in comparison.ours.values():
        for each in (*said["schema"], *said["inspector"]):
            assert each["remedy"]
            assert each["location"].startswith("/")
            assert "Traceback" not in each["message"]
            assert "\n" not in each["message"]
            assert "0x" not in each["message"]


SEVERITIES = {
    "PYNWB_VALIDATION": "error",
    "CRITICAL": "error",
    "BEST_PRACTICE_VIOLATION": "warning",
    "BEST_PRACTICE_SUGGESTION": "hint",
}


def _flat(text: str, longest: int | None = 600) -> str:
    line = " ".join(text.split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1]}…"


def _reason(finding: dict[str, Any]) -> str:
    """The exception's own words, without what introduces them."""
    reason = str(finding["message"]).split(": ", 1)[1]
    kind = f"{finding['values']['exception']}: "
    return reason.removeprefix(kind)


def _place(finding: dict[str, Any]) -> str:
    return _object(finding["values"]["specification"], finding["location"].removeprefix("/"))


def _object(part: str, location: str | None) -> str:
    """The object's path, where pynwb writes an attribute as ``object.attribute``."""
    return (location or "").removesuffix(f".{part.rsplit('/', 1)[-1]}")


def _object_of(finding: dict[str, Any]) -> tuple[object, object]:
    return finding["values"]["object_type"], finding["values"]["object_name"]
