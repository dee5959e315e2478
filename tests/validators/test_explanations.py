"""What is said of other validators' findings: remedies of our own, and pages for all others."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import nwbinspector
import pytest

from posecheck.catalog import DeclarationError, load_validators
from posecheck.catalog.validator_guides import parse_validator
from posecheck.model.finding import Finding
from posecheck.model.wording import parts_of_remedy
from posecheck.validators.explanations import explanation, explanations, page_of
from posecheck.validators.schema_validation import SchemaValidator

NWBI = load_validators()["NWBI"]
FREQUENT = (
    "check_experiment_description",
    "check_institution",
    "check_keywords",
    "check_experimenter_exists",
    "check_subject_exists",
    "check_description",
    "check_regular_timestamps",
    "check_subject_age",
    "check_subject_sex",
    "check_processing_module_name",
    "check_image_series_external_file_valid",
    "check_experimenter_form",
    "check_image_series_external_file_relative",
    "check_subject_species_exists",
    "check_spatial_series_unit",
)
"""The most frequent over the corpus and the field's files, by the files that they are found in."""


@pytest.mark.parametrize("name", FREQUENT)
def test_the_most_frequent_findings_have_remedies_of_their_own(name: str) -> None:
    check = explanation(f"NWBI.{name}")
    prose, code = parts_of_remedy(check.remedy)
    assert check.page in prose
    assert "#best-practice-" in check.page
    assert code


def test_every_check_has_a_remedy_of_its_own_or_the_page_that_it_names() -> None:
    known = explanations("NWBI")
    own, named, elsewhere, index = set(), set(), set(), set()
    for check in nwbinspector.available_checks:
        code = f"NWBI.{check.__name__}"
        (entry,) = known[code]
        assert entry.page in entry.remedy
        assert entry.page.startswith("https://nwbinspector.readthedocs.io/en/dev/best_practices/")
        section = re.search(r"best_practice_(\w+)", check.__doc__ or "")
        if code in NWBI.checks:
            own.add(code)
        elif section is None:
            index.add(code)
            assert entry.page == NWBI.index
        elif section[1] in NWBI.sections:
            named.add(code)
            assert entry.page.endswith(f"#best-practice-{section[1].replace('_', '-')}")
        else:
            elsewhere.add(code)
            assert entry.page in NWBI.pages.values()
    assert len(own) + len(named) + len(elsewhere) + len(index) == len(nwbinspector.available_checks)
    assert len(own) >= len(FREQUENT)
    assert len(named | elsewhere) >= 20
    assert len(index) <= len(nwbinspector.available_checks) / 3


def test_every_declared_check_exists() -> None:
    checks = {f"NWBI.{check.__name__}" for check in nwbinspector.available_checks}
    assert set(NWBI.checks) - checks == {"NWBI.unreadable", "NWBI.check-failed"}


def test_a_docstring_names_the_page() -> None:
    behavior = "nwbinspector.checks._behavior"
    section = page_of(NWBI, "…\n\nBest Practice: :ref:`best_practice_subject_sex`", behavior)
    assert section.endswith("/nwbfile_metadata.html#best-practice-subject-sex")
    titled = page_of(NWBI, "See :ref:`the sex <best_practice_subject_sex>`", behavior)
    assert titled == section
    assert page_of(NWBI, ":ref:`best_practice_new`", behavior).endswith("/behavior.html")
    assert page_of(NWBI, ":ref:`best_practice_new`", "lab.checks") == NWBI.index
    assert page_of(NWBI, "Nothing.", behavior) == page_of(NWBI, None, behavior) == NWBI.index


def test_a_code_that_nobody_knows_leads_to_the_index() -> None:
    check = explanation("NWBI.check_of_a_lab")
    assert (check.name, check.page) == ("of-a-lab", NWBI.index)
    assert NWBI.index in check.remedy


@pytest.mark.slow
def test_a_missing_time_zone_is_named_and_its_remedy_works(
    written: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "session.nwb"
    path.write_bytes(written["pose"].read_bytes())
    with h5py.File(path, "r+") as file:
        del file["session_start_time"]
        file["session_start_time"] = "2024-05-06T12:00:00"
    (finding,) = _validated(path)
    assert finding.code == "pynwb.Error"
    assert finding.name == "time-zone-missing"
    _, code = parts_of_remedy(finding.remedy)
    monkeypatch.chdir(tmp_path)
    exec("\n".join(code), {"h5py": h5py})  # noqa: S102 - it is ours
    assert _validated(path) == ()


def test_no_remedy_says_to_write_the_file_again() -> None:
    for prefix in ("pynwb", "NWBI"):
        for checks in explanations(prefix).values():
            assert not any("again with a current version" in check.remedy for check in checks)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prefix": ""}, "'prefix' is missing"),
        ({"colour": "red"}, "unknown key colour"),
        ({"check": [{"code": "a", "remedy": "b"}]}, "'page' is missing"),
        ({"check": [{"code": "a", "remedy": "b", "page": "c", "x": 1}]}, "unknown key x"),
        ({"check": [{"code": "a", "remedy": "b", "page": "c"}] * 2}, "declared twice"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_refused(
    changes: dict[str, object], reason: str
) -> None:
    plain = {"prefix": "LAB", "title": "Lab", "guide": "https://lab/", "index": "index.html"}
    with pytest.raises(DeclarationError, match=reason):
        parse_validator({**plain, **changes})


def _validated(path: Path) -> tuple[Finding, ...]:
    with path.open("rb") as stream, h5py.File(stream, "r") as handle:
        return SchemaValidator().validate(handle, path.name, path)
