"""Where each video and image goes: it stays, it is there already, or it is placed once.

A video is known by its content's identity, so that two series, or two NWB files, that lead to one
file lead to one file afterwards. The recording in whose own video folder it lies names it (a
processed file may reference the videos of its raw sibling), else the first series that references
it; a deprecated list names only what no series does.

Where recordings are renamed, their videos in the dandiset are, too: all but those that a file
references which is not organized now, and would lose them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from posecheck.organize.plan.conflicts import cannot_remux, conflict, not_uploadable, occupied
from posecheck.organize.plan.facts import (
    Choices,
    Facts,
    Holder,
    MediaFacts,
    Obstacle,
    Path,
    RecordingFacts,
    ReferenceFacts,
    Resolution,
)
from posecheck.organize.plan.names import (
    folded,
    is_acceptable,
    is_numbered,
    is_too_long,
    media_path,
    numbered,
    why_refused,
)
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    PlannedMedia,
    VideoNames,
)
from posecheck.transaction.steps import TransferMode

_REMUXED = ".mp4"


@dataclass(frozen=True, slots=True)
class TargetedRecording:
    """A recording, and where it goes."""

    recording: RecordingFacts
    target: Path


Found = tuple[TargetedRecording, ReferenceFacts, MediaFacts]


@dataclass(slots=True)
class MediaTargets:
    """Where media are to be found afterwards.

    Attributes
    ----------
    paths
        By the path of a source.
    media
        What is to be placed, in order.
    conflicts
        Why others cannot be.
    notes
        What keeps the name that it has, and why.
    """

    paths: dict[str, Path] = field(default_factory=dict)
    media: list[PlannedMedia] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_media(
    placed: Sequence[TargetedRecording],
    facts: Facts,
    choices: Choices,
    outsiders: Mapping[str, str],
) -> MediaTargets:
    """Decide where the videos and images of some recordings go.

    Parameters
    ----------
    placed
        The recordings, in order.
    facts, choices
        What lies in the dandiset, and what the user asked for.
    outsiders
        By the identity of a video: an NWB file that is not organized now, and references it.
    """
    return _MediaPlanner(facts, choices, outsiders).run(placed)


class _MediaPlanner:
    def __init__(self, facts: Facts, choices: Choices, outsiders: Mapping[str, str]) -> None:
        self._destination = facts.destination
        self._choices = choices
        self._outsiders = outsiders
        self._targets = MediaTargets()
        self._of_content: dict[str, Path] = {}
        self._claimed: set[Path] = set()
        self._planned: dict[Path, PlannedMedia] = {}
        self._renamed: set[str] = set()

    def run(self, placed: Sequence[TargetedRecording]) -> MediaTargets:
        self._claimed.update(folded(item.target) for item in placed)
        found = list(_found(placed))
        if self._choices.rename:
            self._rename(found)
        for item, _, media in found:
            if media.source not in self._renamed and self._stays(item, media):
                self._targets.paths[media.source] = media.inside
                self._claimed.add(folded(media.inside))
        for item, reference, media in sorted(found, key=_precedence):
            if media.source not in self._targets.paths and reference.resolution is Resolution.FOUND:
                self._assign(item, reference, media)
        for item, reference, media in found:
            self._refuse_to_share(item, reference, media)
        return self._targets

    def _rename(self, found: Sequence[Found]) -> None:
        """Choose the videos of the dandiset that are renamed, and claim the names they have."""
        kept = {
            media.inside
            for item, reference, media in found
            if not item.recording.inside or reference.resolution is not Resolution.FOUND
        }
        for item, reference, media in sorted(found, key=_precedence):
            if media.inside in kept or not self._stays(item, media):
                continue
            other = self._outsiders.get(media.stamp.identity)
            if other is None:
                self._renamed.add(media.source)
                self._claimed.add(folded(media.inside))
                continue
            kept.add(media.inside)
            if not self._is_named(item, reference, media):
                self._targets.notes.append(
                    f"{'/'.join(media.inside)} keeps its name: {other}, which stays as it is, "
                    f"references it too."
                )

    def _is_named(
        self, item: TargetedRecording, reference: ReferenceFacts, media: MediaFacts
    ) -> bool:
        """Whether a video of the dandiset is called as it is to be, or that with a number."""
        suffix = media.suffix.lower()
        first = media_path(item.target, reference, suffix, self._choices.video_names)
        return is_numbered(media.inside, first)

    def _stays(self, item: TargetedRecording, media: MediaFacts) -> bool:
        if not is_acceptable(media.inside, self._choices.extensions):
            return False
        here, there = item.recording.inside[:1], item.target[:1]
        # A video of a subject that is called otherwise from now on goes along.
        return here in {(), there} or media.inside[:1] != here

    def _assign(
        self, item: TargetedRecording, reference: ReferenceFacts, media: MediaFacts
    ) -> None:
        # Two names of one content in the dandiset stay two: either may be another's.
        is_renamed = media.source in self._renamed
        key = "/".join(media.inside) if is_renamed else media.stamp.identity
        known = self._of_content.get(key)
        if known is None:
            suffix = self._suffix(item, reference, media)
            if suffix is None:
                return
            if is_renamed and self._is_named(item, reference, media):
                known = media.inside
            else:
                known = self._free_path(item, reference, suffix)
            problem = self._why_not(item, reference, media, known)
            if problem is not None:
                self._targets.conflicts.append(problem)
                return
            self._of_content[key] = known
            self._claimed.add(folded(known))
            self._plan(reference, media, known)
        self._targets.paths[media.source] = known

    def _suffix(
        self, item: TargetedRecording, reference: ReferenceFacts, media: MediaFacts
    ) -> str | None:
        """Return the extension that it gets; ``None`` if it cannot be uploaded with any."""
        lower = media.suffix.lower()
        if lower in self._choices.extensions:
            return lower
        if not self._choices.remux or reference.holder is Holder.IMAGE:
            self._targets.conflicts.append(
                not_uploadable(item.recording, reference, media.source, media.suffix)
            )
            return None
        why = media.cannot_remux
        if not why and media.raw and self._rate(reference, media) is None:
            why = "it is a bare stream without time stamps, and the series states no frame rate"
        if why:
            self._targets.conflicts.append(
                cannot_remux(item.recording, reference, media.source, why)
            )
            return None
        return _REMUXED

    @staticmethod
    def _rate(reference: ReferenceFacts, media: MediaFacts) -> float | None:
        return (reference.rate or media.own_rate) if media.raw else None

    def _free_path(self, item: TargetedRecording, reference: ReferenceFacts, suffix: str) -> Path:
        path = first = media_path(item.target, reference, suffix, self._choices.video_names)
        number = 1
        while folded(path) in self._claimed:
            number += 1
            path = numbered(first, number)
        return path

    def _why_not(
        self, item: TargetedRecording, reference: ReferenceFacts, media: MediaFacts, path: Path
    ) -> Conflict | None:
        why = why_refused(path)
        if why:
            return conflict(
                ConflictKind.NAME_IMPOSSIBLE,
                item.recording,
                reference,
                f"The video would have to be called {'/'.join(path)!r}, but {why}.",
                self._other_name(item, reference, path),
            )
        occupant = self._destination.occupant(path)
        if occupant is None or occupant.path == media.inside:
            return None
        if (
            occupant.obstacle is Obstacle.FILE
            and occupant.path == path
            and media.suffix.lower() in self._choices.extensions
            and self._destination.holds(media, path)
        ):
            return None
        return occupied(item.recording, reference, path, occupant)

    def _other_name(self, item: TargetedRecording, reference: ReferenceFacts, path: Path) -> str:
        """Say which names would do where one is refused."""
        adjective = "shorter" if is_too_long(path) else "plainer"
        named = f"ive the series, the session or the subject a {adjective} name."
        suffix = "." + path[-1].rpartition(".")[2]
        other = media_path(item.target, reference, suffix, VideoNames.OBJECT_ID)
        if path == other or why_refused(other):
            return f"G{named}"
        return (
            f"Name the videos with --video-names object-id, which makes a path of "
            f"{len('/'.join(other))} characters here, or g{named}"
        )

    def _plan(self, reference: ReferenceFacts, media: MediaFacts, path: Path) -> None:
        if path == media.inside:
            return
        occupant = self._destination.occupant(path)
        if occupant is not None and occupant.path == path:
            return  # an earlier copy lies there
        remux = media.suffix.lower() not in self._choices.extensions
        planned = PlannedMedia(
            source=media.source,
            stamp=media.stamp,
            target=path,
            mode=TransferMode.MOVE if media.inside else self._choices.videos,
            remux=remux,
            annexed=media.annexed,
            rate=self._rate(reference, media) if remux else None,
        )
        self._planned[path] = planned
        self._targets.media.append(planned)

    def _refuse_to_share(
        self, item: TargetedRecording, reference: ReferenceFacts, media: MediaFacts
    ) -> None:
        planned = self._planned.get(self._targets.paths.get(media.source, ()))
        if planned is None or planned.mode is not TransferMode.MOVE:
            return
        other = self._outsiders.get(media.stamp.identity)
        if other is not None:
            self._targets.conflicts.append(
                conflict(
                    ConflictKind.SHARED_MOVE,
                    item.recording,
                    reference,
                    f"{media.source} would be moved, and {other}, which stays as it is, references "
                    f"it too.",
                    f"Organize {other} along with it."
                    if media.inside
                    else f"Organize {other} along with it, or leave the videos where they are, "
                    f"too: --videos auto.",
                )
            )


def _precedence(found: Found) -> tuple[bool, bool]:
    item, reference, media = found
    stem = item.recording.source.rpartition(".")[0]
    is_own = media.source.startswith((f"{stem}/", f"{stem}\\"))
    return reference.holder.is_listing, not is_own


def _found(placed: Sequence[TargetedRecording]) -> Iterator[Found]:
    for item in placed:
        for reference in item.recording.references:
            if reference.media is not None:
                yield item, reference, reference.media
