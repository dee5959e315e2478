"""What to change in a skeleton: its edges stored again, or a skeleton added and linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from posecheck.model.edit import (
    TEXT,
    AddDataset,
    AddSoftLink,
    Edit,
    Reshape,
    SetDataset,
)
from posecheck.model.pose import PoseContainer, Skeleton
from posecheck.model.recording import Recording
from posecheck.rules.body_part_names import fold
from posecheck.rules.ndx_pose_version import is_older, ndx_pose
from posecheck.rules.shared_edits import add_behavior_module, add_object, path_of

BEHAVIOR_MODULE = "/processing/behavior"


_SKELETON_SINCE = "0.2.0"
"""The first version of ndx-pose that has the type Skeleton."""


def each_once(skeleton: Skeleton) -> Sequence[tuple[int, int]]:
    """Return the edges without those that were stored before, in one direction or the other."""
    kept: dict[frozenset[int], tuple[int, int]] = {}
    for edge in skeleton.edges or ():
        kept.setdefault(frozenset(edge), edge)
    return tuple(kept.values())


def store_edges(skeleton: Skeleton, edges: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    """Yield what stores other edges in a skeleton."""
    path = path_of(skeleton, "edges")
    yield SetDataset(path, tuple(edges), skeleton.edges_dtype)
    if not edges:
        yield Reshape(path, (0, 2))


def add_skeleton(recording: Recording, container: PoseContainer) -> Iterator[Edit]:
    """Link the skeleton whose nodes the series are, or else one that is made of them."""
    names = {fold(series.name) for series in container.series}
    fitting = [
        skeleton
        for skeleton in recording.skeletons
        if {fold(node) for node in skeleton.nodes or ()} == names
    ]
    if len(fitting) == 1:
        yield AddSoftLink(
            f"{container.path}/{_link_name(container, fitting[0].name)}", fitting[0].path
        )
    if fitting or not ndx_pose(recording) or is_older(recording, _SKELETON_SINCE):
        return
    holder, name = f"{BEHAVIOR_MODULE}/Skeletons", _link_name(container, "skeleton")
    path = f"{holder}/{name}"
    if path in recording.objects:
        path = f"{holder}/{container.name}_{name}"
    if path in recording.objects:
        return
    yield from add_behavior_module(recording)
    yield from add_object(recording, holder, "Skeletons", "ndx-pose")
    yield from add_object(recording, path, "Skeleton", "ndx-pose")
    yield AddDataset(f"{path}/nodes", tuple(series.name for series in container.series), TEXT)
    yield AddSoftLink(f"{container.path}/{name}", path)


def _link_name(container: PoseContainer, name: str) -> str:
    """Return a name for a link that no series has."""
    return name if all(series.name != name for series in container.series) else f"{name}_link"
