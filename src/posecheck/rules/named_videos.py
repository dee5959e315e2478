"""The video files that a container names: which are one file, and of which size they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import chain

from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.rules.probed_video import size_of


def has_other_file(files: Iterable[ExternalFile], known: Iterable[ExternalFile]) -> bool:
    """Whether one of the files is surely none of those that are known.

    Of two files on the disk it is known whether they are one; otherwise their names decide.
    """
    identities, names, unidentified = set(), set(), set()
    for file in known:
        identity = _identity(file)
        names.add(file_name(file))
        if identity:
            identities.add(identity)
        else:
            unidentified.add(file_name(file))
    return any(
        (_identity(file) not in identities and file_name(file) not in unidentified)
        if _identity(file)
        else file_name(file) not in names
        for file in files
    )


def known_sizes(container: PoseContainer, videos: Iterable[Video]) -> set[tuple[int, int]]:
    """Return the sizes of the videos that a container links, or otherwise names."""
    linked = {container.source_video, container.labeled_video} - {None}
    names = {file_name(file) for file in container.original_videos or ()}
    probed = {
        (file.video.width, file.video.height)
        for file in container.original_videos or ()
        if file.video is not None and file.video.width
    }
    return probed | {
        size
        for video in videos
        if (size := size_of(video)) is not None
        if video.path in linked
        or (not linked and names & {file_name(file) for file in video.external_files or ()})
    }


def meant_size(row: tuple[int, ...], sizes: set[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the size that a row was meant to be: modulo 256, or with its height first."""
    if len(row) != 2 or min(row) <= 0 or row in sizes:
        return None
    wrapped = (size for size in sizes if row == wrapped_size(size))
    swapped = (size for size in sizes if row == size[::-1])
    return next(chain(wrapped, swapped), None)


def wrapped_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size as 8 bits hold it."""
    return size[0] % 256, size[1] % 256


def _identity(file: ExternalFile) -> str:
    return file.target.identity if file.target is not None else ""


def file_name(file: ExternalFile) -> str:
    """Return the file's name as some file system may respell it."""
    return unicodedata.normalize("NFC", file.reference.name).casefold()
