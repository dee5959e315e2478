"""LAY: whether an NWB file lies and is called as DANDI wants it.

The patterns (`posecheck.dandi_layout.organized_path`) look at ``*.nwb`` alone, and not inside a
BIDS dataset.
"""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.dandi_layout.organized_path import (
    SESSION,
    SUBJECT,
    is_organized_path,
    is_stem,
    is_subject_folder,
    label_of,
    sanitized,
)
from posecheck.model.asset import Asset
from posecheck.model.collection import Collection
from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.problem import ProblemKind
from posecheck.model.recording import Dandiset, Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.archived_references import unanswered_references

_SUFFIX = ".nwb"
_REFUSED_FIELDS = (
    *("species", "age", "date_of_birth", "sex", "strain"),
    *("subject_id", "session_id"),
)
"""The fields whose refusal has a wording of its own."""
_IN_BIDS = "it lies in a BIDS dataset, which DANDI's layout does not apply to"


def lay001(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a file name that is not DANDI's."""
    placed = recording.dandiset
    if placed is None or not placed.path:
        return
    if placed.is_bids:
        yield Skip("/", _IN_BIDS)
        return
    name = placed.path[-1]
    stem, suffix = name[: -len(_SUFFIX)], name[-len(_SUFFIX) :]
    if suffix.lower() != _SUFFIX:
        return  # Zarr, for which dandi has no pattern
    if suffix != _SUFFIX:
        yield Hit("/", "suffix", name=name, suffix=suffix)
    if is_stem(stem):
        return
    parts = stem.split("_")
    if not parts[0].startswith("sub-"):
        yield Hit("/", "subject", name=name)
        return
    good = [end for end in range(1, len(parts)) if is_stem("_".join(parts[:end]))]
    yield Hit("/", "", name=name, part=parts[good[-1]] if good else parts[0])


def lay002(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a file that does not lie in the folder of its subject."""
    placed = recording.dandiset
    if placed is None or not placed.path or not placed.path[-1].endswith(_SUFFIX):
        return
    if placed.is_bids:
        yield Skip("/", _IN_BIDS)
        return
    *folders, name = placed.path
    label = SUBJECT.match(name)
    wanted = label[0] if label is not None else "sub-<subject>"
    if not folders:
        yield Hit("/", "root", wanted=wanted)
    elif len(folders) > 1:
        yield Hit("/", "deep", folder="/".join(folders), depth=len(folders), wanted=wanted)
    elif not SUBJECT.fullmatch(folders[0]):
        yield Hit("/", "", folder=folders[0], wanted=wanted)


def lay003(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a folder, a name and a Subject that do not name one animal."""
    placed = recording.dandiset
    if placed is None or not _is_organized(placed):
        return
    folder, name = placed.path
    labels = (SUBJECT.match(folder), SUBJECT.match(name))
    in_folder, in_name = (match["label"] if match is not None else "" for match in labels)
    if in_folder != in_name:
        yield Hit("/", "", folder=in_folder, name=in_name)
        return
    subject = recording.subject.subject_id if recording.subject is not None else None
    wanted = label_of(subject)
    if not wanted:
        yield Skip("/", "it has no Subject with a subject_id")
    elif not _agree(in_name, subject or "", "sub-"):
        yield Hit("/", "subject", label=in_name, **_spelled("subject", subject), wanted=wanted)


def lay004(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a name and a session_id that do not name one session."""
    placed = recording.dandiset
    if placed is None or not _is_organized(placed):
        return
    label = SESSION.search(placed.path[-1])
    session = recording.session_id
    if label is None:
        return
    wanted = label_of(session)
    if not wanted:
        yield Skip("/", "it has no session_id")
    elif not _agree(label["label"], session or "", "ses-"):
        yield Hit("/", label=label["label"], **_spelled("session", session), wanted=wanted)


def lay005(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report videos that another subject's folder holds, or none.

    A video that several recordings share lies with one of them, in the folder that holds its
    videos: the others refer to it there.
    """
    placed = recording.dandiset
    if placed is None or not _is_organized(placed):
        return
    for video in recording.videos:
        for file in video.external_files or ():
            target = file.target
            if target is None or not _is_there(file) or target.path[:1] == placed.path[:1]:
                continue
            if target.of_another_file and is_subject_folder(target.path[0]):
                continue
            yield Hit(
                video.path, index=file.index, target="/".join(target.path), folder=placed.path[0]
            )


def lay006(collection: Collection, params: Params) -> Iterator[Hit]:
    """Report files that claim to be one and the same object."""
    first: dict[str, str] = {}
    for file in collection.files:
        if file.object_id:
            other = first.setdefault(file.object_id, file.file)
            if other != file.file:
                yield Hit("/", file=file.file, other=other, object_id=file.object_id)


def lay007(subject: Asset | Recording, params: Params) -> Iterator[Hit]:
    """Report what a version should hold and does not: the file, or what it references."""
    if isinstance(subject, Recording):
        if subject.dandiset is not None and subject.dandiset.is_on_archive:
            yield from unanswered_references(subject)
        return
    asset = subject
    if asset.remote is None:
        yield Hit("/")
        return
    for end in asset.dangling_references:
        yield Hit(end.location, "reference", entry=end.entry, location=end.location, path=end.path)


def lay008(asset: Asset, params: Params) -> Iterator[Hit]:
    """Report a file of which the archive holds other bytes."""
    local, remote = asset.local, asset.remote
    if remote is None:
        return
    kept = f"; {asset.kept}" if asset.kept else ""
    if local.size != remote.size:
        yield Hit("/", "size", local=local.size, remote=remote.size, kept=kept)
    elif not local.etag or not remote.etag:
        yield Hit("/", "unknown")
    elif local.etag != remote.etag:
        yield Hit("/", local=local.etag, remote=remote.etag, kept=kept)
    elif local.sha256 and remote.sha256 and local.sha256 != remote.sha256:
        yield Hit("/", "sha256", local=local.sha256, remote=remote.sha256)


def lay009(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report metadata that keeps a file from the archive."""
    for problem in recording.problems_of(ProblemKind.METADATA_UNKNOWN):
        yield Skip(problem.location, problem.detail)
    for problem in recording.problems_of(ProblemKind.METADATA_REFUSED):
        field = str(problem.values.get("field") or "")
        variant = field.replace("_", "-") if field in _REFUSED_FIELDS else ""
        hit = Hit(
            problem.location,
            variant,
            field=field,
            value=str(problem.values.get("value") or ""),
            reason=problem.detail,
            object=problem.location if variant else "",
        )
        yield hit if recording.dandiset is not None else hit.outside_dandiset()


def quoted(identifier: str) -> str:
    """Write an identifier for a sentence: in quotes where its white space would be invisible."""
    has_space = any(character.isspace() or not character.isprintable() for character in identifier)
    return repr(identifier) if has_space else identifier


def _is_organized(placed: Dandiset) -> bool:
    """Whether LAY001 and LAY002 report nothing, so that the parts of the path mean something."""
    is_named = placed.path[-1:] != () and placed.path[-1].endswith(_SUFFIX)
    return not placed.is_bids and is_named and is_organized_path(placed.path)


def _spelled(name: str, identifier: str | None) -> dict[str, str]:
    """Return an identifier as it is, and as it stands in a sentence."""
    return {name: identifier or "", "quoted": quoted(identifier or "")}


def _agree(label: str, stored: str, prefix: str) -> bool:
    """Whether a label stands for a value, with or without the prefix in the value.

    What dandi itself makes of white space at the ends of a value agrees, too.
    """
    return any(
        label in {label_of(value), sanitized(value)}
        for value in (stored, stored.strip().removeprefix(prefix), stored.removeprefix(prefix))
    )


def _is_there(file: ExternalFile) -> bool:
    present = {TargetState.PRESENT, TargetState.NOT_FETCHED}
    return file.target is not None and file.target.state in present and bool(file.target.path)
