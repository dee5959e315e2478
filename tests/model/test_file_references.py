"""Every field that names files is in the one enumeration, and no caller lists them itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from posecheck.model import image_series, pose
from posecheck.model.external_file import ExternalFile
from posecheck.model.file_references import references_of
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording
from posecheck.model.reference import parse_reference


def named(text: str, index: int = 0) -> ExternalFile:
    return ExternalFile(index=index, reference=parse_reference(text))


RECORDING = Recording(
    videos=(
        Video(path="/acquisition/cam", external_files=(named("a.mp4"), named("b.mp4", 1))),
        Video(path="/acquisition/inside"),
        Video(path="/acquisition/none", external_files=()),
    ),
    images=(ExternalImage(path="/acquisition/images/a", files=(named("a.png"),)),),
    containers=(
        PoseContainer(
            path="/p/multi",
            multi_camera=True,
            views=(PoseContainer(path="/p/multi/view", labeled_videos=(named("l.mp4"),)),),
        ),
        PoseContainer(path="/p/old", original_videos=(named("o.mp4"),)),
    ),
)


def test_videos_images_and_containers_in_this_order() -> None:
    assert [
        (each.dataset, [each.entry(file) for file in each.files]) for each in RECORDING.references()
    ] == [
        ("/acquisition/cam/external_file", ["external_file[0]", "external_file[1]"]),
        ("/acquisition/none/external_file", []),
        ("/acquisition/images/a", ["the ExternalImage"]),
        ("/p/multi/view/labeled_videos", ["labeled_videos[0]"]),
        ("/p/old/original_videos", ["original_videos[0]"]),
    ]


def test_the_lists_of_old_files_are_distinguished_from_the_others() -> None:
    deprecated = [each.owner.path for each in RECORDING.references() if each.field.is_deprecated]
    assert deprecated == ["/p/multi/view", "/p/old"]


KINDS = [
    kind
    for module in (image_series, pose)
    for kind in vars(module).values()
    if dataclasses.is_dataclass(kind)
    and isinstance(kind, type)
    and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_field_of_the_model_is_left_out(kind: type[Any]) -> None:
    fields = [each.name for each in dataclasses.fields(kind) if "ExternalFile" in str(each.type)]
    if fields:
        owner = kind(**{name: (named(f"{name}.mp4"),) for name in fields})
        found = [file.reference.text for each in references_of(owner) for file in each.files]
        assert found == [f"{name}.mp4" for name in fields]
