from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.dandi_layout.constants import constant_of
from posecheck.engine.evaluation import BLOCKING, evaluate, in_order, summary_of
from posecheck.engine.rule_set import RuleSet, build_rule_set
from posecheck.engine.supersession import drop_superseded
from posecheck.model.clock import Clock
from posecheck.model.edit import Edit, FixSafety, SetElement
from posecheck.model.errors import InternalError
from posecheck.model.facts import ArrayInfo, ConfidenceFacts
from posecheck.model.finding import Finding, Origin, Severity, Skipped
from posecheck.model.fix import Fix
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining, TrainingFrame
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.report import FileStatus
from posecheck.model.rule import Hit, Rule, Supersession, Variant
from posecheck.model.values import Value
from posecheck.model.wording import to_finding

RULES = {rule.code: rule for rule in load_catalog()}
ORIGIN = Origin("posecheck", "1.0")
STORED = ArrayInfo(shape=(100,))


def rules_named(
    *rules: str | Rule, parameters: Mapping[str, Mapping[str, Value]] | None = None
) -> RuleSet:
    chosen = [RULES[rule] if isinstance(rule, str) else rule for rule in rules]
    return build_rule_set(chosen, parameters or {}, ORIGIN)


def series(name: str, high: float | None, **fields: object) -> PoseSeries:
    return PoseSeries(
        name=name,
        path=f"/p/{name}",
        data=ArrayInfo(shape=(100, 2)),
        confidence_data=STORED,
        confidence=None if high is None else ConfidenceFacts(finite=100, low=0.0, high=high),
        **fields,  # type: ignore[arg-type]
    )


def recording_of(*members: PoseSeries, **fields: object) -> Recording:
    container = PoseContainer(series=members)
    return Recording(file="a.nwb", containers=(container,), **fields)  # type: ignore[arg-type]


def finding(
    code: str = "AAA001",
    *,
    severity: Severity = Severity.ERROR,
    location: str = "/x",
    message: str = "m",
    validator: str = "posecheck",
) -> Finding:
    return Finding(
        code=code,
        name="n",
        severity=severity,
        message=message,
        file="a.nwb",
        location=location,
        remedy="r",
        origin=Origin(validator, "1.0"),
    )


def test_a_hit_becomes_a_finding_in_the_rules_own_words() -> None:
    report = evaluate(
        recording_of(series("nose", 99.0), series("tail", 0.9)), rules_named("CNF007")
    )
    (found,) = report.findings
    assert (found.code, found.file, found.location) == ("CNF007", "a.nwb", "/p/nose")
    assert found.severity is Severity.ERROR
    assert found.message.startswith("confidence spans 0 to 99")
    assert found.origin == ORIGIN
    assert (report.status, report.rules_run) == (FileStatus.CHECKED, 1)


def test_edits_come_with_their_safety_all_of_them_or_none() -> None:
    other = Variant(name="other", message="m", severity=Severity.HINT, remedy="r")
    fix = Fix(FixSafety.UNSAFE, "Writes.", "Assumes that it is right.")
    rule = replace(RULES["CNF007"], message="m", variants={"other": other}, fix=fix)
    edit = SetElement("/v/external_file", 0, "a.mp4")

    def found(variant: str, *edits: Edit) -> Finding:
        return to_finding(rule, Hit("/v", variant).with_edits(*edits), "a.nwb", ORIGIN)

    assert (found("", edit).edits, found("", edit).fix) == ((edit,), FixSafety.UNSAFE)
    assert (found("").edits, found("").fix) == ((), None)
    assert (found("other", edit).edits, found("other", edit).fix) == ((), None)
    many = found("", *(SetElement("/v/external_file", n, "a.mp4") for n in range(20_000)))
    assert (many.edits, many.fix) == ((), None)


def test_a_configured_parameter_is_what_the_rule_receives() -> None:
    rule_set = rules_named("CNF007", parameters={"CNF007": {"highest": 100.0}})
    assert evaluate(recording_of(series("nose", 99.0)), rule_set).findings == ()


def test_series_of_views_are_asked_about_too() -> None:
    view = PoseContainer(name="left", series=(series("nose", 99.0),))
    recording = Recording(containers=(PoseContainer(multi_camera=True, views=(view,)),))
    assert len(evaluate(recording, rules_named("CNF007")).findings) == 1


def test_nodes_on_a_container_are_a_skeleton_too() -> None:
    own = Skeleton(path="/p", nodes=("a",), edges_shape=(0,), on_container=True)
    linked = replace(own, on_container=False, path="/s")
    recording = Recording(
        containers=(PoseContainer(skeleton=own), PoseContainer(skeleton=linked)),
        skeletons=(linked,),
    )
    report = evaluate(recording, rules_named("FIL012"))
    assert [found.location for found in report.findings] == ["/p", "/s"]


def test_what_was_not_read_is_skipped_with_its_reason() -> None:
    unread = replace(
        series("nose", None), confidence_data=ArrayInfo(shape=(9,), unread="external storage")
    )
    report = evaluate(recording_of(unread, series("tail", 99.0)), rules_named("CNF007"))
    assert report.skipped == (
        Skipped("CNF007", "a.nwb", "/p/nose", "nose/confidence: external storage"),
    )
    assert [found.location for found in report.findings] == ["/p/tail"]
    assert report.rules_run == 1


def test_a_rule_that_could_check_nothing_has_not_run() -> None:
    report = evaluate(recording_of(series("nose", None)), rules_named("CNF007"))
    assert (report.rules_run, len(report.skipped)) == (0, 1)


def test_what_a_rule_skips_itself_is_kept() -> None:
    recording = Recording(
        file="a.nwb", specifications={"ndx-pose": "soon"}, pose_types=("PoseEstimation",)
    )
    (skip,) = evaluate(recording, rules_named("FIL005")).skipped
    assert (skip.code, skip.location) == ("FIL005", "/")
    assert "'soon'" in skip.reason


def test_a_rule_that_raises_is_a_finding_against_posecheck_and_the_run_goes_on() -> None:
    rule_set = rules_named("CNF007", "FIL003", parameters={"CNF007": {"lowest": "low"}})
    recording = Recording(file="a.nwb", containers=())
    broken = recording_of(series("nose", 99.0))
    assert [found.code for found in evaluate(recording, rule_set).findings] == ["FIL003"]
    (found,) = evaluate(broken, rule_set).findings
    assert (found.code, found.severity, found.location) == (
        "internal-error",
        Severity.ERROR,
        "/p/nose",
    )
    assert found.message == (
        "CNF007 (confidence-not-a-probability) failed with TypeError: "
        "parameter 'lowest' is not a number: 'low'"
    )


def test_a_message_that_does_not_fit_is_a_finding_against_posecheck() -> None:
    rule_set = rules_named(replace(RULES["CNF007"], message="{nothing}"))
    (found,) = evaluate(recording_of(series("nose", 1e9)), rule_set).findings
    assert found.code == "internal-error"
    assert "WordingError" in found.message


def test_a_rule_without_a_function_is_a_finding_against_posecheck() -> None:
    rule_set = rules_named(replace(RULES["CNF007"], code="CNF999"))
    (found,) = evaluate(recording_of(series("nose", 0.5)), rule_set).findings
    assert found.code == "internal-error"
    assert "CNF999" in found.message


@pytest.mark.parametrize("kind", list(BLOCKING))
def test_where_the_file_is_lost_only_the_file_rules_report(kind: ProblemKind) -> None:
    recording = Recording(file="a.nwb", problems=(Problem(kind=kind, detail="so it is"),))
    report = evaluate(recording, rules_named(*RULES))
    assert report.status.value == kind.value
    assert len(report.findings) == 1
    assert {found.code[:3] for found in report.findings} == {"FIL"}
    silent = {code for code in RULES if not code.startswith("FIL")} | {"FIL006", "FIL012"}
    assert {skip.code for skip in report.skipped} == silent
    assert {skip.location for skip in report.skipped} == {"/"}


def test_a_problem_inside_the_file_blocks_nothing() -> None:
    inside = Problem(kind=ProblemKind.UNREADABLE, location="/p/tail/data")
    report = evaluate(recording_of(series("nose", 99.0), problems=(inside,)), rules_named("CNF007"))
    assert report.status is FileStatus.CHECKED
    assert len(report.findings) == 1


def test_a_file_that_changed_is_checked_and_says_so() -> None:
    problem = Problem(kind=ProblemKind.CHANGED, detail="it changed during the check")
    recording = recording_of(series("nose", 99.0), problems=(problem,))
    report = evaluate(recording, rules_named("CNF007", "FIL015"))
    assert report.status is FileStatus.CHANGED
    assert [found.code for found in report.findings] == ["CNF007", "FIL015"]


def test_ignored_codes_are_silent_and_still_supersede() -> None:
    louder = replace(RULES["CNF007"], supersedes=(Supersession(code="CNF003"),))
    recording = recording_of(series("nose", 99.0))
    ignored = frozenset({"CNF007"})
    assert evaluate(recording, rules_named(louder, "CNF003"), ignored=ignored).findings == ()
    (found,) = evaluate(recording, rules_named("CNF007", "CNF003"), ignored=ignored).findings
    assert found.code == "CNF003"


@pytest.mark.parametrize(
    ("ours", "theirs", "silenced"),
    [
        ("/x", "/x", True),
        ("/x", "/", True),
        ("/", "/x", True),
        ("/x", "/x/data", True),
        ("/x/timestamps", "/x", True),
        ("/x", "/y", False),
        ("/x", "/x2", False),
    ],
)
def test_one_finding_per_defect(ours: str, theirs: str, silenced: bool) -> None:
    rules = [
        replace(
            RULES["CNF007"],
            supersedes=(Supersession(code="FIL006"), Supersession(code="NWBI.check_confidence")),
        )
    ]
    speaker = finding("CNF007", location=ours)
    for other in (
        finding("FIL006", location=theirs),
        finding("NWBI.check_confidence", location=theirs, validator="nwbinspector"),
    ):
        kept = drop_superseded([other, speaker], rules, Recording())
        assert kept == ([speaker] if silenced else [other, speaker])
        assert drop_superseded([other], rules, Recording()) == [other]
    stranger = finding("NWBI.check_something_else", location=theirs)
    assert drop_superseded([stranger, speaker], rules, Recording()) == [stranger, speaker]


def test_what_is_said_of_timestamps_is_said_of_every_series_that_links_them() -> None:
    shared = Clock(timestamps=ArrayInfo(path="/p/nose/timestamps"))
    container = PoseContainer(
        series=(
            PoseSeries(name="nose", path="/p/nose", clock=shared),
            PoseSeries(name="tail", path="/p/tail", clock=shared),
        )
    )
    rules = [
        replace(RULES["TIM003"], supersedes=(Supersession(code="NWBI.check_timestamps_ascending"),))
    ]
    speaker = finding("TIM003", location="/p/nose/timestamps")
    others = [
        finding("NWBI.check_timestamps_ascending", location=f"/p/{n}") for n in ("nose", "tail")
    ]
    recording = Recording(containers=(container,))
    assert drop_superseded([speaker, *others], rules, recording) == [speaker]


def test_findings_come_in_one_order_and_once() -> None:
    expected = (
        finding("BBB001", location="/x2"),
        finding("BBB001", location="/x10"),
        finding("BBB001", location="/x10", message="n"),
        finding("BBB002"),
        finding("AAA001", severity=Severity.WARNING),
        finding("AAA001", severity=Severity.HINT),
    )
    assert in_order([*reversed(expected), *expected]) == expected


@given(st.permutations([finding(code, location=at) for code in ("A", "B") for at in ("/1", "/2")]))
def test_the_order_does_not_depend_on_who_reported_first(findings: list[Finding]) -> None:
    assert in_order(findings) == in_order(sorted(findings, key=lambda item: item.location))


def test_a_recording_is_summed_up() -> None:
    view = PoseContainer(name="left", series=(series("nose", 0.5),))
    recording = Recording(
        nwb_version="2.9.0",
        specifications={"ndx-pose": "0.4.0"},
        containers=(PoseContainer(series=(series("a", 0.5),), views=(view,)),),
        skeletons=(Skeleton(),),
        videos=(Video(), Video()),
        trainings=(PoseTraining(frames=(TrainingFrame(), TrainingFrame())),),
    )
    summary = summary_of(recording)
    assert (summary.nwb_version, summary.ndx_pose_version) == ("2.9.0", "0.4.0")
    assert (summary.containers, summary.series, summary.frames) == (2, 2, 100)
    assert (summary.skeletons, summary.videos, summary.training_frames) == (1, 2, 2)


def test_a_list_of_dandis_is_the_installed_dandis() -> None:
    extensions = rules_named("VID007").params(RULES["VID007"])["extensions"]
    assert isinstance(extensions, tuple)
    assert ".mp4" in extensions


@pytest.mark.parametrize("source", ["os:environ", "dandi.consts:NO_SUCH", "dandi.nowhere:X", "x"])
def test_no_other_constant_can_be_requested(source: str) -> None:
    with pytest.raises(InternalError, match="dandi"):
        constant_of(source)


def test_cases_do_not_travel_to_workers() -> None:
    assert all(rule.cases == () for rule in rules_named(*RULES).rules)
