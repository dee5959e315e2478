"""What two NWB files of one dandiset say that cannot both be meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from posecheck.model.collection import Collection, FileSummary, Mention, VideoOnDisk
from posecheck.model.rule import Hit
from posecheck.model.video_file import IMAGE_EXTENSIONS


def videos_of_two_sessions(collection: Collection) -> Iterator[Hit]:
    """Yield videos that two sessions of one subject claim.

    Otherwise files share videos for good reasons: a processed file points to the video of its raw
    one, and each animal of a group has a file of its own. Of an image sequence the first image is
    named.
    """
    sequences: set[tuple[str, str, str]] = set()
    first: dict[object, tuple[FileSummary, Mention]] = {}
    for file, mention in collection.mentions():
        if not mention.is_video or not file.subject_id or not file.session_id:
            continue
        key = (file.subject_id, mention.identity or mention.path)
        other, _ = first.setdefault(key, (file, mention))
        if other.session_id != file.session_id:
            if PurePosixPath(*mention.path).suffix.lower() in IMAGE_EXTENSIONS:
                sequence = (file.file, mention.location, other.file)
                if sequence in sequences:
                    continue
                sequences.add(sequence)
            yield Hit(
                mention.location,
                "sessions",
                file=file.file,
                entry=mention.entry,
                path="/".join(mention.path),
                session=file.session_id,
                other=other.file,
                other_session=other.session_id,
            )


def unreferenced_videos(collection: Collection) -> Iterator[VideoOnDisk]:
    """Yield the videos that no file references.

    A reference to nothing that has the name of a video, be it in other letters, is reported itself,
    and the video is left out.
    """
    paths = {mention.path for _, mention in collection.mentions()}
    identities = {mention.identity for _, mention in collection.mentions() if mention.identity}
    missed = {name.casefold() for file in collection.files for name in file.missed}
    for video in collection.videos:
        is_known = video.path in paths or video.identity in identities
        if not is_known and video.path[-1].casefold() not in missed:
            yield video


def names_differing_by_case(collection: Collection) -> Iterator[Hit]:
    """Yield files and folders that are one and the same to a file system that ignores case.

    Two names inside one NWB file are that file's own affair.
    """
    places: dict[tuple[str, ...], tuple[str, FileSummary]] = {}
    identities: dict[tuple[str, ...], str] = {}
    reported: set[tuple[str, ...]] = set()
    for file, location, path, identity in _every_place(collection):
        for depth in range(1, len(path) + 1):
            part = path[:depth]
            folded = tuple(name.casefold() for name in part)
            name, holder = places.setdefault(folded, ("/".join(part), file))
            if name == "/".join(part):
                if depth == len(path):
                    identities.setdefault(folded, identity)
                continue
            same = depth == len(path) and identity and identities.get(folded) == identity
            if holder is not file and part not in reported and not same:
                reported.add(part)
                yield Hit(
                    location,
                    "files",
                    file=file.file,
                    name="/".join(part),
                    twin=name,
                    other=holder.file,
                )
            break  # whatever lies below differs for the same reason


def _every_place(
    collection: Collection,
) -> Iterator[tuple[FileSummary, str, tuple[str, ...], str]]:
    for file in collection.files:
        yield file, "/", file.path, ""
    for file, mention in collection.mentions():
        yield file, mention.location, mention.path, mention.identity
