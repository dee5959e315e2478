"""A plan as a document: it comes back as it went, and a forged one is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.model.errors import UsageError
from posecheck.organize.plan.document import from_document, to_document
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
    Rewrite,
    Stamp,
    VideoMode,
)

TEXT = st.text(max_size=12)
LOCATION = TEXT.filter(lambda text: "\0" not in text).map(lambda text: f"/{text}")
NAME = st.from_regex(r"[A-Za-z0-9_+-][A-Za-z0-9_+. -]{0,8}[A-Za-z0-9]", fullmatch=True)
TARGET = st.lists(NAME, min_size=1, max_size=3).map(tuple)
STAMPS = st.builds(
    Stamp,
    size=st.integers(0, 2**60),
    modified_ns=st.integers(-(2**60), 2**60),
    identity=TEXT,
)
CONFLICTS = st.builds(
    Conflict,
    kind=st.sampled_from(ConflictKind),
    source=TEXT,
    location=TEXT,
    reason=TEXT,
    remedy=TEXT,
)
REWRITES = st.builds(
    Rewrite, dataset=TEXT, index=st.none() | st.integers(0, 99), old=TEXT, new=TEXT
)


@st.composite
def plans(draw: st.DrawFn) -> OrganizePlan:
    targets = draw(st.lists(TARGET, unique=True, max_size=5))
    split = draw(st.integers(0, len(targets)))
    media = tuple(
        PlannedMedia(
            source=draw(LOCATION),
            stamp=draw(STAMPS),
            target=target,
            mode=draw(st.sampled_from(VideoMode)),
            remux=draw(st.booleans()),
            annexed=draw(st.booleans()),
            rate=draw(st.none() | st.floats(0.01, 1e6)),
        )
        for target in targets[:split]
    )
    brought = [item.target for item in media]
    recordings = tuple(
        PlannedRecording(
            source=draw(LOCATION),
            stamp=draw(STAMPS),
            target=target,
            mode=draw(st.sampled_from(FileMode)),
            rewrites=tuple(draw(st.lists(REWRITES, max_size=3))),
            media=tuple(draw(st.lists(st.sampled_from(brought), max_size=3))) if brought else (),
            notes=tuple(draw(st.lists(TEXT, max_size=2))),
        )
        for target in targets[split:]
    )
    return OrganizePlan(
        dandiset=draw(LOCATION),
        new_identifier=draw(st.none() | TEXT),
        media=media,
        recordings=recordings,
        settled=tuple(draw(st.lists(TEXT, max_size=2))),
        left_out=tuple(draw(st.lists(TEXT, max_size=2))),
        conflicts=tuple(draw(st.lists(CONFLICTS, max_size=2))),
        notes=tuple(draw(st.lists(TEXT, max_size=2))),
    )


@given(plans())
def test_a_plan_comes_back_as_it_went(plan: OrganizePlan) -> None:
    assert from_document(json.loads(json.dumps(to_document(plan)))) == plan


def sample() -> dict[str, Any]:
    stamp = Stamp(size=1, modified_ns=2, identity="3:4")
    return to_document(
        OrganizePlan(
            dandiset="/set",
            media=(PlannedMedia(source="/raw/a.mp4", stamp=stamp, target=("sub-1", "a.mp4")),),
            recordings=(
                PlannedRecording(
                    source="C:\\raw\\a.nwb",
                    stamp=stamp,
                    target=("sub-1", "sub-1.nwb"),
                    rewrites=(Rewrite(dataset="/a", index=0, old="a", new="b"),),
                    media=(("sub-1", "a.mp4"),),
                ),
            ),
        )
    )


def test_the_sample_is_a_plan() -> None:
    assert len(from_document(sample()).recordings) == 1


@pytest.mark.parametrize(
    "target",
    [
        ["..", "a.mp4"],
        ["sub-1", "..", "..", "a.mp4"],
        ["/etc", "a.mp4"],
        ["sub-1/../../a.mp4"],
        ["sub-1\\..\\a.mp4"],
        ["C:", "a.mp4"],
        ["sub-1", "a.mp4:stream"],
        ["sub-1", "."],
        ["sub-1", ""],
        ["sub-1", " "],
        ["sub-1", "a\0.mp4"],
        ["sub-1", "a\n.mp4"],
        [".git", "hooks"],
        ["sub-1", 7],
        [],
        "sub-1/a.mp4",
        None,
    ],
)
@pytest.mark.parametrize("kind", ["media", "recordings"])
def test_no_target_leaves_the_dandiset(kind: str, target: object) -> None:
    document = sample()
    document[kind][0]["target"] = target
    with pytest.raises(UsageError):
        from_document(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "something-else"),
        (("version",), 2),
        (("dandiset",), "relative/path"),
        (("dandiset",), 7),
        (("media",), {}),
        (("media", 0), "a.mp4"),
        (("media", 0, "source"), "../a.mp4"),
        (("media", 0, "mode"), "teleport"),
        (("media", 0, "remux"), 1),
        (("media", 0, "rate"), 0),
        (("media", 0, "rate"), float("nan")),
        (("media", 0, "stamp", "size"), -1),
        (("media", 0, "stamp", "size"), True),
        (("media", 0, "stamp", "modified_ns"), 2**70),
        (("recordings", 0, "rewrites", 0, "index"), 1.5),
        (("recordings", 0, "rewrites", 0, "new"), None),
        (("recordings", 0, "media", 0), ["sub-1", "not-brought.mp4"]),
        (("recordings", 0, "target"), ["sub-1", "a.mp4"]),
        (("settled",), [1]),
        (("surprise",), 1),
        (("media", 0, "surprise"), 1),
    ],
)
def test_what_is_malformed_is_refused_in_a_sentence(path: tuple[Any, ...], value: object) -> None:
    document = copy.deepcopy(sample())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(UsageError, match=r"\w+ \w+"):
        from_document(document)


@pytest.mark.parametrize("member", ["dandiset", "new_identifier", "media", "settled"])
def test_nothing_may_be_missing(member: str) -> None:
    document = sample()
    del document[member]
    with pytest.raises(UsageError, match=member):
        from_document(document)


@pytest.mark.parametrize("document", [None, [], "plan", {1: 2}])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(UsageError):
        from_document(document)
