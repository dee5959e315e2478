"""TRN: whether a labeled frame leads back to its picture, and its nodes to their skeleton."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from posecheck.model.image_series import Video
from posecheck.model.pose_training import PoseTraining, SkeletonInstance, TrainingFrame
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.image_series import frame_count, frame_size
from posecheck.rules.probed_video import frames_of_files, size_of
from posecheck.rules.video_parts import part_of

_NUMBERED = re.compile(r"(?P<name>.*?)(?P<number>[0-9]{1,18})", re.DOTALL)


def trn001(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report instances that have not one location per node."""
    nodes = _node_counts(recording)
    for _, instance in _every_instance(recording):
        wanted, rows = nodes.get(instance.skeleton or ""), _rows(instance)
        if wanted is not None and rows is not None and rows != wanted:
            yield Hit(instance.path, rows=rows, nodes=wanted, skeleton=_last(instance.skeleton))


def trn002(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report instances that have not one mark of visibility per location."""
    nodes = _node_counts(recording)
    for _, instance in _every_instance(recording):
        rows = _rows(instance)
        wanted = rows if rows is not None else nodes.get(instance.skeleton or "")
        if instance.visibility is None or not instance.visibility.shape or wanted is None:
            continue
        if instance.visibility.length != wanted:
            yield Hit(instance.path, marks=instance.visibility.length, wanted=wanted)


def trn003(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report frame numbers of no video."""
    broken = recording.broken_places
    for frame in _every_frame(recording):
        if frame.frame_index is not None and not _links_video(frame, broken):
            yield Hit(frame.path, index=frame.frame_index)


def trn004(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report frame numbers that the video has not."""
    videos = {video.path: video for video in recording.videos}
    contradicted: dict[str, list[int]] = defaultdict(list)
    for frame in _every_frame(recording):
        video, index = videos.get(frame.source_video or ""), frame.frame_index
        if index is None or video is None:
            continue
        counted = frames_of_files(video)
        stated = _stated_length(video) if video.is_external else None
        if index < 0:
            yield Hit(frame.path, "negative", index=index, video=video.name)
        elif counted is not None:
            if index >= counted:
                yield Hit(frame.path, index=index, video=video.name, frames=counted)
        elif stated is not None and index >= stated:
            contradicted[video.path].append(index)
    for path, beyond in contradicted.items():
        yield _contradicted(videos[path], beyond)


def trn005(training: PoseTraining, params: Params) -> Iterator[Hit]:
    """Report a frame of a video that is labeled twice by one annotator."""
    first: dict[object, str] = {}
    for frame in training.frames:
        if frame.frame_index is None or frame.source_video is None:
            continue
        # Two people who label the same frames measure how well they agree.
        key = (frame.source_video, frame.frame_index, (frame.annotator or "").strip().casefold())
        name = first.setdefault(key, frame.name)
        if name != frame.name:
            yield Hit(
                frame.path, index=frame.frame_index, video=_last(frame.source_video), first=name
            )


def trn006(training: PoseTraining, params: Params) -> Iterator[Hit]:
    """Report how many frames nobody is said to have labeled."""
    without = sum(not (frame.annotator or "").strip() for frame in training.frames)
    if without:
        yield Hit(training.path, count=without, total=len(training.frames))


def trn007(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report labels without a picture."""
    broken = recording.broken_places
    for frame in _every_frame(recording):
        has_image = frame.source_frame is not None or f"{frame.path}/source_frame" in broken
        if not has_image and not _links_video(frame, broken):
            yield Hit(frame.path)


def trn008(training: PoseTraining, params: Params) -> Iterator[Hit]:
    """Report nodes that are marked visible and have no location."""
    for frame in training.frames:
        for instance in frame.instances:
            if instance.facts is not None and instance.facts.visible_missing:
                count = instance.facts.visible_missing
                yield Hit(instance.path, count=count, nodes=_rows(instance))


def trn009(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report locations outside the picture."""
    videos = {video.path: video for video in recording.videos}
    unknown: dict[str, None] = {}
    for frame, instance in _every_instance(recording):
        video = videos.get(frame.source_video or "")
        facts = instance.facts
        if video is None or facts is None or len(facts.low) != 2:
            continue
        size = size_of(video)
        if size is None:
            unknown[video.path] = None
            continue
        slack = params.number("tolerance")
        outside = [
            f"{axis} = {value:.6g}"
            for axis, low, high, most in zip("xy", facts.low, facts.high, size, strict=True)
            for value in (low, high)
            if not -slack * most <= value <= (1 + slack) * most
        ]
        if outside:
            yield Hit(
                instance.path,
                outside=", ".join(dict.fromkeys(outside)),
                width=size[0],
                height=size[1],
                video=video.name,
            )
    for path in unknown:
        yield Skip(path, "the size of the video is not known")


def trn010(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report frame numbers that seem to be cut to eight bits."""
    videos = {video.path: video for video in recording.videos}
    for training in recording.trainings:
        labeled: dict[str, list[TrainingFrame]] = defaultdict(list)
        for frame in training.frames:
            if frame.frame_index is not None and frame.source_video in videos:
                labeled[frame.source_video or ""].append(frame)
        for path, frames in labeled.items():
            if not _looks_wrapped(frames, int(params.number("least_frames"))):
                continue
            length = _length(videos[path])
            if length is None:
                yield Skip(training.path, f"the length of {_last(path)} is not known")
            elif length > 256:
                yield Hit(
                    training.path,
                    count=len(frames),
                    highest=max(frame.frame_index or 0 for frame in frames),
                    video=_last(path),
                    length=length,
                )


def trn011(training: PoseTraining, params: Params) -> Iterator[Hit]:
    """Report ids that two instances of one frame share, and ids that ran over."""
    wrapped = _wrapped_ids(training, int(params.number("addressable")))
    if wrapped is not None:
        yield wrapped
        return
    shared: list[tuple[TrainingFrame, int, int]] = []
    for frame in training.frames:
        counts = Counter(each.id for each in frame.instances if each.id is not None)
        number, times = max(counts.items(), key=lambda item: item[1], default=(0, 0))
        if times > 1:
            shared.append((frame, number, times))
    if shared:
        frame, number, times = shared[0]
        yield Hit(
            frame.path if len(shared) == 1 else training.path,
            id=number,
            times=times,
            frame=frame.name,
            count=len(shared),
            total=len(training.frames),
        )


def _wrapped_ids(training: PoseTraining, addressable: int) -> Hit | None:
    """Return whether ids count all instances one by one, and begin again where 8 bits end."""
    frames = sorted(training.frames, key=lambda frame: _number_in(frame.name))
    instances = [
        instance
        for frame in frames
        for instance in sorted(frame.instances, key=lambda each: _number_in(each.name))
    ]
    ids = [instance.id for instance in instances]
    if len(ids) <= addressable or any(each.id_dtype != "uint8" for each in instances):
        return None
    if ids != [index % addressable for index in range(len(ids))]:
        return None
    return Hit(training.path, "wrapped", count=len(ids), highest=addressable - 1)


def _number_in(name: str) -> tuple[str, int]:
    found = _NUMBERED.fullmatch(name)
    return (found["name"], int(found["number"])) if found else (name, -1)


def _contradicted(video: Video, beyond: list[int]) -> Hit:
    """Report once that the stated length of a video cannot hold frames that are labeled."""
    frames = _stated_length(video)
    placeholder = frames in {0, 1} or (video.dimension is not None and frame_size(video) is None)
    by_samples = video.num_samples is not None
    return Hit(
        video.path,
        "placeholder" if placeholder and by_samples else "stated",
        index=max(beyond),
        count=len(beyond),
        video=video.name,
        frames=frames,
        source="num_samples" if by_samples else "the number of timestamps",
    )


def _stated_length(video: Video) -> int | None:
    """Return the length that is stated, counted from the beginning of the file."""
    stated, part = frame_count(video), part_of(video)
    return stated if stated is None or part is None else stated + part.first


def _looks_wrapped(frames: list[TrainingFrame], least: int) -> bool:
    """Whether numbers were stored in 8 bits, and fall back in the order of labeling.

    HDF5 lists members by name, so that order follows from the numbers in the frames' names alone.
    """
    if len(frames) < least or any(frame.frame_index_dtype != "uint8" for frame in frames):
        return False
    names = [_NUMBERED.fullmatch(frame.name) for frame in frames]
    numbered = [match for match in names if match is not None]
    if len(numbered) < len(frames) or len({match["name"] for match in numbered}) > 1:
        return False
    order = sorted(
        (int(match["number"]), frame.frame_index or 0)
        for match, frame in zip(numbered, frames, strict=True)
    )
    return any(after <= before for (_, before), (_, after) in itertools.pairwise(order))


def _every_frame(recording: Recording) -> Iterator[TrainingFrame]:
    for training in recording.trainings:
        yield from training.frames


def _every_instance(recording: Recording) -> Iterator[tuple[TrainingFrame, SkeletonInstance]]:
    for frame in _every_frame(recording):
        for instance in frame.instances:
            yield frame, instance


def _links_video(frame: TrainingFrame, broken: frozenset[str]) -> bool:
    """Whether a frame links its video, be it in vain: a dangling link is FIL007's."""
    return frame.source_video is not None or f"{frame.path}/source_video" in broken


def _length(video: Video) -> int | None:
    """Return the length of a video outside the file: counted, or as far as the file knows it.

    Frames inside the file may be the labeled ones alone, whose numbers are those of the film that
    they were taken from. A writer that stores [0, 0] for the size made up the length, too.
    """
    counted = frames_of_files(video)
    if counted is not None:
        return counted
    if not video.is_external or (video.dimension is not None and frame_size(video) is None):
        return None
    return frame_count(video)


def _node_counts(recording: Recording) -> dict[str, int]:
    return {
        skeleton.path: len(skeleton.nodes)
        for skeleton in recording.every_skeleton()
        if skeleton.nodes is not None
    }


def _rows(instance: SkeletonInstance) -> int | None:
    stored = instance.locations
    return stored.length if stored is not None and stored.shape else None


def _last(path: str | None) -> str:
    return (path or "").rsplit("/", 1)[-1]
