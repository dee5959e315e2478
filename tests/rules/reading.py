"""Which fields of the model a rule's function looks at, found out by watching it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from posecheck.model.clock import Clock
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import SkeletonInstance, TrainingFrame
from posecheck.model.recording import Recording, Subject
from posecheck.model.stored_fields import STORED_FIELDS

KINDS: dict[type, str] = {
    Clock: "clock",
    Device: "camera",
    ExternalImage: "image",
    PoseContainer: "container",
    PoseSeries: "series",
    Recording: "recording",
    Skeleton: "skeleton",
    SkeletonInstance: "instance",
    Subject: "subject",
    TrainingFrame: "frame",
    Video: "video",
}
DERIVED = {
    "series.positions": ("series.data",),
    "series.confidence_data": ("series.confidence",),
    "clock.facts": ("clock.timestamps",),
    "skeleton.edges_shape": ("skeleton.edges",),
    "skeleton.edges_dtype": ("skeleton.edges",),
    "frame.frame_index_dtype": ("frame.frame_index",),
    "instance.facts": ("instance.locations", "instance.visibility"),
    "container.clock_differences": ("clock.rate", "clock.start", "clock.timestamps"),
    "container.reprojection": (
        "camera.intrinsic_matrix",
        "camera.rotation_matrix",
        "camera.translation_vector",
        "camera.distortion_coefficients",
        "series.data",
    ),
}
"""What the model derives from stored fields."""


@contextmanager
def watched() -> Iterator[set[str]]:
    """Collect the fields that are looked at, as a declaration names them."""
    fields: set[str] = set()
    for model, kind in KINDS.items():
        _watch(model, kind, fields)
    try:
        yield fields
    finally:
        for model in KINDS:
            del model.__getattribute__


def _watch(model: type, kind: str, fields: set[str]) -> None:
    def look(self: Any, name: str) -> Any:
        field = f"{kind}.{name}"
        if field in DERIVED:
            fields.update(DERIVED[field])
        elif name in STORED_FIELDS[kind]:
            fields.add(field)
        return object.__getattribute__(self, name)

    model.__getattribute__ = look  # type: ignore[method-assign, assignment]
