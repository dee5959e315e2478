"""Which program wrote a file, and whose remedy a finding has."""

from __future__ import annotations

import re

import pytest

from posecheck.catalog import load_writers
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.pose import PoseContainer, PoseSeries, Skeleton
from posecheck.model.recording import Recording
from posecheck.model.writer import Trait, Writer, with_recipes, writers_of

WRITERS = load_writers()
NEUROCONV = {"/general/source_script": "Created using NeuroConv v0.10.0"}


def track(software: str = "SLEAP", module: str = "SLEAP_VIDEO_000_top") -> PoseContainer:
    path = f"/processing/{module}/track=0"
    return PoseContainer(name="track=0", path=path, module=module, source_software=software)


def names(recording: Recording, location: str = "/") -> list[str]:
    return [writer.name for writer in writers_of(recording, WRITERS, location)]


def finding(code: str, location: str, variant: str = "") -> Finding:
    return Finding(
        code=code,
        name="name",
        severity=Severity.WARNING,
        message="message",
        file="a.nwb",
        location=location,
        remedy="the rule's own",
        origin=Origin("posecheck", "0"),
        variant=variant,
    )


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        pytest.param(Recording(containers=(track(),)), ["sleap-io", "sleap"], id="module"),
        pytest.param(
            Recording(session_description="SLEAP pose training data"), ["sleap-io"], id="session"
        ),
        pytest.param(Recording(identifier="sleap_20261122_115403"), ["sleap-io"], id="identifier"),
        pytest.param(
            Recording(containers=(track(),), provenance=NEUROCONV),
            ["neuroconv", "sleap-io", "sleap"],
            id="several-by-rank",
        ),
        pytest.param(
            Recording(provenance={"/general/source_script.file_name": "neuroconv/base.py"}),
            ["neuroconv"],
            id="script-file",
        ),
        pytest.param(Recording(generated_by=("matnwb", "2.9.0")), ["matnwb"], id="generated-by"),
        pytest.param(
            Recording(containers=(PoseContainer(source_software="JABS"),)), ["jabs"], id="software"
        ),
        pytest.param(
            Recording(
                containers=(
                    PoseContainer(
                        source_software="DeepLabCut",
                        series=(PoseSeries(description="Keypoint snout from individual ind1."),),
                    ),
                )
            ),
            ["dlc2nwb"],
            id="series-description",
        ),
        pytest.param(
            Recording(
                session_description="not set",
                containers=(PoseContainer(skeleton=Skeleton(name="skeleton_id_0")),),
            ),
            ["movement"],
            id="all-of-a-sign",
        ),
        pytest.param(Recording(session_description="not set"), [], id="half-a-sign"),
        pytest.param(
            Recording(containers=(PoseContainer(source_software="DeepLabCut"),)), [], id="tracker"
        ),
        pytest.param(Recording(), [], id="nothing"),
    ],
)
def test_a_writer_is_known_by_its_signs(recording: Recording, expected: list[str]) -> None:
    assert names(recording) == expected


def test_a_writer_may_be_known_by_an_extension() -> None:
    sign = {Trait.SPECIFICATION: re.compile(r"^ndx-lab 0\.")}
    writer = Writer(name="lab", title="Lab", rank=1, signs=(sign,))
    versions = {"core": "2.11.0", "ndx-lab": "0.3.0"}
    assert writers_of(Recording(specifications=versions), (writer,)) == (writer,)
    assert writers_of(Recording(specifications={"ndx-lab": "1.0.0"}), (writer,)) == ()


def test_a_container_has_its_own_writer() -> None:
    other = PoseContainer(path="/processing/behavior/PoseEstimation", source_software="JABS")
    recording = Recording(containers=(track(), other))
    assert names(recording, "/processing/SLEAP_VIDEO_000_top/track=0/nose") == ["sleap-io", "sleap"]
    assert names(recording, other.path) == ["jabs"]
    assert set(names(recording, "/acquisition/top")) == {"sleap-io", "sleap", "jabs"}
    assert names(recording, f"{other.path}2/nose") != ["jabs"]


def test_a_sign_is_not_put_together_from_several_containers() -> None:
    recording = Recording(
        containers=(
            PoseContainer(path="/a", description="Estimated positions of a for b using c."),
            PoseContainer(path="/b", skeleton=Skeleton(name="skeleton")),
        )
    )
    assert names(recording) == []


def test_the_remedy_is_that_of_the_most_telling_writer_with_a_recipe() -> None:
    recording = Recording(containers=(track(),), provenance=NEUROCONV)
    place = "/processing/SLEAP_VIDEO_000_top/track=0"
    findings = [finding(code, place) for code in ("TIM006", "NOD022", "CNF001", "VID016")]
    remedies = [item.remedy for item in with_recipes(findings, recording, WRITERS)]
    assert [remedy.partition(":")[0] for remedy in remedies] == [
        "NeuroConv",
        "NeuroConv",
        "sleap-io",
        "the rule's own",
    ]


def test_a_recipe_for_one_wording_is_kept_for_it() -> None:
    recording = Recording(
        session_description="not set",
        containers=(PoseContainer(skeleton=Skeleton(name="skeleton")),),
    )
    path = recording.containers[0].path
    plain, spatial = with_recipes(
        [finding("REF001", path), finding("REF001", path, "spatial")], recording, WRITERS
    )
    assert "top-left" in plain.remedy
    assert "(0, 0, 0)" in spatial.remedy


def test_findings_of_unknown_writers_keep_the_rule_s_remedy() -> None:
    (item,) = with_recipes([finding("TIM006", "/x")], Recording(), WRITERS)
    assert item == finding("TIM006", "/x")
