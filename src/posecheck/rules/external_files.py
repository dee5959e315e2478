"""VID, the references: each leads to a file that arrives on DANDI together with the NWB file.

What an entry says (`Reference`) and what lies there (`Target`) are checked apart: an absolute path
is reported as absolute and not as missing, a URL as a URL, a blank entry by VID031 alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from posecheck.dandi_layout.archive_path import refused_characters
from posecheck.model.collection import Collection
from posecheck.model.edit import Edit
from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind, collapse
from posecheck.model.rule import Hit, Params, Skip
from posecheck.model.video_file import IMAGE_EXTENSIONS
from posecheck.rules.candidate_files import Stated, statements_of
from posecheck.rules.dandiset_references import (
    names_differing_by_case,
    unreferenced_videos,
    videos_of_two_sessions,
)
from posecheck.rules.image_sequences import each_or_together
from posecheck.rules.reference_faults import (
    KNOWN_VARIANTS,
    absolute_hits,
    backslash_hits,
    blank_hits,
    extension_hits,
    faults_of,
    missing_hits,
    outside_hits,
    reference_values,
    upper_case_hits,
    url_hits,
)
from posecheck.rules.shared_edits import path_of, refer

_UNPORTABLE = frozenset('*?"<>|')
"""A character of a path's component that dandi-archive stores (``ASSET_CHARS_REGEX``, and the dot).

The range ``A-z`` holds ``[ \\ ] ^ _`` and the backtick as well. The database repeats the check in
the collation C, so that white space counts only where it is ASCII."""


def vid002(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report relative references that lead to no file."""
    yield from _compared(recording, missing_hits)


def vid003(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report paths of one machine's own file system."""
    yield from _compared(recording, absolute_hits)


def _compared(
    recording: Recording, hits_of: Callable[[str, ExternalFile, Stated], Iterator[Hit]]
) -> Iterator[Hit]:
    """Check each reference, where the file that it may mean is compared with what is stated."""
    for video in recording.videos:
        users = [one for one in recording.every_container() if one.source_video == video.path]
        stated_of = statements_of(video, users)

        def hits_of_one(
            location: str,
            file: ExternalFile,
            video: Video = video,
            stated_of: Callable[[ExternalFile], Stated] = stated_of,
        ) -> Iterator[Hit]:
            for hit in hits_of(location, file, stated_of(file)):
                edits = _rewritten(video, file, str(hit.values.get("wanted", "")))
                yield hit.with_edits(*edits) if hit.variant in KNOWN_VARIANTS else hit

        yield from each_or_together(video, hits_of_one)


def vid004(video: Video, params: Params) -> Iterator[Hit]:
    r"""Report ``\`` between components."""

    def hits_of(location: str, file: ExternalFile) -> Iterator[Hit]:
        for hit in backslash_hits(location, file):
            yield hit.with_edits(*_rewritten(video, file, file.reference.posix))

    yield from each_or_together(video, hits_of)


def vid005(video: Video, params: Params) -> Iterator[Hit]:
    """Report references that leave the dandiset or, outside one, the git repository."""
    yield from each_or_together(video, outside_hits)


def vid006(video: Video, params: Params) -> Iterator[Hit]:
    """Report URLs."""
    yield from each_or_together(video, url_hits)


def vid007(video: Video, params: Params) -> Iterator[Hit]:
    """Report extensions that dandi does not select in any case of letters."""
    videos, images = params.words("extensions"), params.words("image_extensions")

    def hits_of(location: str, file: ExternalFile) -> Iterator[Hit]:
        suffix = file.reference.suffix.lower()
        if suffix in images:
            return
        if suffix in IMAGE_EXTENSIONS:
            for hit in extension_hits(location, file, images):
                yield Hit(location, "image", **hit.values)
        else:
            yield from extension_hits(location, file, videos)

    for hit in each_or_together(video, hits_of):
        variant = {"images-image": "images"}.get(hit.variant, hit.variant)
        yield Hit(hit.location, variant, **hit.values).with_edits(*hit.edits)


def vid008(video: Video, params: Params) -> Iterator[Hit]:
    """Report extensions that dandi would select in lower case."""
    wanted = (*params.words("extensions"), *params.words("image_extensions"))
    yield from each_or_together(video, partial(upper_case_hits, wanted=wanted))


def vid014(subject: Recording | Collection, params: Params) -> Iterator[Hit]:
    """Report each reference to a file that an earlier entry names already."""
    if isinstance(subject, Collection):
        yield from videos_of_two_sessions(subject)
    else:
        yield from _named_twice(subject)


def vid025(subject: Recording | Collection, params: Params) -> Iterator[Hit]:
    """Report names that some file system refuses or confuses with another."""
    if isinstance(subject, Collection):
        yield from names_differing_by_case(subject)
    else:
        yield from _not_portable(subject, params.number("longest"))


def vid026(image: ExternalImage, params: Params) -> Iterator[Hit]:
    """Report the faults of VID002 to VID008 in the reference of an ExternalImage."""
    for file in image.files:
        yield from blank_hits(image.path, file)
        for hit in faults_of(image.path, file, params.words("extensions")):
            variant = "" if hit.variant == "missing" else hit.variant
            yield Hit(image.path, variant, **hit.values).with_edits(*hit.edits)


def vid028(collection: Collection, params: Params) -> Iterator[Hit | Skip]:
    """Report videos of a dandiset that no NWB file names."""
    if collection.unknown:
        yield Skip("/", collection.unknown)
        return
    unread = next((file.unread for file in collection.files if file.unread), "")
    if unread:
        yield Skip("/", unread)
        return
    for video in unreferenced_videos(collection):
        yield Hit("/", file=video.file, path="/".join(video.path))


def vid029(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report paths that do not match the archive's pattern, and name what is refused."""
    longest = params.number("longest")
    for location, entry, file in _named(recording):
        names = _path(file)
        path = "/".join(names)
        values = {**reference_values(file), "entry": entry, "path": path}
        bad = refused_characters(names)
        if bad:
            yield Hit(location, "", **values, characters=bad, code_points=_points(bad))
        if any(".." in name or name.endswith(".") for name in names):
            yield Hit(location, "dots", **values)
        if len(path) > longest:
            yield Hit(location, "long", **values, length=len(path), longest=longest)


def vid030(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report paths with a hidden component."""
    for location, entry, file in _named(recording):
        hidden = [name for name in _path(file) if name.startswith(".")]
        if hidden:
            yield Hit(location, "", **reference_values(file), entry=entry, name=hidden[0])


def vid031(video: Video, params: Params) -> Iterator[Hit]:
    """Report external mode that names no file."""
    # An empty list beside frames in `data` is a leftover of internal mode, and harms nobody.
    if video.external_files == () and (video.format == "external" or not video.has_frames):
        yield Hit(video.path)
    for file in video.external_files or ():
        yield from blank_hits(video.path, file)


def _named_twice(recording: Recording) -> Iterator[Hit]:
    first: dict[object, tuple[str, int]] = {}
    for video in recording.videos:
        for file in _entries(video):
            series, index = first.setdefault(file_key(file), (video.path, file.index))
            if (series, index) == (video.path, file.index):
                continue
            variant = "" if series == video.path else "series"
            yield Hit(video.path, variant, **reference_values(file), series=series, first=index)


def _not_portable(recording: Recording, longest: float) -> Iterator[Hit]:
    folded: dict[tuple[str, ...], tuple[tuple[str, ...], object]] = {}
    for location, entry, file in _named(recording):
        values = {**reference_values(file), "entry": entry}
        for name in _path(file):
            bad = _distinct(c for c in name if c in _UNPORTABLE or unicodedata.category(c) == "Cc")
            if bad:
                yield Hit(
                    location, "", **values, name=name, characters=bad, code_points=_points(bad)
                )
            if name.endswith((".", " ")):
                yield Hit(location, "trailing", **values, name=name)
            size = len(name.encode("utf-8", "surrogatepass"))
            if size > longest:
                yield Hit(location, "long", **values, name=name, bytes=size, longest=longest)
        if file.reference.kind is not ReferenceKind.RELATIVE:
            continue
        place, key = _place(file), file_key(file)
        twin, other = folded.setdefault(tuple(n.casefold() for n in place), (place, key))
        if twin != place and other != key:
            yield Hit(location, "case", **values, twin="/".join(twin))


def _rewritten(video: Video, file: ExternalFile, text: str) -> tuple[Edit, ...]:
    return refer(path_of(video, "external_file"), file, text)


def _entries(video: Video) -> Iterator[ExternalFile]:
    """Yield the entries that name something."""
    for file in video.external_files or ():
        if file.reference.kind is not ReferenceKind.BLANK:
            yield file


def _named(recording: Recording) -> Iterator[tuple[str, str, ExternalFile]]:
    """Yield where each file name of videos and images is stored: object, dataset, and entry."""
    for references in recording.references():
        if not references.field.is_deprecated:
            for file in references.files:
                if file.reference.kind is not ReferenceKind.BLANK:
                    yield references.owner.path, references.entry(file), file


def _path(file: ExternalFile) -> tuple[str, ...]:
    """Return the components that the file's path has on the archive, as far as they are known.

    Folders of another machine, or outside the dandiset, are left behind when the file is moved
    in; its name comes along.
    """
    path = _place(file)
    outside = {
        TargetState.OUTSIDE,
        TargetState.OUTSIDE_REPOSITORY,
        TargetState.OUTSIDE_BY_LINK,
    }
    if file.reference.is_absolute or (file.target and file.target.state in outside):
        path = path[-1:]
    return tuple(name for name in path if name != "..")


def _place(file: ExternalFile) -> tuple[str, ...]:
    """Return where the file lies, leading ``..`` included; nothing for a URL."""
    reference, target = file.reference, file.target
    if reference.kind is ReferenceKind.URL:
        return ()
    if target and target.path and reference.kind is ReferenceKind.RELATIVE:
        return target.path
    return collapse(reference.parts)


def file_key(file: ExternalFile) -> object:
    """Return what is equal for two references to one file."""
    reference, target = file.reference, file.target
    if target and target.identity:
        return ("identity", target.identity)
    if reference.kind is ReferenceKind.URL:
        return ("url", reference.text)
    return ("path", reference.anchor, _place(file))


def _distinct(characters: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(characters))


def _points(characters: Iterable[str]) -> tuple[str, ...]:
    """Name characters that a terminal may not show."""
    return tuple(f"U+{ord(character):04X}" for character in characters)
