"""Files that only have the name of a video: which of them is the one that a recording means.

Every session of a lab has its ``cam1.mp4``. What the NWB file says of its video decides, whether
one file has the name or several: a file that contradicts it is not the video, and one that nothing
can be held against is taken only if the user says so.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from posecheck.files.content import same_content
from posecheck.model.wording import counted
from posecheck.organize.collect.video_probe import VideoProbe
from posecheck.organize.plan.facts import MediaFacts, RecordingFacts, ReferenceFacts, Resolution
from posecheck.rules.candidate_files import INCOMPARABLE, Agreement, Stated, Weighed, weigh_video

_LISTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A reference that leads to no file, while files elsewhere have its name.

    Attributes
    ----------
    place
        Its place among the recording's references.
    stated
        What the NWB file says of its video.
    candidates
        The files that have its name.
    has_beside
        Whether the first of them lies beside the NWB file: the others count only if that one
        contradicts what is stated.
    """

    place: int
    stated: Stated
    candidates: tuple[MediaFacts, ...]
    has_beside: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file of the right name, and what its comparison says."""

    media: MediaFacts
    weighed: Weighed
    frames: int
    fits: bool

    @property
    def contradicts(self) -> bool:
        return self.weighed.agreement is Agreement.CONTRADICTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What the search for a video came to."""

    resolution: Resolution
    among: tuple[_Candidate, ...]
    copies: int = 1

    @property
    def first(self) -> _Candidate:
        return self.among[0]


def first_probes(unsettled: Sequence[Unsettled]) -> Iterator[str]:
    """Yield the paths of the files that have to be looked into first."""
    for one in unsettled:
        yield from (media.source for media in one.candidates[: 1 if one.has_beside else None])


def further_probes(
    unsettled: Sequence[Unsettled], probes: Mapping[str, VideoProbe]
) -> Iterator[str]:
    """Yield the paths of those that count since the file beside the NWB file is not the video."""
    for one in unsettled:
        if one.has_beside and _weigh(one, one.candidates[0], probes).contradicts:
            yield from (media.source for media in one.candidates[1:])


def settle(
    recording: RecordingFacts,
    unsettled: Sequence[Unsettled],
    probes: Mapping[str, VideoProbe],
    *,
    accept_unverified: bool,
) -> RecordingFacts:
    """Say of each reference which file of its name it means, if any.

    Parameters
    ----------
    recording
        What references them.
    unsettled
        Its references that lead to no file.
    probes
        What was found in the files that `first_probes` and `further_probes` name, by their paths.
    accept_unverified
        Whether a file is taken that nothing can be held against.
    """
    references = list(recording.references)
    open_places = {one.place for one in unsettled}
    meant = {
        reference.media.stamp.identity
        for place, reference in enumerate(references)
        if place not in open_places
        and reference.media is not None
        and reference.resolution is Resolution.FOUND
    }
    choices = {one.place: _choose(one, probes) for one in unsettled}
    meant |= {
        choice.first.media.stamp.identity
        for choice in choices.values()
        if choice.resolution is Resolution.FOUND
    }
    for one in unsettled:
        reference = references[one.place]
        references[one.place] = _settled(
            reference, one, choices[one.place], meant, accept_unverified=accept_unverified
        )
    return replace(recording, references=tuple(references))


def _settled(
    reference: ReferenceFacts,
    one: Unsettled,
    choice: _Choice,
    meant: set[str],
    *,
    accept_unverified: bool,
) -> ReferenceFacts:
    known = [media for media in one.candidates if media.stamp.identity in meant]
    may_be_known = choice.resolution is not Resolution.DIFFERS or reference.holder.is_listing
    if choice.resolution is Resolution.FOUND:
        note = _note(reference, one, choice)
        return replace(reference, resolution=Resolution.FOUND, media=choice.first.media, note=note)
    if len(known) == 1 and may_be_known:
        note = (
            f"{reference.text!r} is not there; {known[0].source} has its name, is the video of "
            f"another reference of this file, and is taken for it."
        )
        return replace(reference, resolution=Resolution.FOUND, media=known[0], note=note)
    if choice.resolution is Resolution.UNVERIFIED and accept_unverified:
        note = (
            f"{reference.text!r} is not there; {choice.first.media.source} has its name and is "
            f"taken for it unverified, as --accept-unverified says: {choice.first.weighed.clause}."
        )
        media = choice.first.media
        return replace(
            reference, resolution=Resolution.FOUND, media=media, note=note, is_unverified=True
        )
    return replace(
        reference,
        resolution=choice.resolution,
        candidates=tuple(media.source for media in one.candidates)
        if choice.resolution is Resolution.AMBIGUOUS
        else tuple(candidate.media.source for candidate in choice.among),
        detail=_detail(choice),
    )


def _choose(one: Unsettled, probes: Mapping[str, VideoProbe]) -> _Choice:
    candidates: list[_Candidate] = []
    if one.has_beside:
        beside = _weigh(one, one.candidates[0], probes)
        if not beside.contradicts:
            return _Choice(
                resolution=Resolution.FOUND if beside.fits else Resolution.UNVERIFIED,
                among=(beside,),
            )
        candidates.append(beside)
    candidates += (_weigh(one, media, probes) for media in one.candidates[len(candidates) :])
    fitting = _closest([candidate for candidate in candidates if candidate.fits], one.stated)
    possible = [candidate for candidate in candidates if not candidate.contradicts]
    chosen = fitting or possible
    if not chosen:
        return _Choice(resolution=Resolution.DIFFERS, among=tuple(candidates))
    different = tuple(_of_different_content(chosen))
    if len(different) > 1:
        return _Choice(resolution=Resolution.AMBIGUOUS, among=different)
    resolution = Resolution.FOUND if fitting else Resolution.UNVERIFIED
    return _Choice(resolution=resolution, among=different, copies=len(chosen))


def _weigh(one: Unsettled, media: MediaFacts, probes: Mapping[str, VideoProbe]) -> _Candidate:
    facts, stated = probes[media.source].facts, one.stated
    weighed = weigh_video(facts, stated)
    fits = weighed.agreement is Agreement.AGREES
    if fits and stated.counts_images and stated.size is None:
        # That the list is complete says nothing about an image but that it is one.
        fits = one.has_beside and media is one.candidates[0]
        if not fits:
            clause = "the size of the images is not stated, so that any image would fit"
            weighed = Weighed(Agreement.UNKNOWN, clause)
    elif weighed.agreement is Agreement.UNKNOWN and facts.fault is None:
        fits = weighed.has_size and not stated.pose
        if stated.pose:
            # A pose of a part of the video would be as long; or of another video.
            held, pose = counted(facts.displayed_frames, "frame"), f"{stated.pose:,}"
            basis = f"{weighed.clause}: " if weighed.clause != INCOMPARABLE else ""
            weighed = replace(weighed, clause=f"{basis}it holds {held}, the pose has {pose}")
    return _Candidate(media, weighed, facts.displayed_frames, fits)


def _closest(candidates: Sequence[_Candidate], stated: Stated) -> list[_Candidate]:
    """Return those with exactly the frames that are stated, if there are any, else all."""
    wanted = stated.pose if stated.frames is None else stated.frames
    exact = [candidate for candidate in candidates if candidate.frames == wanted]
    return exact or list(candidates)


def _of_different_content(candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
    """Yield the first of those with the same bytes: either of them is right."""
    kept: dict[int, list[_Candidate]] = {}
    for candidate in candidates if len(candidates) > 1 else ():
        alike = kept.setdefault(candidate.media.stamp.size, [])
        if not any(_are_copies(one.media, candidate.media) for one in alike):
            alike.append(candidate)
            yield candidate
    if len(candidates) == 1:
        yield candidates[0]


@functools.lru_cache(maxsize=4096)
def _are_copies(one: MediaFacts, other: MediaFacts) -> bool:
    # Of two hundred recordings each may reference a top.mp4: read it once.
    return same_content(Path(one.source), Path(other.source))


def _note(reference: ReferenceFacts, one: Unsettled, choice: _Choice) -> str:
    """Say how a file was found that is not where its reference says, as a sentence."""
    source, clause = choice.first.media.source, choice.first.weighed.clause
    if choice.copies > 1:
        return (
            f"{reference.text!r} is not there; {choice.copies} files have its name and the same "
            f"bytes, and the first, {source}, is taken for it: it fits ({clause})."
        )
    if len(one.candidates) > 1 and not one.has_beside:
        return (
            f"{reference.text!r} is not there; of {len(one.candidates)} files of its name, "
            f"{source} alone fits ({clause}) and is taken for it."
        )
    return (
        f"{reference.text!r} is not there; {source} has its name, fits ({clause}) and is taken "
        f"for it."
    )


def _detail(choice: _Choice) -> str:
    """Say why no file was taken, as a clause that follows their names."""
    if choice.resolution is Resolution.AMBIGUOUS:
        fits = choice.first.fits
        return f"; {len(choice.among)} of them fit ({choice.first.weighed.clause})" if fits else ""
    if len(choice.among) == 1:
        return choice.first.weighed.clause
    listed = [f"{one.media.source}: {one.weighed.clause}" for one in choice.among[:_LISTED]]
    more = len(choice.among) - _LISTED
    return "; ".join(listed) + (f"; and {more} more" if more > 0 else "")
