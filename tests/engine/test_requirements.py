from __future__ import annotations

import pytest

from posecheck.engine.requirements import Subject, missing_need
from posecheck.model.clock import Clock
from posecheck.model.external_file import ExternalFile, Target
from posecheck.model.facts import (
    ArrayInfo,
    ConfidenceFacts,
    InstanceFacts,
    PositionFacts,
    TimestampFacts,
)
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining, SkeletonInstance, TrainingFrame
from posecheck.model.recording import Dandiset, Recording
from posecheck.model.reference import parse_reference
from posecheck.model.rule import Need

STORED = ArrayInfo(shape=(5, 2))
EMPTY = ArrayInfo(shape=(0, 2))
VIRTUAL = ArrayInfo(shape=(5, 2), unread="virtual dataset")
FACTS = [need for need in Need if need not in {Need.DANDISET, Need.PYNWB, Need.METADATA}]

UNREAD = PoseSeries(
    name="nose",
    data=STORED,
    confidence_data=VIRTUAL,
    clock=Clock(timestamps=STORED),
)
READ = PoseSeries(
    name="tail",
    data=STORED,
    positions=PositionFacts(),
    confidence_data=STORED,
    confidence=ConfidenceFacts(),
    clock=Clock(timestamps=STORED, facts=TimestampFacts()),
)
BARE = PoseSeries(name="ear", data=EMPTY, clock=Clock(rate=30.0))
INSTANCE = SkeletonInstance(name="mouse", locations=STORED)


def entry(text: str, target: Target | None = None) -> ExternalFile:
    return ExternalFile(reference=parse_reference(text), target=target)


def training(instance: SkeletonInstance) -> PoseTraining:
    return PoseTraining(frames=(TrainingFrame(instances=(instance,)),))


def recording_of(subject: Subject) -> Recording:
    match subject:
        case PoseSeries():
            return Recording(containers=(PoseContainer(series=(READ, subject)),))
        case PoseContainer():
            return Recording(containers=(PoseContainer(views=(subject,)),))
        case Video():
            return Recording(videos=(subject,))
        case ExternalImage():
            return Recording(images=(subject,))
        case PoseTraining():
            return Recording(trainings=(subject,))
        case _:
            raise AssertionError(subject)


@pytest.mark.parametrize(
    ("subject", "need", "reason"),
    [
        (UNREAD, Need.POSITIONS, "nose/data: not read"),
        (UNREAD, Need.REPROJECTION, "nose/data: not read"),
        (UNREAD, Need.CONFIDENCE, "nose/confidence: virtual dataset"),
        (UNREAD, Need.TIMESTAMPS, "nose/timestamps: not read"),
        (UNREAD, Need.CLOCKS, "nose/timestamps: not read"),
        (PoseContainer(series=(READ, UNREAD)), Need.POSITIONS, "nose/data: not read"),
        (Video(clock=Clock(timestamps=VIRTUAL)), Need.TIMESTAMPS, "video/timestamps: virtual"),
        (training(INSTANCE), Need.INSTANCES, "mouse/node_locations: not read"),
        (Video(external_files=(entry("a.mp4"),)), Need.TARGETS, "nobody looked whether 'a.mp4'"),
        (ExternalImage(files=(entry("/a.png"),)), Need.TARGETS, "nobody looked whether '/a.png'"),
        (
            PoseContainer(original_videos=(entry("a.mp4"),)),
            Need.TARGETS,
            "nobody looked whether 'a.mp4'",
        ),
    ],
)
def test_what_is_stored_and_was_not_looked_at_is_missing(
    subject: Subject, need: Need, reason: str
) -> None:
    recording = recording_of(subject)
    assert missing_need(recording, subject, [need]).startswith(reason)
    assert missing_need(recording, recording, [need]).startswith(reason)


@pytest.mark.parametrize("need", FACTS)
@pytest.mark.parametrize(
    "subject",
    [
        READ,
        BARE,
        PoseContainer(series=(READ, BARE)),
        training(SkeletonInstance(locations=STORED, facts=InstanceFacts())),
        training(SkeletonInstance()),
        Video(clock=Clock(rate=30.0)),
        Video(external_files=(entry("a.mp4", Target()), entry("https://x.org/a.mp4"), entry(""))),
    ],
)
def test_what_was_read_or_is_not_stored_is_not_missing(subject: Subject, need: Need) -> None:
    recording = recording_of(subject)
    assert missing_need(recording, subject, [need]) == ""
    assert missing_need(recording, recording, [need]) == ""


@pytest.mark.parametrize("need", FACTS)
@pytest.mark.parametrize("subject", [Skeleton(), Device()])
def test_skeletons_and_cameras_come_whole(subject: Subject, need: Need) -> None:
    assert missing_need(Recording(), subject, [need]) == ""


def test_a_dandiset_is_the_files() -> None:
    assert missing_need(Recording(), Video(), [Need.DANDISET]) == "not inside a dandiset"
    assert missing_need(Recording(dandiset=Dandiset()), Video(), [Need.DANDISET]) == ""


def test_the_first_missing_need_is_the_reason() -> None:
    needs = [Need.CONFIDENCE, Need.POSITIONS, Need.DANDISET]
    assert missing_need(Recording(), UNREAD, needs) == "nose/confidence: virtual dataset"
