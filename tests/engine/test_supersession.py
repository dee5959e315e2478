"""What stays silent because another finding has said it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posecheck.catalog import load_catalog
from posecheck.engine.supersession import drop_superseded, join_shared
from posecheck.model.clock import Clock
from posecheck.model.facts import ArrayInfo
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries, Skeleton
from posecheck.model.recording import Recording
from posecheck.model.rule import Supersession
from posecheck.model.values import Value

RULES = {rule.code: rule for rule in load_catalog()}
SHARED = Clock(timestamps=ArrayInfo(path="/p/nose/timestamps"))
RECORDING = Recording(
    containers=(
        PoseContainer(
            path="/p",
            skeleton=Skeleton(path="/s"),
            source_video="/v",
            devices=("/d",),
            series=(
                PoseSeries(path="/p/nose", clock=SHARED),
                PoseSeries(path="/p/tail", clock=SHARED),
            ),
        ),
    ),
    videos=(Video(path="/v"),),
)


def finding(code: str, location: str, message: str = "m", **values: Value) -> Finding:
    return Finding(
        code=code,
        name="n",
        severity=Severity.ERROR,
        message=message,
        file="f",
        location=location,
        remedy="r",
        origin=Origin("posecheck", "1"),
        values=values,
    )


def is_dropped(speaker: Finding, other: Finding, supersession: Supersession) -> bool:
    rules = [replace(RULES["NOD001"], supersedes=(supersession,))]
    kept = drop_superseded([speaker, other], rules, RECORDING)
    assert speaker in kept
    return other not in kept


@pytest.mark.parametrize(
    ("ours", "theirs", "dropped"),
    [
        ("/p", "/s", True),
        ("/s", "/p", True),
        ("/s", "/p/nose", True),
        ("/v", "/p/tail", True),
        ("/p", "/d", True),
        ("/s", "/v", False),
        ("/s", "/q", False),
    ],
)
def test_what_a_link_ties_together(ours: str, theirs: str, dropped: bool) -> None:
    speaker, other = finding("NOD001", ours), finding("NOD007", theirs)
    assert is_dropped(speaker, other, Supersession(code="NOD007", linked=True)) is dropped
    assert not is_dropped(speaker, other, Supersession(code="NOD007"))


@pytest.mark.parametrize(
    ("nodes", "dropped"), [(("a",), True), (("a", "b"), True), (("a", "c"), False), ((), False)]
)
def test_only_what_is_about_no_more_is_dropped(nodes: tuple[str, ...], dropped: bool) -> None:
    speaker = finding("NOD001", "/p", nodes=("a", "b"))
    same = Supersession(code="NOD007", linked=True, same="nodes")
    assert is_dropped(speaker, finding("NOD007", "/s", nodes=nodes), same) is dropped


def test_a_finding_of_several_places_is_about_each() -> None:
    speaker = finding("NOD001", "/p", places=("/p/nose/timestamps", "/p/tail/timestamps"))
    supersession = Supersession(code="pynwb.DtypeError")
    assert is_dropped(speaker, finding("pynwb.DtypeError", "/p/tail/timestamps"), supersession)
    assert not is_dropped(speaker, finding("pynwb.DtypeError", "/p/ear/data"), supersession)


@pytest.mark.parametrize(("code", "dropped"), [("FIL006", True), ("NWBI.check_subject", False)])
def test_of_the_whole_file_reports_only_who_gave_it_up(code: str, dropped: bool) -> None:
    speaker = finding("NOD001", "/p/nose/data")
    assert is_dropped(speaker, finding(code, "/"), Supersession(code=code)) is dropped


def test_what_is_said_of_one_dataset_is_said_once() -> None:
    code = "NWBI.check_regular_timestamps"
    reported = [finding(code, "/p/nose"), finding(code, "/p/tail"), finding(code, "/q", "other")]
    other = finding("NWBI.check_description", "/p/tail")
    joined = list(join_shared([*reported, other], RECORDING))
    assert [item.location for item in joined] == ["/p/nose", "/q", "/p/tail"]
    assert joined[0].values["places"] == ("/p/nose", "/p/tail")


def codes(*findings: Finding) -> set[str]:
    return {item.code for item in drop_superseded(findings, RULES.values(), RECORDING)}


def test_a_result_on_the_whole_file_that_is_explained_explains_nothing() -> None:
    """A timestamps dataset of text, and an identifier that is missing: two findings."""
    malformed = finding("FIL001", "/p/nose/timestamps")
    whole = finding("FIL006", "/", object="")
    missing = finding("pynwb.MissingError", "/")
    assert codes(malformed, whole, missing) == {"FIL001", "pynwb.MissingError"}
    assert codes(whole, missing) == {"FIL006"}
    at_root = finding("FIL006", "/", object="/")
    assert codes(malformed, at_root, missing) == {"FIL001", "FIL006"}


@pytest.mark.parametrize(
    ("named", "place", "dropped"),
    [("/", "/", True), ("/", "/p/nose", False), ("", "/p/nose", True), ("", "/", True)],
)
def test_a_result_on_the_root_is_about_the_root_alone(
    named: str, place: str, dropped: bool
) -> None:
    reported = codes(finding("FIL006", "/", object=named), finding("pynwb.MissingError", place))
    assert ("pynwb.MissingError" not in reported) is dropped


@pytest.mark.parametrize(("variant", "dropped"), [("age", True), ("species", False), ("", False)])
def test_a_supersession_may_be_one_of_some_wordings(variant: str, dropped: bool) -> None:
    speaker = replace(finding("NOD001", "/general/subject/age"), variant=variant)
    other = finding("NWBI.check_subject_age", "/general/subject")
    supersession = Supersession(code="NWBI.check_subject_age", variants=("age",))
    assert is_dropped(speaker, other, supersession) is dropped
