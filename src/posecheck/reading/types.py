"""Which neurodata types a stored type inherits from.

The types of NWB's core and of ndx-pose that matter here are known; any other is looked up in the
specification that the file carries, so that a subclass of some lab's extension is recognized.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from posecheck.storage import Array, Group, LinkKind, StorageError

POSE_NAMESPACE = "ndx-pose"
CORE_NAMESPACE = "core"

_KNOWN: Mapping[tuple[str, str], str] = {
    # NWB core, as of 2.9
    ("core", "NWBFile"): "NWBContainer",
    ("core", "Subject"): "NWBContainer",
    ("core", "Device"): "NWBContainer",
    ("core", "ProcessingModule"): "NWBContainer",
    ("core", "NWBDataInterface"): "NWBContainer",
    ("core", "TimeSeries"): "NWBDataInterface",
    ("core", "SpatialSeries"): "TimeSeries",
    ("core", "ImageSeries"): "TimeSeries",
    ("core", "ImageMaskSeries"): "ImageSeries",
    ("core", "OpticalSeries"): "ImageSeries",
    ("core", "OnePhotonSeries"): "ImageSeries",
    ("core", "TwoPhotonSeries"): "ImageSeries",
    ("core", "IndexSeries"): "TimeSeries",
    ("core", "BaseImage"): "NWBData",
    ("core", "Image"): "BaseImage",
    ("core", "ExternalImage"): "BaseImage",
    ("core", "GrayscaleImage"): "Image",
    ("core", "RGBImage"): "Image",
    ("core", "RGBAImage"): "Image",
    # ndx-pose 0.1 to 0.4
    ("ndx-pose", "PoseEstimation"): "NWBDataInterface",
    ("ndx-pose", "MultiCameraPoseEstimation"): "NWBDataInterface",
    ("ndx-pose", "PoseEstimationSeries"): "SpatialSeries",
    ("ndx-pose", "Skeleton"): "NWBDataInterface",
    ("ndx-pose", "Skeletons"): "NWBDataInterface",
    ("ndx-pose", "CalibratedCamera"): "Device",
    ("ndx-pose", "PoseTraining"): "NWBDataInterface",
    ("ndx-pose", "TrainingFrames"): "NWBDataInterface",
    ("ndx-pose", "TrainingFrame"): "NWBDataInterface",
    ("ndx-pose", "SkeletonInstances"): "NWBDataInterface",
    ("ndx-pose", "SkeletonInstance"): "NWBDataInterface",
    ("ndx-pose", "SourceVideos"): "NWBDataInterface",
}
_LONGEST_SPECIFICATION = 16 * 1024**2
_DEEPEST_LINEAGE = 32


class TypeLineage:
    """The types of one file.

    Parameters
    ----------
    root
        The file's root group; its cached specifications are parsed when the first type asks for
        them.
    """

    def __init__(self, root: Group) -> None:
        self._root = root
        self._parents: dict[tuple[str, str], str] = dict(_KNOWN)
        self._cached_read = False
        self._memory: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, namespace: str, neurodata_type: str) -> tuple[str, ...]:
        """Return a type and its ancestors, nearest first.

        A type of ndx-pose's name in another namespace is not taken for one of ndx-pose's, unless
        the cached specification says that it inherits from it.
        """
        key = (namespace, neurodata_type)
        if key not in self._memory:
            self._memory[key] = tuple(self._climb(namespace, neurodata_type))
        return self._memory[key]

    def _climb(self, namespace: str, neurodata_type: str) -> Iterator[str]:
        if namespace not in {CORE_NAMESPACE, POSE_NAMESPACE, "hdmf-common", "hdmf-experimental"}:
            self._read_cached()
        yield self._qualified(namespace, neurodata_type)
        current = (namespace, neurodata_type)
        for _ in range(_DEEPEST_LINEAGE):
            parent = self._parents.get(current)
            if parent is None:
                return
            current = self._home(current[0], parent)
            yield self._qualified(*current)

    def _home(self, namespace: str, parent: str) -> tuple[str, str]:
        """Find the namespace of an ancestor: its own, then ndx-pose and core, then any."""
        for candidate in (namespace, POSE_NAMESPACE, CORE_NAMESPACE):
            if (candidate, parent) in self._parents:
                return candidate, parent
        return next((key for key in self._parents if key[1] == parent), (CORE_NAMESPACE, parent))

    @staticmethod
    def _qualified(namespace: str, neurodata_type: str) -> str:
        # A foreign type may carry a familiar name: only known ones go without their namespace.
        if (namespace, neurodata_type) in _KNOWN or namespace == CORE_NAMESPACE:
            return neurodata_type
        return f"{namespace}:{neurodata_type}"

    def _read_cached(self) -> None:
        if self._cached_read:
            return
        self._cached_read = True
        for namespace, group in cached_namespaces(self._root).items():
            if namespace in {"hdmf-common", "hdmf-experimental"}:
                continue
            for definition in _definitions(group):
                name, parent = definition
                self._parents.setdefault((namespace, name), parent)


def cached_namespaces(root: Group) -> dict[str, Group]:
    """Return the newest cached version of each namespace, by name.

    Its group's name is the version.
    """
    newest: dict[str, Group] = {}
    for namespace in _subgroups(_specifications(root)):
        versions = sorted(_subgroups(namespace), key=lambda group: _version_key(group.name))
        if versions:
            newest[namespace.name] = versions[-1]
    return newest


def cached_versions(root: Group) -> dict[str, str]:
    """Return the newest cached version of each namespace."""
    return {name: group.name for name, group in cached_namespaces(root).items()}


def _specifications(root: Group) -> Group | None:
    for link in root.links():
        if link.name == "specifications" and link.kind is LinkKind.HARD:
            try:
                member = root.member(link)
            except StorageError:
                return None
            return member if isinstance(member, Group) else None
    return None


def _subgroups(group: Group | None) -> Iterator[Group]:
    if group is None:
        return
    for link in group.links():
        if link.kind is not LinkKind.HARD:
            continue
        try:
            member = group.member(link)
        except StorageError:
            continue
        if isinstance(member, Group):
            yield member


def _definitions(version: Group) -> Iterator[tuple[str, str]]:
    for link in version.links():
        if link.kind is not LinkKind.HARD:
            continue
        try:
            member = version.member(link)
            if not isinstance(member, Array) or member.info.shape not in {(), (1,)}:
                continue
            text = member.value(1)
        except StorageError:
            continue
        text = text[0] if isinstance(text, tuple) and text else text
        if not isinstance(text, str) or len(text) > _LONGEST_SPECIFICATION:
            continue
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            continue
        yield from _definitions_in(document)


def _definitions_in(document: Any) -> Iterator[tuple[str, str]]:
    waiting = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            name = item.get("neurodata_type_def", item.get("data_type_def"))
            parent = item.get("neurodata_type_inc", item.get("data_type_inc"))
            if isinstance(name, str) and isinstance(parent, str):
                yield name, parent
            waiting.extend(value for value in item.values() if isinstance(value, list | dict))


def _version_key(version: str) -> tuple[tuple[int, str], ...]:
    parts = version.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
