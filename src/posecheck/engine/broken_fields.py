"""Which fields of a recording are stored and cannot be understood, so that no rule misjudges them.

A rule that reads such a field is skipped on the object, with a reason: what is there is not absent,
and what follows from a wrong type or shape is no second defect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from posecheck.engine.requirements import Subject
from posecheck.model.facts import ArrayInfo
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.rule import Rule
from posecheck.model.stored_fields import ANY_MEMBER, STORED_FIELDS, StoredField, stored_fields

_SUBJECT = "/general/subject"
_FIELD_PROBLEMS = (
    ProblemKind.MALFORMED,
    ProblemKind.UNREADABLE_PART,
    ProblemKind.DANGLING_LINK,
    ProblemKind.EXTERNAL_DATA,
)

_Object = Video | ExternalImage | Device | Skeleton | PoseSeries | PoseContainer | PoseTraining

_KINDS: Mapping[type, tuple[str, ...]] = {
    Video: ("video", "clock"),
    ExternalImage: ("image",),
    Skeleton: ("skeleton",),
    Device: ("camera",),
}

Part = tuple[str, str]
"""A kind of object, as `STORED_FIELDS` names it, and its path."""


class BrokenFields:
    """The fields of one recording that cannot be understood.

    Parameters
    ----------
    recording
        As it was read: its problems say which fields were malformed, its headers which have a
        shape that nothing can be read from.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._places = {
            (place, problem.attribute)
            for problem in recording.problems_of(*_FIELD_PROBLEMS)
            for place in (problem.location, _field_place(problem))
        }
        self._ill_shaped = set(_ill_shaped(recording))
        self._holders = {place.rpartition("/")[0] for place, _ in self._places}
        self._objects = _objects_of(recording) if self._any else {}

    @property
    def _any(self) -> bool:
        return bool(self._places or self._ill_shaped)

    def reason(self, rule: Rule, subject: Subject) -> str:
        """Return why a rule cannot be evaluated, as a clause; empty if no field prevents it.

        A rule on the whole file is evaluated all the same: `reason_at` keeps it from single
        objects.
        """
        if not self._any or not rule.reads or isinstance(subject, Recording):
            return ""
        return self._first(rule, _parts_of(subject, self._recording))

    def reason_at(self, rule: Rule, location: str) -> str:
        """Return why a rule on the whole file may not report an object that it checked."""
        if not self._any or not rule.reads:
            return ""
        place = location
        while place and place not in self._objects:
            place = place.rpartition("/")[0]
        parts = self._objects.get(place)
        return self._first(rule, parts) if parts else ""

    def _first(self, rule: Rule, parts: Iterable[Part]) -> str:
        parts = tuple(parts)
        for field in rule.reads:
            kind = field.partition(".")[0]
            for part_kind, path in parts:
                if part_kind == kind and self._is_broken(path, field, rule):
                    name = path.rpartition("/")[2]
                    return f"{name}: {_called(field)} is not stored as NWB stores it"
        return ""

    def _is_broken(self, path: str, field: str, rule: Rule) -> bool:
        if (path, field) in self._ill_shaped and field not in rule.reports:
            return True
        return any(self._is_stored_badly(path, each, field) for each in stored_fields(field))

    def _is_stored_badly(self, path: str, stored: StoredField, field: str) -> bool:
        if stored.member == ANY_MEMBER:
            return path in self._holders and self._has_unknown_member(path, field)
        place = f"{path.rstrip('/')}/{stored.member}" if stored.member else path
        whole = "" if stored.member else stored.attribute
        return bool({(place, stored.attribute), (place, whole)} & self._places)

    def _has_unknown_member(self, path: str, field: str) -> bool:
        known = {
            each.member
            for places in STORED_FIELDS[field.partition(".")[0]].values()
            for each in places
        }
        return any(
            place.rpartition("/")[0] == path
            and place.rpartition("/")[2] not in known
            and attribute in {"", "neurodata_type"}
            for place, attribute in self._places
        )


def _field_place(problem: Problem) -> str:
    if not problem.owner:
        return problem.location
    if not problem.member:
        return problem.owner
    return f"{problem.owner.rstrip('/')}/{problem.member}"


def _called(field: str) -> str:
    stored = stored_fields(field)[0]
    if stored.member == ANY_MEMBER:
        return "a member"
    return stored.attribute or stored.member or "its value"


def _ill_shaped(recording: Recording) -> Iterator[tuple[str, str]]:
    for series in recording.every_series():
        info = series.data
        if info is not None and info.length and not _is_trajectory(info):
            yield series.path, "series.data"
    for skeleton in recording.every_skeleton():
        shape = skeleton.edges_shape
        if shape is not None and (len(shape) != 2 or shape[1] != 2):
            yield skeleton.path, "skeleton.edges"


def _is_trajectory(info: ArrayInfo) -> bool:
    return len(info.shape) == 2 and info.shape[1] in {2, 3}


def _objects_of(recording: Recording) -> Mapping[str, tuple[Part, ...]]:
    """Return, for the path of each object, what a judgement of it looks at."""
    objects: dict[str, tuple[Part, ...]] = {}
    subjects: list[_Object] = [*recording.videos, *recording.images, *recording.devices]
    subjects += recording.every_skeleton()
    subjects += recording.every_series()
    subjects += recording.every_container()
    subjects += recording.trainings
    for subject in subjects:
        # ndx-pose 0.1 keeps a skeleton on its container: one path, two objects.
        parts = (*objects.get(subject.path, ()), *_parts_of(subject, recording))
        objects[subject.path] = tuple(dict.fromkeys(parts))
    for training in recording.trainings:
        for frame in training.frames:
            parts = (("frame", frame.path), *_video_parts(recording, frame.source_video))
            objects[frame.path] = parts
            for instance in frame.instances:
                skeleton = [("skeleton", instance.skeleton)] if instance.skeleton else []
                objects[instance.path] = (("instance", instance.path), *parts, *skeleton)
    objects[_SUBJECT] = (("subject", _SUBJECT),)
    objects["/"] = (("recording", "/"), ("subject", _SUBJECT))
    return objects


def _parts_of(subject: Subject, recording: Recording) -> Iterator[Part]:
    """Yield what a judgement of a subject looks at: itself, and what it holds and links."""
    match subject:
        case PoseSeries():
            yield from (("series", subject.path), ("clock", subject.path))
            if subject.clock.timestamps is not None:
                yield "clock", subject.clock.timestamps.path.rpartition("/")[0]
        case PoseContainer():
            yield from _container_parts(subject, recording)
        case PoseTraining():
            for frame in subject.frames:
                yield "frame", frame.path
                yield from (("instance", instance.path) for instance in frame.instances)
        case Recording():
            yield "recording", "/"
        case _:
            yield from ((kind, subject.path) for kind in _KINDS[type(subject)])


def _container_parts(container: PoseContainer, recording: Recording) -> Iterator[Part]:
    yield "container", container.path
    for series in container.series:
        yield from _parts_of(series, recording)
    if container.skeleton is not None:
        yield "skeleton", container.skeleton.path
    yield from (("camera", path) for path in container.devices)
    yield from _video_parts(recording, container.source_video)
    yield from _video_parts(recording, container.labeled_video)
    for view in container.views:
        yield from _container_parts(view, recording)


def _video_parts(recording: Recording, path: str | None) -> tuple[Part, ...]:
    if path is None or all(video.path != path for video in recording.videos):
        return ()
    return ("video", path), ("clock", path)
