"""The closed set: the chosen NWB files and everything that they reference, or why not.

An NWB file is of no use in an archive that lacks what it points at. So a recording is one unit, and
a reference that leads to no file that the archive would take refuses the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from posecheck.model.asset import Pointer
from posecheck.model.recording import ExternalFile, Recording, TargetState
from posecheck.model.reference import ReferenceKind
from posecheck.upload.plan.values import (
    Elsewhere,
    LocalFile,
    PlannedRecording,
    Refusal,
)

_ORGANIZE = "Let `posecheck organize` move the file and change the reference."


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a file cannot be sent.

    Attributes
    ----------
    reason
        A clause without its subject, which is the file or a reference to it.
    remedy
        What to do.
    leads_out
        Whether a link leads out of the dandiset: then it is told wherever the reference stands.
    """

    reason: str
    remedy: str
    leads_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A reference as an NWB file stores it, with what lies there.

    Attributes
    ----------
    is_binding
        Whether the file must be there: of the deprecated lists of file names, only what resolves
        is taken along.
    """

    location: str
    entry: str
    file: ExternalFile
    is_binding: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A chosen NWB file, and what was read from it.

    Attributes
    ----------
    path, shown
        Its path in the dandiset, and as the user would write it.
    mentions
        Its references.
    obstacle, remedy
        Why it cannot be uploaded whatever it references, as a sentence, and what to do.
    """

    path: str
    shown: str
    mentions: tuple[Mention, ...] = ()
    obstacle: str = ""
    remedy: str = ""


@dataclass(slots=True)
class ClosedSet:
    """What belongs together, and what is refused."""

    recordings: list[PlannedRecording] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def mentions_of(recording: Recording) -> Iterator[Mention]:
    """Yield every reference of a recording to a file outside it."""
    for video in recording.videos:
        for file in video.external_files or ():
            yield Mention(location=video.path, entry=f"external_file[{file.index}]", file=file)
    for image in recording.images:
        for file in image.files:
            yield Mention(location=image.path, entry="the ExternalImage", file=file)
    for container in recording.every_container():
        for entry, files in (
            ("original_videos", container.original_videos),
            ("labeled_videos", container.labeled_videos),
        ):
            for file in files or ():
                yield Mention(
                    location=container.path,
                    entry=f"{entry}[{file.index}]",
                    file=file,
                    is_binding=False,
                )


def close(
    chosen: Iterable[Gathered],
    files: Mapping[str, LocalFile],
    suffixes: Sequence[str],
    withheld: Mapping[str, Obstacle] | None = None,
) -> ClosedSet:
    """Follow the references of the chosen NWB files.

    Parameters
    ----------
    chosen
        The NWB files.
    files
        Every file that may be sent, by its path in the dandiset.
    suffixes
        The extensions that the archive's clients select, as they are spelled.
    withheld
        Why a file that is there may not be sent, by its path in the dandiset.

    Returns
    -------
    ClosedSet
        Each chosen file is a recording; a refused one has a refusal too.
    """
    closed = ClosedSet()
    withheld = withheld or {}
    for gathered in chosen:
        obstacles = [(gathered.obstacle, gathered.remedy)] if gathered.obstacle else []
        pointers, elsewhere = [], []
        for mention in gathered.mentions:
            target = mention.file.target
            obstacle = _obstacle(mention, files, suffixes, withheld)
            if obstacle is not None:
                if mention.is_binding or obstacle.leads_out:
                    said, remedy = obstacle.reason, obstacle.remedy
                    place = f"{mention.entry} of {mention.location}"
                    obstacles.append((f"{place} {said}", remedy))
            elif mention.file.reference.kind is ReferenceKind.URL:
                url = mention.file.reference.text
                there = Elsewhere(location=mention.location, entry=mention.entry, url=url)
                elsewhere.append(there)
            elif target is not None and target.state is TargetState.PRESENT:
                pointers.append(
                    Pointer(
                        location=mention.location,
                        entry=mention.entry,
                        path="/".join(target.path),
                    )
                )
        closed.recordings.append(
            PlannedRecording(
                path=gathered.path,
                shown=gathered.shown,
                pointers=tuple(pointers),
                elsewhere=tuple(elsewhere),
            )
        )
        closed.refusals += [
            Refusal(path=gathered.path, shown=gathered.shown, reason=reason, remedy=remedy)
            for reason, remedy in dict.fromkeys(obstacles)
        ]
    return closed


def why_not_selected(
    parts: Sequence[str], suffixes: Sequence[str], *, in_bids: bool = False
) -> Obstacle | None:
    """Say why no client of the archive would select a file, and what to do; ``None`` if it would.

    Parameters
    ----------
    parts
        The components of its path in the dandiset.
    suffixes
        The extensions that are selected, as they are spelled.
    in_bids
        Whether a BIDS dataset holds it: there every file is selected.
    """
    hidden = next((part for part in parts if part.startswith(".")), None)
    if hidden is not None:
        return Obstacle(
            f"leads to {'/'.join(parts)}: what begins with a dot ({hidden}) is never uploaded",
            "Rename it, and the reference; `posecheck organize` does both.",
        )
    name = parts[-1] if parts else ""
    stem, dot, extension = name.rpartition(".")
    suffix = dot + extension if stem else ""
    if in_bids or suffix in suffixes:
        return None
    said = f"leads to {'/'.join(parts)}: the archive takes no {suffix or 'file without extension'}"
    if suffix.lower() in suffixes:
        lower = suffix.lower()
        return Obstacle(said, f"Write the extension in lower case ({lower}); {_lower(_ORGANIZE)}")
    return Obstacle(
        f"{said} (it takes {', '.join(suffixes)})",
        "Let `posecheck organize --remux` put the same streams into .mp4.",
    )


_FIND = (
    "Put the file there, or correct the reference; `posecheck organize --find-videos` looks for it."
)
FETCH = "Fetch it (datalad get, git annex get)."
"""What to do about content that is not here."""

LINKED_FROM = (
    "Put a copy in its place; or, if you know that folder and mean to publish from it, name it "
    "with --linked-from."
)
"""What to do about a link that leads out of the dandiset."""

_STATES = {
    TargetState.MISSING: Obstacle("leads to no file", _FIND),
    TargetState.UNKNOWN: Obstacle("leads to no file", _FIND),
    TargetState.OUTSIDE: Obstacle("leads out of the dandiset", _ORGANIZE),
    TargetState.OUTSIDE_BY_LINK: Obstacle(
        "leads out of the dandiset through a linked folder", LINKED_FROM, leads_out=True
    ),
    TargetState.NOT_FETCHED: Obstacle("leads to a file whose content is not fetched", FETCH),
    TargetState.NOT_A_FILE: Obstacle("leads to what is no file", "Correct the reference."),
}
"""What is said of a reference whose target is no file of the dandiset, and what to do."""


def _obstacle(
    mention: Mention,
    files: Mapping[str, LocalFile],
    suffixes: Sequence[str],
    withheld: Mapping[str, Obstacle],
) -> Obstacle | None:
    file = mention.file
    quoted = f"“{file.reference.text}”"
    kind, target = file.reference.kind, file.target
    if kind is ReferenceKind.URL:
        return None  # it points at another server, where it stays
    if kind is ReferenceKind.BLANK:
        return Obstacle("is empty", "Write the path of the file, relative to the NWB file.")
    if kind is not ReferenceKind.RELATIVE:
        return Obstacle(f"is an absolute path of one machine: {quoted}", _ORGANIZE)
    if target is None or target.state in _STATES:
        why = _STATES[target.state if target is not None else TargetState.MISSING]
        return replace(why, reason=f"{why.reason}: {quoted}")
    path = "/".join(target.path)
    if path in withheld and withheld[path].leads_out:
        return _of_reference(withheld[path], path)
    if not target.size:
        return Obstacle(
            f"leads to an empty file: {quoted}", "Copy the video again: it has no content."
        )
    refused = why_not_selected(target.path, suffixes, in_bids=target.in_bids)
    if refused is None and path in withheld:
        return _of_reference(withheld[path], path)
    if refused is None and path not in files:
        return Obstacle(f"leads to what cannot be read: {quoted}", "Check its permissions.")
    return refused


def _of_reference(why: Obstacle, path: str) -> Obstacle:
    """Turn a clause about a file into one about a reference that leads to it."""
    return replace(why, reason=f"leads to {path}, which {why.reason}")


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
