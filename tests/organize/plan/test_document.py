"""A plan as a document: it comes back as it went, and a forged one is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.model.errors import UsageError
from posecheck.model.stamp import Stamp
from posecheck.model.string_change import StringChange
from posecheck.organize.plan.document import from_document, to_document
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.transaction.steps import TransferMode

TEXT = st.text(max_size=12)
LOCATION = TEXT.filter(lambda text: "\0" not in text).map(lambda text: f"/{text}")
LABEL = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9+-]{0,8}", fullmatch=True)
IDENTIFIER = st.from_regex(r"(DANDI:)?[0-9]{6}", fullmatch=True)
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


@st.composite
def plans(draw: st.DrawFn) -> OrganizePlan:
    """A plan of one subject: videos, and recordings that refer to some of them."""
    subject = f"sub-{draw(LABEL)}"
    sessions = draw(st.lists(LABEL, unique_by=str.casefold, max_size=5))
    split = draw(st.integers(0, len(sessions)))
    media = tuple(
        PlannedMedia(
            source=f"{draw(LOCATION)}/{session}.mp4",
            stamp=draw(STAMPS),
            target=(subject, f"{subject}_ses-{session}", "top.mp4"),
            mode=draw(
                st.sampled_from([mode for mode in TransferMode if mode is not TransferMode.MOVE])
            ),
            remux=draw(st.booleans()),
            annexed=draw(st.booleans()),
            rate=draw(st.none() | st.floats(0.01, 1e6)),
        )
        for session in sessions[:split]
    )
    brought = [item.target for item in media]
    referred = st.lists(st.sampled_from(brought), max_size=3) if brought else st.just([])
    recordings = tuple(
        PlannedRecording(
            source=draw(LOCATION),
            stamp=draw(STAMPS),
            target=(subject, f"{subject}_ses-{session}_behavior.nwb"),
            mode=FileMode.COPY,
            rewrites=tuple(
                StringChange(
                    dataset=draw(TEXT),
                    index=draw(st.none() | st.integers(0, 99)),
                    old=draw(TEXT),
                    new="/".join(target[1:]),
                )
                for target in draw(referred)
            ),
            media=tuple(draw(referred)),
            notes=tuple(draw(st.lists(TEXT, max_size=2))),
        )
        for session in sessions[split:]
    )
    return OrganizePlan(
        dandiset=draw(LOCATION.filter(lambda text: ".." not in text.split("/"))),
        new_identifier=draw(st.none() | IDENTIFIER),
        media=media,
        recordings=recordings,
        settled=tuple(draw(st.lists(TEXT, max_size=2))),
        left_out=tuple(draw(st.lists(TEXT, max_size=2))),
        conflicts=tuple(draw(st.lists(CONFLICTS, max_size=2))),
        notes=tuple(draw(st.lists(TEXT, max_size=2))),
    )


@pytest.mark.slow
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
                    rewrites=(StringChange(dataset="/a", index=0, old="a", new="a.mp4"),),
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


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("dandiset",), "/home/me/../../etc", "no absolute path"),
        (("new_identifier",), "../x", "no identifier"),
        (("recordings", 0, "target"), ["foo.txt"], "no place of DANDI's"),
        (("recordings", 0, "target"), ["sub-1", "deep", "sub-1.nwb"], "no place of DANDI's"),
        (("recordings", 0, "target"), ["sub-1", f"sub-{'1' * 300}.nwb"], "no file system"),
        (("media", 0, "target"), ["sub-1", "x" * 304, "a.mp4"], "no file system"),
        (("media", 0, "target"), ["sub-1", "über.mp4"], "the archive stores no path"),
        (("media", 0, "target"), ["sub-1", "sub-1.nwb", "a.mp4"], "a file and a folder"),
        (("media", 0, "target"), ["SUB-1", "SUB-1.NWB"], "one place"),
        (("media", 0, "source"), "/etc/passwd", "of another kind"),
        (("media", 0, "source"), "/home/me/private.mov", "of another kind"),
        (("media", 0, "target"), ["sub-1", "a"], "no video or image"),
        (("media",), [], "that it does not place"),
        (("recordings", 0, "rewrites", 0, "new"), "../../../../etc/passwd", "no relative path"),
        (("recordings", 0, "rewrites", 0, "new"), "/etc/passwd", "no relative path"),
        (("recordings", 0, "rewrites", 0, "new"), "https://example.org/a.mp4", "no relative path"),
        (("recordings", 0, "rewrites", 0, "new"), "x/../a.mp4", "no relative path"),
        (("recordings", 0, "rewrites", 0, "new"), "", "no relative path"),
        (("recordings", 0, "rewrites", 0, "new"), "../.git/config", "no relative path"),
    ],
)
def test_what_posecheck_would_not_plan_is_refused(
    path: tuple[Any, ...], value: object, message: str
) -> None:
    document = sample()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(UsageError, match=message):
        from_document(document)


def test_one_source_is_moved_to_one_place() -> None:
    document = sample()
    document["media"][0]["mode"] = "move"
    again = copy.deepcopy(document["media"][0])
    again["target"] = ["sub-1", "b.mp4"]
    document["media"].append(again)
    with pytest.raises(UsageError, match="to two places"):
        from_document(document)


def test_what_is_blocked_can_be_shown_whatever_it_plans() -> None:
    document = sample()
    document["recordings"][0]["target"] = ["sub-1", "no name of DANDI's.nwb"]
    document["conflicts"] = [
        {"kind": "name-impossible", "source": "a.nwb", "location": "", "reason": "", "remedy": ""}
    ]
    assert from_document(document).is_blocked


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
