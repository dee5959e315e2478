"""The closed set: the chosen NWB files and everything that they reference, or why not.

An NWB file is of no use in an archive that lacks what it points at. So a recording is one unit, and
a reference that leads to no file that the archive would take refuses the whole of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from posecheck.model.asset import Pointer
from posecheck.model.file_references import ReferenceField
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.obstacles import (
    NOT_HERE,
    ArchivedFiles,
    Facts,
    Mention,
    Obstacle,
    obstacle_of,
)
from posecheck.upload.plan.recordings import ExternalReference, PlannedRecording, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A chosen NWB file, and what was read from it.

    Attributes
    ----------
    path, display_path
        Its path in the dandiset, and as the user would write it.
    mentions
        Its references.
    obstacle, remedy
        Why it cannot be uploaded whatever it references, as a sentence, and what to do.
    """

    path: str
    display_path: str
    mentions: tuple[Mention, ...] = ()
    obstacle: str = ""
    remedy: str = ""


@dataclass(slots=True)
class ResolvedRecordings:
    """What belongs together, and what is refused."""

    recordings: list[PlannedRecording] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class _Parts:
    """What becomes of the references of one NWB file."""

    obstacles: list[Obstacle]
    pointers: list[Pointer] = field(default_factory=list)
    archived: list[Pointer] = field(default_factory=list)
    left_out: list[Pointer] = field(default_factory=list)
    external: list[ExternalReference] = field(default_factory=list)

    def add(self, mention: Mention, facts: Facts, allowed: Collection[str]) -> None:
        """Decide one reference."""
        location, entry, target = mention.location, mention.entry, mention.file.target
        text = mention.file.reference.text
        obstacle = obstacle_of(mention, facts)
        if obstacle is not None:
            if not (mention.is_binding or obstacle.leads_out):
                return
            if obstacle.code in allowed:
                self.left_out.append(Pointer(location=location, entry=entry, path=text))
                return
            said = f"{entry} of {location} {obstacle.reason}"
            self.obstacles.append(replace(obstacle, reason=said))
        elif mention.file.reference.kind is ReferenceKind.URL:
            self.external.append(ExternalReference(location=location, entry=entry, url=text))
        elif target is not None and target.path:
            pointer = Pointer(location=location, entry=entry, path="/".join(target.path))
            self.pointers.append(pointer)
            if target.state in NOT_HERE:
                self.archived.append(pointer)


def mentions_of(recording: Recording) -> Iterator[Mention]:
    """Yield every reference of a recording to a file outside it."""
    for references in recording.references():
        for file in references.files:
            yield Mention(
                location=references.owner.path,
                entry=references.entry(file),
                file=file,
                is_image=references.field is ReferenceField.EXTERNAL_IMAGE,
                is_binding=not references.field.is_deprecated,
            )


def resolve(  # noqa: PLR0913 - what is known of here and of there
    chosen: Iterable[Candidate],
    files: Mapping[str, LocalFile],
    suffixes: Sequence[str],
    blocked: Mapping[str, Obstacle] | None = None,
    *,
    archived: ArchivedFiles | None = None,
    allowed: Collection[str] = (),
) -> ResolvedRecordings:
    """Follow the references of the chosen NWB files.

    Parameters
    ----------
    chosen
        The NWB files.
    files
        Every file that may be sent, by its path in the dandiset.
    suffixes
        The extensions that the archive's clients select, as they are spelled.
    blocked
        Why a file that is there may not be sent, by its path in the dandiset.
    archived
        What the archive holds: a reference to a file that is not here may lead there.
    allowed
        The codes of rules that stop no recording.

    Returns
    -------
    ResolvedRecordings
        Each chosen file is a recording; a refused one has a refusal too.
    """
    closed = ResolvedRecordings()
    facts = Facts(files, suffixes, blocked or {}, archived or ArchivedFiles())
    for candidate in chosen:
        own = [Obstacle(candidate.obstacle, candidate.remedy)] if candidate.obstacle else []
        parts = _Parts(obstacles=own)
        for mention in candidate.mentions:
            parts.add(mention, facts, allowed)
        closed.recordings.append(
            PlannedRecording(
                path=candidate.path,
                display_path=candidate.display_path,
                pointers=tuple(parts.pointers),
                archived=tuple(parts.archived),
                left_out=tuple(parts.left_out),
                external=tuple(parts.external),
            )
        )
        closed.refusals += [
            Refusal(
                path=candidate.path,
                display_path=candidate.display_path,
                code=obstacle.code,
                reason=obstacle.reason,
                remedy=obstacle.remedy,
            )
            for obstacle in dict.fromkeys(parts.obstacles)
        ]
    return closed
