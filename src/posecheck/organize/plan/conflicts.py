"""Conflicts as people read them: what is wrong, and what to do about it."""

from __future__ import annotations

import shlex
from pathlib import PurePath

from posecheck.model.reference import parse_reference
from posecheck.model.storage_format import StorageFormat
from posecheck.organize.plan.facts import (
    ExternalLink,
    Holder,
    Obstacle,
    Occupant,
    RecordingFacts,
    ReferenceFacts,
    Resolution,
    Unplaceable,
)
from posecheck.organize.plan.values import Conflict, ConflictKind

_LISTED = 5
_LOOK_ELSEWHERE = "or name a folder to search with --find-videos DIR"
_OF_RESOLUTION = {
    Resolution.MISSING: ConflictKind.MISSING_VIDEO,
    Resolution.NOT_A_FILE: ConflictKind.MISSING_VIDEO,
    Resolution.EMPTY: ConflictKind.EMPTY_VIDEO,
    Resolution.AMBIGUOUS: ConflictKind.AMBIGUOUS_VIDEO,
    Resolution.DIFFERS: ConflictKind.VIDEO_DIFFERS,
    Resolution.UNVERIFIED: ConflictKind.VIDEO_UNVERIFIED,
    Resolution.OUTSIDE: ConflictKind.OUTSIDE_ROOTS,
    Resolution.NOT_FETCHED: ConflictKind.NOT_FETCHED,
    Resolution.DANGLING: ConflictKind.DANGLING_LINK,
    Resolution.IN_STORE: ConflictKind.ZARR_STORE,
}


def fetch(path: str) -> str:
    """Say how to fetch the content of a file that git-annex keeps, with a command to paste."""
    file = PurePath(path)
    command = ["git", "-C", str(file.parent), "annex", "get", file.name]
    return f"Fetch it with git annex get: `{shlex.join(command)}`"


def of_resolution(recording: RecordingFacts, reference: ReferenceFacts) -> Conflict | None:
    """Return the conflict of a reference that leads to nothing that can be placed."""
    kind = _OF_RESOLUTION.get(reference.resolution)
    if kind is None:
        return None
    reason, remedy = _describe_resolution(reference)
    return conflict(kind, recording, reference, reason, remedy)


def conflict(
    kind: ConflictKind,
    recording: RecordingFacts,
    reference: ReferenceFacts | None,
    reason: str,
    remedy: str,
) -> Conflict:
    """Make the conflict of a recording, or of one of its references."""
    return Conflict(
        kind=kind,
        source=recording.display_path,
        location=reference.location if reference is not None else "",
        reason=reason,
        remedy=remedy,
    )


def not_uploadable(
    recording: RecordingFacts, reference: ReferenceFacts, source: str, suffix: str
) -> Conflict:
    """Say that dandi would not select a video."""
    refusal = (
        f"dandi uploads no {suffix} file" if suffix else "dandi uploads no file without extension"
    )
    remedy = (
        "Put its streams into .mp4 with --remux, or convert it."
        if reference.holder is not Holder.IMAGE
        else "Convert the image to PNG, JPEG or GIF."
    )
    return conflict(
        ConflictKind.NOT_UPLOADABLE,
        recording,
        reference,
        f"{reference.text!r} leads to {source}, and {refusal}.",
        remedy,
    )


def cannot_remux(
    recording: RecordingFacts, reference: ReferenceFacts, source: str, why: str
) -> Conflict:
    """Say that the streams of a video cannot be put into MP4."""
    return conflict(
        ConflictKind.CANNOT_REMUX,
        recording,
        reference,
        f"{source} cannot be put into .mp4 as it is: {why}.",
        "Encode it again, for instance with FFmpeg, and reference the result.",
    )


def occupied(
    recording: RecordingFacts,
    reference: ReferenceFacts | None,
    target: tuple[str, ...],
    occupant: Occupant,
) -> Conflict:
    """Say what stands where something is to go."""
    wanted, there = "/".join(target), "/".join(occupant.path)
    if occupant.obstacle is Obstacle.OTHER_CASE:
        return conflict(
            ConflictKind.TARGET_CASE,
            recording,
            reference,
            f"{wanted} is to be written, and {there} is there: some file systems, and people, take "
            f"the two for one.",
            f"Rename {there}, or what the new name is made of, so that both are spelled alike.",
        )
    what = {
        Obstacle.FILE: "is there already, with other content",
        Obstacle.FOLDER: "is a folder, not a file",
        Obstacle.LINKED_FOLDER: "is a link to a folder, and nothing is written through a link",
        Obstacle.NOT_A_FOLDER: "is a file, not a folder",
    }[occupant.obstacle]
    subject = "it" if there == wanted else there
    return conflict(
        ConflictKind.TARGET_EXISTS,
        recording,
        reference,
        f"{wanted} is to be written, and {subject} {what}.",
        f"Move {there} away; nothing is ever overwritten.",
    )


def reaches_out(recording: RecordingFacts) -> Conflict:
    """Say that an NWB file is a link to what nobody offered."""
    return conflict(
        ConflictKind.OUTSIDE_ROOTS,
        recording,
        None,
        f"It is a link to {recording.real_path}, outside the folders that were named.",
        f"Name the file itself as a PATH. {_name_folder(recording.real_path)}",
    )


def unplaceable(recording: RecordingFacts, why: Unplaceable) -> Conflict:
    """Say that a Zarr store holds what is not copied."""
    return conflict(
        ConflictKind.ZARR_STORE,
        recording,
        None,
        f"It is a Zarr store that cannot be placed as it is: {why.reason}.",
        why.remedy,
    )


def _name_folder(path: str) -> str:
    """Say how a file is offered that lies outside."""
    folder = str(PurePath(path).parent)
    return f"If it is meant, name the folder that it lies in: `{_find_videos(folder)}`."


def _find_videos(folder: str) -> str:
    return f"--find-videos {shlex.quote(folder)}"


def leads_out(recording: RecordingFacts, link: ExternalLink) -> Conflict:
    """Say that a part of a recording lies in another HDF5 file, which a new name would cut off."""
    is_store = recording.storage is StorageFormat.ZARR
    if link.target == recording.real_path and is_store:
        reason = f"{link.location} leads into the store itself by its name ({link.file})"
        remedy = (
            'Name the store "." there: in zarr, change `source` in the attribute, then call '
            "zarr.consolidate_metadata."
        )
    elif is_store:
        reason = f"{link.location} is kept in another Zarr store ({link.what} to {link.file})"
        remedy = (
            "Export the recording into one store: NWBZarrIO.export(src_io=io, "
            "write_args={'link_data': False}). The archive keeps no links between stores."
        )
    elif link.target == recording.real_path:
        reason = f"{link.location} leads into the file itself by its name ({link.file})"
        remedy = (
            "Make it a soft link, which names no file: in h5py `del file[path]`, then "
            "`file[path] = h5py.SoftLink(target)`."
        )
    else:
        reason = f"{link.location} is kept in another HDF5 file ({link.what} to {link.file})"
        remedy = (
            "Copy into this file what lies in the other one, and put it, or a soft link to it, in "
            "the place of the link: in h5py `del file[path]`, then `other.copy(target, "
            "file[folder])`. The archive keeps no links between files."
        )
    return Conflict(
        kind=ConflictKind.EXTERNAL_LINK,
        source=recording.display_path,
        location=link.location,
        reason=f"{reason}, and would not be found from its new place.",
        remedy=remedy,
    )


def is_linked(recording: RecordingFacts, other: str) -> Conflict:
    """Say that another NWB file leads into a recording that is to move."""
    return conflict(
        ConflictKind.EXTERNAL_LINK,
        recording,
        None,
        f"{other} leads into it by an external link, and would find nothing any more.",
        f"Copy into {other} what it takes from here, or let this one stay: --files copy.",
    )


def other_version(recording: RecordingFacts, path: tuple[str, ...], why: str) -> Conflict:
    """Say that the dandiset holds the recording, and not as it is now."""
    there = "/".join(path)
    return conflict(
        ConflictKind.TARGET_EXISTS,
        recording,
        None,
        f"{there} is this recording already (it has the same object_id), {why}.",
        f"Move {there} away to place the recording again, or leave the source out.",
    )


def _of_its_name(reference: ReferenceFacts) -> str:
    if len(reference.candidates) == 1:
        return f"{reference.candidates[0]}, which has its name, is another video"
    return f"none of {len(reference.candidates)} files of its name is the video"


def _describe_resolution(reference: ReferenceFacts) -> tuple[str, str]:
    said = f"{reference.text!r}"
    match reference.resolution:
        case Resolution.AMBIGUOUS:
            listed = ", ".join(reference.candidates[:_LISTED])
            more = len(reference.candidates) - _LISTED
            listed += f" and {more} more" if more > 0 else ""
            return (
                f"{said} is not there, and several files have its name: {listed}"
                f"{reference.detail}.",
                "Correct the reference, or search a narrower folder with --find-videos DIR.",
            )
        case Resolution.DIFFERS:
            return (
                f"{said} is not there, and {_of_its_name(reference)}: {reference.detail}.",
                "Put the video there, or name a folder that holds it with --find-videos DIR. If it "
                "is the video all the same, correct what the NWB file states of it.",
            )
        case Resolution.UNVERIFIED:
            return (
                f"{said} is not there. {reference.candidates[0]} has its name, but nothing shows "
                f"that it is the video: {reference.detail}.",
                "Look at it. If it is the video, take it with --accept-unverified; else put the "
                f"video there, {_LOOK_ELSEWHERE}.",
            )
        case Resolution.OUTSIDE:
            really = f" a link to {reference.leads_to}," if reference.leads_to else ""
            return (
                f"{said} leads to {reference.detail},{really} outside the folders that were named.",
                _name_folder(reference.leads_to or reference.detail),
            )
        case Resolution.NOT_FETCHED:
            return (
                f"{said} leads to {reference.detail}, whose content is not fetched.",
                fetch(reference.detail),
            )
        case Resolution.DANGLING:
            return (
                f"{said} leads to {reference.detail}, a link to nothing.",
                f"Restore what the link leads to, {_LOOK_ELSEWHERE}.",
            )
        case Resolution.NOT_A_FILE:
            return (
                f"{said} leads to {reference.detail}, which is no regular file.",
                f"Correct the reference, {_LOOK_ELSEWHERE}.",
            )
        case Resolution.IN_STORE:
            return (
                f"{said} leads to {reference.detail}, which lies inside a Zarr store.",
                "Put the file beside the store, and correct the reference.",
            )
        case Resolution.EMPTY:
            return (
                f"{said} leads to {reference.detail}, which has zero bytes.",
                "Put the file itself there: copy it again from where it was recorded. Or leave the "
                "recording out with --skip-conflicts.",
            )
        case _:
            return _missing(reference)


def _missing(reference: ReferenceFacts) -> tuple[str, str]:
    """Say that nothing is there, and which files may be the one that is meant."""
    place = "beside the NWB file" if parse_reference(reference.text).is_absolute else "there"
    reason = f"{reference.text!r} leads to no file: {reference.detail}."
    remedy = f"Put the file {place}, {_LOOK_ELSEWHERE}."
    if reference.elsewhere:
        listed = ", ".join(reference.elsewhere[:_LISTED])
        more = len(reference.elsewhere) - _LISTED
        listed += f" and {more} more" if more > 0 else ""
        reason += f" A file of its name lies in {listed}."
        remedy = (
            f"If that is the video, let it be searched for: "
            f"`{_find_videos(reference.elsewhere[0])}`. Else put the file {place}."
        )
    if reference.near:
        reason += f" Nearly of its name: {'; '.join(reference.near)}."
        if not reference.elsewhere:
            remedy = (
                "If that is the video, rename it to what the reference says, or correct the "
                f"reference. Else put the file {place}, {_LOOK_ELSEWHERE}."
            )
    return reason, remedy
