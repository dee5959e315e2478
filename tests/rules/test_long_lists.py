"""What a rule takes grows with the number of files that a video lists, and not with its square."""

from __future__ import annotations

import gc
import time

import pytest

from posecheck.catalog import load_catalog
from posecheck.catalog.subjects import SUBJECT_TYPES
from posecheck.model.external_file import Candidate, ExternalFile, Target, TargetState
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording
from posecheck.model.reference import parse_reference
from posecheck.model.rule import Params, Rule
from posecheck.rules import evaluate_rule

pytestmark = pytest.mark.slow

_FEW, _MANY = 300, 3_000
_UNMEASURABLE = 0.02
"""Seconds below which two runs are not compared."""

RULES = [
    rule
    for rule in load_catalog()
    if "video.external_files" in rule.reads and SUBJECT_TYPES[rule.scope] in {Recording, Video}
]


def listing(count: int, suffix: str) -> Video:
    files = tuple(
        ExternalFile(
            index=index,
            reference=parse_reference(f"/lab/frames/{index:06}{suffix}"),
            target=Target(
                state=TargetState.UNKNOWN, candidate=Candidate(reference=f"{index:06}{suffix}")
            ),
        )
        for index in range(count)
    )
    return Video(
        name="top",
        path="/acquisition/top",
        external_files=files,
        starting_frame=tuple(range(count)),
        num_samples=count,
    )


def seconds(rule: Rule, count: int, suffix: str) -> float:
    video = listing(count, suffix)
    container = PoseContainer(name="pose", path="/pose", source_video=video.path)
    recording = Recording(videos=(video,), containers=(container,))
    params = Params({each.name: each.default or (".mp4",) for each in rule.parameters})
    subject = video if SUBJECT_TYPES[rule.scope] is Video else recording
    gc.disable()  # the garbage of other tests is not the rule's
    try:
        began = time.process_time()
        list(evaluate_rule(rule, subject, params))
        return time.process_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_ten_times_the_files_take_no_hundred_times_as_long(rule: Rule, suffix: str) -> None:
    few = max(seconds(rule, _FEW, suffix), _UNMEASURABLE)

    assert seconds(rule, _MANY, suffix) < 25 * few
