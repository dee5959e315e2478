"""What ``posecheck info`` shows of a recording."""

from __future__ import annotations

import io
import json

import pytest

from posecheck.model.clock import Clock
from posecheck.model.external_file import Candidate, ExternalFile, Target, TargetState
from posecheck.model.facts import ArrayInfo, ConfidenceFacts, PositionFacts, TimestampFacts
from posecheck.model.image_series import Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining, SkeletonInstance, TrainingFrame
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Dandiset, Recording, Subject
from posecheck.model.reference import parse_reference
from posecheck.report.console import open_console
from posecheck.report.contents import contents_to_json, print_contents
from posecheck.report.descriptions import describe_clock

SKELETON = Skeleton(
    name="mouse", nodes=("nose", "neck", "tail"), edges=((0, 1), (1, 2)), path="/p/Skeletons/mouse"
)


def series(name: str) -> PoseSeries:
    return PoseSeries(
        name=name,
        path=f"/p/PoseEstimation/{name}",
        data=ArrayInfo(shape=(2330, 2)),
        positions=PositionFacts(frames=2330, missing=466),
        unit="pixels",
        confidence_data=ArrayInfo(shape=(2330,)),
        confidence=ConfidenceFacts(count=2330, finite=2330, low=0.012, high=0.9987),
        clock=Clock(rate=30.0, start=0.0),
    )


def recording(**changes: object) -> Recording:
    container = PoseContainer(
        series=tuple(series(name) for name in ("nose", "neck", "tail")),
        skeleton=SKELETON,
        source_software="DeepLabCut",
        source_software_version="2.3.9",
        source_video="/acquisition/front",
    )
    fields: dict[str, object] = {
        "file": "sub-M01/sub-M01_ses-day1_behavior+image.nwb",
        "nwb_version": "2.9.0",
        "identifier": "3d1f",
        "session_id": "day1",
        "session_start_time": "2024-05-01T09:00:00+02:00",
        "subject": Subject(subject_id="M01", species="Mus musculus", sex="F", age="P90D"),
        "specifications": {"core": "2.9.0", "ndx-pose": "0.2.0"},
        "containers": (container,),
        "skeletons": (SKELETON,),
        "devices": (Device(name="camera", description="Basler"),),
        "videos": (
            Video(
                name="front",
                path="/acquisition/front",
                format="external",
                dimension=(640, 480),
                clock=Clock(rate=30.0),
                external_files=(
                    ExternalFile(
                        reference=parse_reference("front/a.mp4"),
                        target=Target(state=TargetState.PRESENT, size=1_048_576),
                    ),
                    ExternalFile(
                        index=1,
                        reference=parse_reference("D:\\lab\\b.mp4"),
                        target=Target(
                            state=TargetState.UNKNOWN, candidate=Candidate(reference="b.mp4")
                        ),
                    ),
                ),
                source_of=("/processing/behavior/PoseEstimation",),
            ),
        ),
        "dandiset": Dandiset(path=("sub-M01", "sub-M01_ses-day1_behavior+image.nwb")),
    }
    return Recording(**(fields | changes))  # type: ignore[arg-type]


def shown(subject: Recording, *, verbose: bool = False) -> str:
    stream = io.StringIO()
    print_contents(subject, open_console(stream, color=False), verbose=verbose)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def test_a_typical_recording_reads_like_this() -> None:
    assert shown(recording()) == (
        """\
sub-M01/sub-M01_ses-day1_behavior+image.nwb
  versions    NWB 2.9.0, core 2.9.0, ndx-pose 0.2.0
  session     day1, started 2024-05-01T09:00:00+02:00
  identifier  3d1f
  subject     M01, Mus musculus, F, P90D
  in dandiset sub-M01/sub-M01_ses-day1_behavior+image.nwb

Pose
└── PoseEstimation  /processing/behavior/PoseEstimation
    ├── software: DeepLabCut 2.3.9
    ├── source video: /acquisition/front
    ├── mouse  Skeleton of 3 nodes, 2 edges  /p/Skeletons/mouse
    │   ├── nodes: nose, neck, tail
    │   └── edges: nose–neck, neck–tail
    └── series  frames  dims  unit    clock           missing  confidence
        nose     2,330     2  pixels  30 Hz from 0 s    20.0%  0.012 … 0.999
        neck     2,330     2  pixels  30 Hz from 0 s    20.0%  0.012 … 0.999
        tail     2,330     2  pixels  30 Hz from 0 s    20.0%  0.012 … 0.999

Devices
└── camera  device  /general/devices/camera
    └── Basler

Videos
└── front  ImageSeries  /acquisition/front
    ├── format external, 640 × 480, 30 Hz
    ├── source of: /processing/behavior/PoseEstimation
    ├── front/a.mp4  is there, 1,048,576 bytes
    └── D:\\lab\\b.mp4  not looked at; a file of that name lies beside the NWB file
"""
    )


def test_nothing_known_is_no_reason_to_fail() -> None:
    text = shown(Recording(file="empty.nwb"))
    assert "session     –" in text
    assert "No pose data in this file." in text


def test_problems_and_training_data_are_shown() -> None:
    frames = tuple(
        TrainingFrame(name=f"frame_{n}", annotator="Ada", instances=(SkeletonInstance(),) * 2)
        for n in range(3)
    )
    problem = Problem(kind=ProblemKind.DANGLING_LINK, location="/a/b", detail="it leads nowhere")
    text = shown(recording(trainings=(PoseTraining(frames=frames),), problems=(problem,)))
    assert "3 labeled frames, 6 instances" in text
    assert "annotators: Ada" in text
    assert "dangling link at /a/b: it leads nowhere" in text


def test_an_edge_to_no_node_is_shown_by_its_index() -> None:
    skeleton = Skeleton(nodes=("nose",), edges=((0, 7), (-1, 0)))
    text = shown(recording(containers=(PoseContainer(skeleton=skeleton),)))
    assert "edges: nose–[7], [-1]–nose" in text


def test_views_are_shown_inside_their_container() -> None:
    view = PoseContainer(name="left", path="/p/m/left", parent="/p/m")
    multi = PoseContainer(name="m", path="/p/m", multi_camera=True, views=(view,))
    lines = shown(recording(containers=(multi,))).splitlines()
    (index,) = (n for n, line in enumerate(lines) if "/p/m/left" in line)
    assert lines[index].startswith("    └── left")


@pytest.mark.slow
def test_much_is_cut_with_a_count_unless_all_is_requested() -> None:
    container = PoseContainer(series=tuple(series(f"node{n}") for n in range(60)))
    subject = recording(containers=(container,) * 20)
    text, everything = shown(subject), shown(subject, verbose=True)
    assert "… and 20 more; --verbose lists them" in text
    assert "60 series of up to 2,330 frames" in text
    assert "node59" not in text
    assert everything.count("node59") == 20


def test_names_from_the_file_are_shown_and_do_nothing() -> None:
    hostile = "\x1b[2J[red]no\nse\u202e"
    text = shown(
        recording(
            file=hostile,
            session_id=hostile,
            provenance={f"/general/{hostile}": hostile},
            specifications={hostile: hostile},
            containers=(
                PoseContainer(
                    name=hostile,
                    path=hostile,
                    scorer=hostile,
                    skeleton=Skeleton(name=hostile, nodes=(hostile,), edges=((0, 0),)),
                    series=(PoseSeries(name=hostile, unit=hostile),),
                    original_videos=(ExternalFile(reference=parse_reference(hostile)),),
                ),
            ),
            devices=(Device(name=hostile, description=hostile),),
            videos=(Video(name=hostile, path=hostile, format=hostile, device=hostile),),
            problems=(Problem(kind=ProblemKind.MALFORMED, location=hostile, detail=hostile),),
        )
    )
    assert r"\x1b[2J[red]no\nse\u202e" in text
    assert text.replace("\n", "").isprintable()


def test_json_holds_the_whole_model() -> None:
    document = json.loads(contents_to_json(recording(), "0.1.0"))
    assert document["posecheck"] == "0.1.0"
    container = document["recording"]["containers"][0]
    assert container["skeleton"]["edges"] == [[0, 1], [1, 2]]
    assert container["series"][0]["confidence"]["high"] == 0.9987
    assert document["recording"]["videos"][0]["external_files"][1]["target"]["state"] == "unknown"


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (Clock(), "no clock"),
        (Clock(rate=29.97), "29.97 Hz"),
        (Clock(rate=30.0, start=1.5), "30 Hz from 1.5 s"),
        (Clock(timestamps=ArrayInfo(shape=(90,))), "90 timestamps, not read"),
        (
            Clock(
                timestamps=ArrayInfo(shape=(90,)),
                facts=TimestampFacts(count=90, first=0.0, last=2.9667, median_step=1 / 30),
            ),
            "timestamps 0 … 2.9667 s, about 30 Hz",
        ),
        (
            Clock(timestamps=ArrayInfo(shape=(2,)), facts=TimestampFacts(count=2)),
            "timestamps nan … nan s",
        ),
    ],
)
def test_a_clock_in_words(clock: Clock, words: str) -> None:
    assert describe_clock(clock) == words


def test_a_scorer_that_is_a_whole_configuration_is_one_short_line() -> None:
    dump = "{'model':\n  '" + "x" * 2_000 + "'}"
    subject = recording(containers=(PoseContainer(scorer=dump, description="d"),))
    (line,) = (line for line in shown(subject).splitlines() if "scorer:" in line)
    assert "\\n" not in line
    assert len(line) < 200
    assert "characters; --verbose shows all" in line
    assert "x" * 2_000 in "".join(shown(subject, verbose=True).split())
