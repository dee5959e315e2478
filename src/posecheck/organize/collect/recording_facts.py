"""From what was read of an NWB file to the facts that a plan is decided from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from posecheck.dandi_layout.organized_path import is_organized_path
from posecheck.model.external_file import TargetState
from posecheck.model.problem import ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind
from posecheck.model.stamp import Stamp
from posecheck.model.storage_format import StorageFormat
from posecheck.organize.collect.namesakes import Unsettled
from posecheck.organize.collect.nwb_files import NwbFileContents, ReferenceDataset, references_of
from posecheck.organize.collect.resolution import ReferenceResolver, ResolvedReference
from posecheck.organize.plan.facts import (
    ExistingRecording,
    ExternalLink,
    RecordingFacts,
    ReferenceFacts,
    Resolution,
)
from posecheck.organize.plan.values import Conflict, ConflictKind

_NOTHING = Stamp(size=0, modified_ns=0, identity="")
_WHOLE_FILE = {
    ProblemKind.UNREADABLE: ConflictKind.UNREADABLE,
    ProblemKind.TIMED_OUT: ConflictKind.UNREADABLE,
    ProblemKind.CRASHED: ConflictKind.UNREADABLE,
    ProblemKind.CHANGED: ConflictKind.UNREADABLE,
    ProblemKind.UNREADABLE_PART: ConflictKind.UNREADABLE,
    ProblemKind.NOT_FETCHED: ConflictKind.NOT_FETCHED,
    ProblemKind.NOT_NWB: ConflictKind.NOT_NWB,
    ProblemKind.IN_USE: ConflictKind.FILE_IN_USE,
}
_EXPLAINED_BY_USE = frozenset({ProblemKind.CHANGED, ProblemKind.UNREADABLE})
"""What befalls a file that another program is writing."""
_REFERENCES = re.compile(r"/(external_file|original_videos|labeled_videos)$")
_PRESENT = frozenset({TargetState.PRESENT, TargetState.NOT_FETCHED})


def describe(
    gathered: NwbFileContents, resolver: ReferenceResolver, *, is_named: bool
) -> tuple[RecordingFacts, tuple[Unsettled, ...]]:
    """Resolve what a recording references, and say what keeps it from being organized.

    It is not named yet.

    Parameters
    ----------
    gathered
        What was read of it.
    resolver
        What finds its videos.
    is_named
        Whether the user named the file itself: it may then be a link to anywhere.
    """
    recording = gathered.recording
    inside = resolver.inside(gathered.path)
    troubles = list(_troubles(gathered))
    references: list[ReferenceFacts] = []
    unsettled: list[Unsettled] = []
    for listed in () if troubles else references_of(recording):
        if listed.dataset in gathered.aliases:
            continue
        for place, resolved in enumerate(_resolved(gathered, listed, resolver)):
            if resolved.candidates:
                unsettled.append(
                    Unsettled(
                        place=len(references),
                        stated=listed.stated_of(listed.files[place]),
                        candidates=resolved.candidates,
                        has_beside=resolved.has_beside,
                    )
                )
            references.append(_reference(gathered, listed, place, resolved, resolver))
    described = RecordingFacts(
        display_path=gathered.display_path,
        source=str(gathered.path),
        stamp=gathered.stamp or _NOTHING,
        storage=recording.storage or StorageFormat.HDF5,
        inside=inside,
        object_id=recording.object_id,
        subject=subject_of(recording),
        session=recording.session_id or "",
        identifier=recording.identifier or "",
        kept=_kept(gathered, inside),
        references=tuple(references),
        troubles=tuple(troubles),
        notes=tuple(_padded_identifiers(recording)),
        unplaceable=gathered.unplaceable,
        reaches_out=not is_named and not resolver.may_use(gathered.path),
        real_path=os.path.realpath(gathered.path),
        external_links=(*_external_links(gathered), *_own_names(gathered)),
        is_use_unknown=any(recording.problems_of(ProblemKind.USE_UNKNOWN)),
        exempt=bool(inside) and recording.dandiset is not None and recording.dandiset.is_bids,
    )
    return described, tuple(unsettled)


def describe_existing(gathered: NwbFileContents, resolver: ReferenceResolver) -> ExistingRecording:
    """Say what matters of an NWB file that the dandiset holds besides."""
    recording = gathered.recording
    problems = [problem for problem in recording.problems if problem.kind in _WHOLE_FILE]
    listed = [one for one in references_of(recording) if not one.holder.is_listing]
    files = [file for one in listed for file in one.files]
    return ExistingRecording(
        path=resolver.inside(gathered.path),
        object_id=None if problems else recording.object_id,
        subject=subject_of(recording),
        session=recording.session_id or "",
        identifier=recording.identifier or "",
        stamp=gathered.stamp or _NOTHING,
        is_whole=all(
            file.reference.kind in {ReferenceKind.URL, ReferenceKind.BLANK}
            or (file.target is not None and file.target.state in _PRESENT)
            for file in files
        ),
    )


def _padded_identifiers(recording: Recording) -> Iterator[str]:
    """Say which identifiers have white space at an end, which no name has."""
    subject = recording.subject.subject_id if recording.subject is not None else None
    for name, value in (("subject_id", subject), ("session_id", recording.session_id)):
        if value and value.strip() and value != value.strip():
            yield (
                f"Its {name} is {value!r}, with white space at an end, which its name leaves out. "
                f"The archive will show it as it is stored."
            )


def subject_of(recording: Recording) -> str:
    """Return what a recording calls its subject; empty if it names none."""
    return ((recording.subject.subject_id if recording.subject else None) or "").strip()


def _resolved(
    gathered: NwbFileContents, listed: ReferenceDataset, resolver: ReferenceResolver
) -> Iterator[ResolvedReference]:
    for file in listed.files:
        yield resolver.resolve(gathered.path, file.reference)


def _reference(
    gathered: NwbFileContents,
    listed: ReferenceDataset,
    place: int,
    resolved: ResolvedReference,
    resolver: ReferenceResolver,
) -> ReferenceFacts:
    file = listed.files[place]
    strings = gathered.strings.get(listed.dataset)
    return ReferenceFacts(
        dataset=listed.dataset,
        index=None if strings is not None and not strings.shape else file.index,
        text=file.reference.text,
        holder=listed.holder,
        owner=listed.owner,
        owner_id=listed.owner_id,
        entry=place,
        entries=len(listed.files),
        resolution=resolved.resolution,
        media=resolved.media,
        detail=resolved.detail,
        leads_to=_leads_to(resolved),
        near=resolver.near_names(gathered.path, file.reference)
        if resolved.resolution is Resolution.MISSING
        else (),
        candidates=tuple(media.source for media in resolved.candidates),
        note=resolved.note,
        rate=listed.rate,
        strings=strings,
    )


def _leads_to(resolved: ResolvedReference) -> str:
    """Return where a file outside really lies, if a link leads there."""
    if resolved.resolution is not Resolution.OUTSIDE:
        return ""
    real = os.path.realpath(resolved.detail)
    return real if real != resolved.detail else ""


def _kept(gathered: NwbFileContents, inside: tuple[str, ...]) -> tuple[str, ...]:
    """Return folder and name where they are DANDI's; in the dandiset, at its root."""
    path = inside or (gathered.path.parent.name, gathered.path.name)
    return path if is_organized_path(path) else ()


def _troubles(gathered: NwbFileContents) -> Iterator[Conflict]:
    recording = gathered.recording
    is_in_use = any(recording.problems_of(ProblemKind.IN_USE))
    for problem in recording.problems:
        if is_in_use and problem.kind in _EXPLAINED_BY_USE:
            continue
        kind = _WHOLE_FILE.get(problem.kind)
        if kind is None and not _REFERENCES.search(problem.location):
            continue
        location = "" if problem.location == "/" else problem.location
        yield Conflict(
            kind=kind or ConflictKind.UNREADABLE,
            source=gathered.display_path,
            location=location,
            reason=_reason(problem.kind, problem.detail, location),
            remedy=_REMEDIES.get(problem.kind, "Repair the file, or leave it out."),
        )
    if gathered.stamp is None and not recording.problems:
        yield Conflict(
            kind=ConflictKind.UNREADABLE,
            source=gathered.display_path,
            reason="It disappeared while it was looked at.",
            remedy="Plan again once it is back.",
        )


_REMEDIES = {
    ProblemKind.NOT_FETCHED: "Fetch it with git annex get, or leave it out.",
    ProblemKind.CHANGED: "Plan again once nobody writes to it.",
    ProblemKind.IN_USE: (
        "Close it in the other program (in a notebook: close the NWBHDF5IO, or restart its "
        "kernel), then plan again. If that program crashed, `posecheck explain FIL016` says how "
        "to remove its mark."
    ),
    ProblemKind.NOT_NWB: "Leave it out: only NWB files are organized.",
}


def _reason(kind: ProblemKind, detail: str, location: str) -> str:
    match kind:
        case ProblemKind.NOT_FETCHED:
            return f"Its content is not fetched ({detail})."
        case ProblemKind.NOT_NWB:
            return f"It is not NWB: {detail}."
        case ProblemKind.IN_USE:
            sentence = detail[:1].upper() + detail[1:]
            return f"{sentence}; what that program has yet to write would be lost."
        case ProblemKind.UNREADABLE_PART | ProblemKind.MALFORMED if location:
            return f"A part of it cannot be read, and may reference videos: {detail}."
        case _:
            return f"It cannot be read: {detail}."


def _external_links(gathered: NwbFileContents) -> Iterator[ExternalLink]:
    for problem in gathered.recording.problems_of(ProblemKind.EXTERNAL_DATA):
        what, file = str(problem.values["what"]), str(problem.values["file"])
        yield ExternalLink(
            location=problem.location,
            what=what,
            file=file,
            target=os.path.realpath(os.path.join(_folder_of_links(gathered), file)),  # noqa: PTH118
        )


def _folder_of_links(gathered: NwbFileContents) -> Path:
    """Return from where another file is looked for.

    The HDF5 library does so from the folder of the file that names it, hdmf-zarr from the store
    itself, which is a folder.
    """
    is_store = gathered.recording.storage is StorageFormat.ZARR
    return gathered.path if is_store else gathered.path.parent


def _own_names(gathered: NwbFileContents) -> Iterator[ExternalLink]:
    real = os.path.realpath(gathered.path)
    for location, name in gathered.own_names:
        yield ExternalLink(location=location, what="external link", file=name, target=real)
