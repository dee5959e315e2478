"""Whether a recording holds several animals, by names, skeletons and videos."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording
from posecheck.rules.body_part_names import fold, words_of

_FEWEST_OF_A_TRACK = 10
"""Fewer finite samples are what an object gives that is looked for now and then."""


def animal_in(name: str, kinds: frozenset[str]) -> str:
    """Return the animal or track that a name contains: ``track=female``, ``mouse2_snout``."""
    key, equals, value = name.partition("=")
    if equals and value and words_of(key)[-1:] and words_of(key)[-1] in kinds:
        return value.casefold()
    words = words_of(name)
    for word, following in zip(words, (*words[1:], ""), strict=True):
        kind = word.rstrip("0123456789")
        if kind in kinds and kind != word:
            return word
        if word in kinds and following.isdecimal():
            return word + following
    return ""


def names_the_subject(recording: Recording) -> bool:
    """Whether one animal's own skeleton is linked to the Subject; a shared one identifies none."""
    users: Counter[str] = Counter()
    for container in recording.containers:
        if container.skeleton is not None:
            users[container.skeleton.path] += 1
    return any(
        skeleton.subject and users[skeleton.path] <= 1 for skeleton in recording.every_skeleton()
    )


def sharing_a_skeleton(
    recording: Recording, processing: frozenset[str]
) -> Iterator[tuple[str, ...]]:
    """Yield the names of containers that show one video and share one skeleton: animals.

    One animal is shown twice by two trackers, by a step of processing that a name mentions (raw,
    filtered), and by a copy. What never moves is an object.
    """
    by_video: dict[tuple[object, ...], list[PoseContainer]] = defaultdict(list)
    for container in recording.containers:
        skeleton, video = container.skeleton, container.source_video
        if skeleton is None or skeleton.on_container or not video or not _moves(container):
            continue
        if not processing & set(words_of(container.name)):
            tracker = (container.source_software, container.scorer)
            by_video[video, skeleton.path, tracker].append(container)
    for containers in by_video.values():
        distinct = {_digests(container) or container.path: container for container in containers}
        if len(distinct) > 1:
            yield tuple(container.name for container in distinct.values())


def _moves(container: PoseContainer) -> bool:
    """Whether any body part of a container moves."""
    facts = [series.positions for series in container.series if series.positions is not None]
    return any(each.finite >= _FEWEST_OF_A_TRACK and each.low != each.high for each in facts)


def _digests(container: PoseContainer) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(
            (series.name, series.positions.digest)
            for series in container.series
            if series.positions is not None and series.positions.digest
        )
    )


def skeletons_of_one_video(recording: Recording) -> Iterator[tuple[str, ...]]:
    """Yield the names of containers that show one video and one set of nodes as several skeletons.

    Two containers that share a skeleton may be one animal, raw and filtered; two skeletons with
    the same nodes are two animals.
    """
    by_video: dict[tuple[object, ...], dict[str, str]] = defaultdict(dict)
    for container in recording.containers:
        skeleton = container.skeleton
        video = container.source_video or tuple(
            entry.reference.text for entry in container.original_videos or ()
        )
        if skeleton is None or not skeleton.nodes or skeleton.on_container or not video:
            continue
        nodes = frozenset(fold(node) for node in skeleton.nodes)
        by_video[video, nodes].setdefault(skeleton.path, container.name)
    yield from (tuple(names.values()) for names in by_video.values() if len(names) > 1)
