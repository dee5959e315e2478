"""Provenance is free text: whatever stands there is checked, and a careful text gives nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.reference import parse_reference
from posecheck.model.rule import Hit, Params, Scope
from posecheck.model.wording import wording_of
from posecheck.rules import evaluate_rule

RULES = [rule for rule in load_catalog() if rule.family == "provenance"]
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["", "{}", "fake_path", "/home/x/a.mp4", "C:\\Users\\x", "a.mp4", "cam", "../../a.MP4"]
)
LISTS = st.none() | st.lists(TEXTS, max_size=3).map(
    lambda texts: tuple(
        ExternalFile(index=index, reference=parse_reference(text))
        for index, text in enumerate(texts)
    )
)
LINKS = st.sampled_from([None, "/acquisition/cam", "/gone"])


def said(recording: Recording) -> list[tuple[str, str]]:
    found = []
    for rule in RULES:
        params = {p.name: p.default if not p.source else (".mp4",) for p in rule.parameters}
        subjects: list[Any] = [recording]
        if rule.scope is Scope.CONTAINER:
            subjects = list(recording.every_container())
        for subject in subjects:
            answers = evaluate_rule(rule, subject, Params(params))
            hits = [answer for answer in answers if isinstance(answer, Hit)]
            found += [(rule.code, wording_of(rule, hit)[1]) for hit in hits]
    return found


def codes(container: PoseContainer, *videos: Video, **fields: Any) -> set[str]:
    recording = Recording(containers=(container,), videos=videos, **fields)
    return {code for code, _ in said(recording)}


CAREFUL = PoseContainer(
    description="Paws of the mouse in the bottom view, estimated with DeepLabCut.",
    source_video="/acquisition/cam",
    devices=("/general/devices/cam",),
    scorer="DLC_resnet50_openfieldOct30shuffle1_1600",
    source_software="DeepLabCut",
    source_software_version="2.3.8",
    series=(PoseSeries(),),
)
VIDEO = Video(
    name="cam",
    path="/acquisition/cam",
    external_files=(ExternalFile(reference=parse_reference("cam.mp4")),),
)


def test_a_careful_container_gives_nothing() -> None:
    assert codes(CAREFUL, VIDEO, devices=(Device(path="/general/devices/cam"),)) == set()


@given(
    st.builds(
        PoseContainer,
        description=st.none() | TEXTS,
        scorer=st.none() | TEXTS,
        source_software=st.none() | TEXTS,
        source_software_version=st.none() | TEXTS,
        source_video=LINKS,
        labeled_video=LINKS,
        original_videos=LISTS,
        labeled_videos=LISTS,
        dimensions=st.none()
        | st.lists(st.lists(st.integers(-1, 999), max_size=3).map(tuple), max_size=2).map(tuple),
    ),
    st.builds(
        Video,
        path=st.sampled_from(["/acquisition/cam", "/acquisition/other"]),
        external_files=LISTS,
        dimension=st.none() | st.tuples(st.integers(-1, 999), st.integers(-1, 999)),
    ),
    st.dictionaries(st.sampled_from(["/general/notes", "/general/source_script.x"]), TEXTS),
)
def test_whatever_is_stored_is_checked_and_worded(
    container: PoseContainer, video: Video, provenance: dict[str, str]
) -> None:
    recording = Recording(containers=(container,), videos=(video,), provenance=provenance)
    assert all(message for _, message in said(recording))


@pytest.mark.parametrize(
    "text",
    [
        "/home/mia/x.py",
        "'/Users/mia/x.py'",
        "C:\\Users\\mia\\x.py",
        "{'path': 'C:\\\\Users\\\\mia\\\\x.py'}",
        "file:///home/mia/x.py",
        "file:///C:/Users/mia/x.py",
        "D:/Users/mia/a b.mp4",
        "C:\\Documents and Settings\\mia\\x.py",
        "model=/nfs/home/mia/net",
        "/mnt/c/Users/mia/x.py",
        "/Volumes/Users/mia/x",
    ],
)
def test_a_home_folder_is_detected(text: str) -> None:
    recording = Recording(provenance={"/general/source_script": text})
    ((code, message),) = said(recording)
    assert code == "PRV011"
    assert "mia" in message
    assert "x.py" not in message


@pytest.mark.parametrize(
    "text",
    [
        "mice stayed in their home cage",
        "https://example.org/home/mia",
        "https://github.com/Users/mia",
        "data/home/cage1",
        "home/mia",
        "/data/raw/cam.mp4",
        "C:\\data\\raw",
        "/home",
        "/home/",
        "/Users/Shared/rig",
        "C:\\Users\\Public\\Videos",
        "~/data",
    ],
)
def test_what_is_no_home_folder_gives_nothing(text: str) -> None:
    assert said(Recording(provenance={"/general/notes": text})) == []


@pytest.mark.parametrize(
    "text", ["/" * 90_000, "\\home" * 20_000, "/home/" * 15_000, "/c:" * 30_000]
)
def test_a_hostile_text_comes_to_an_end(text: str) -> None:
    assert isinstance(said(Recording(provenance={"/general/notes": text})), list)
