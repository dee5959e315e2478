"""Whether external_file lists videos or images: of a sequence, each image is one frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import Video
from posecheck.model.reference import ReferenceKind
from posecheck.model.rule import Hit
from posecheck.model.video_file import IMAGE_EXTENSIONS
from posecheck.rules.body_part_names import listed
from posecheck.rules.shared_edits import refer_together

_NAMES = 3
_MAY_HOLD_SEVERAL = frozenset({".gif", ".tif", ".tiff", ".webp"})
"""Formats of which one file can hold many frames: nobody knows before it was looked into."""


def named_files(video: Video) -> tuple[ExternalFile, ...]:
    """Return the entries of ``external_file`` that name something."""
    files = video.external_files or ()
    return tuple(file for file in files if file.reference.kind is not ReferenceKind.BLANK)


def is_image(file: ExternalFile) -> bool:
    """Whether an entry is a single image: by its content or, where that is not known, its name."""
    if file.video is not None and file.video.fault is None:
        return file.video.is_image
    return file.reference.suffix.lower() in IMAGE_EXTENSIONS


def images_of(video: Video) -> tuple[ExternalFile, ...]:
    """Return the entries of ``external_file`` that are single images."""
    return tuple(filter(is_image, named_files(video)))


def is_image_sequence(video: Video) -> bool:
    """Whether external_file names images, and nothing else."""
    named = named_files(video)
    return bool(named) and all(map(is_image, named))


def image_count(video: Video) -> int | None:
    """Return the frames of an image sequence; ``None`` for videos, and where it is unknown."""
    if not is_image_sequence(video):
        return None
    images = images_of(video)
    unknown = any(
        file.reference.suffix.lower() in _MAY_HOLD_SEVERAL
        and (file.video is None or file.video.fault is not None)
        for file in images
    )
    return None if unknown else len(images)


def common_size(files: Iterable[ExternalFile]) -> tuple[int, int] | None:
    """Return the width and height that most of the images that were looked into have."""
    sizes = Counter(
        (file.video.width, file.video.height)
        for file in files
        if file.video is not None and file.video.fault is None
    )
    return sizes.most_common(1)[0][0] if sizes else None


def each_or_together(
    video: Video, hits_of: Callable[[str, ExternalFile], Iterator[Hit]]
) -> Iterator[Hit]:
    """Check each entry of ``external_file``; what befalls several images alike is one hit.

    Its variant is then ``images``, or ``images-`` and the variant of the single hits; its values
    are those of the first, with ``count``, ``total`` and the names of the ``files``.
    """
    total = len(images_of(video))
    alike: dict[tuple[str, object], list[tuple[ExternalFile, Hit]]] = {}
    for file in named_files(video):
        for hit in hits_of(video.path, file):
            key = (hit.variant, None if total > 1 and is_image(file) else file.index)
            alike.setdefault(key, []).append((file, hit))
    for (variant, _), hits in alike.items():
        _, first = hits[0]
        if len(hits) == 1:
            yield first
            continue
        names = listed((file.reference.name or file.reference.text for file, _ in hits), _NAMES)
        values = {**first.values, "count": len(hits), "total": total, "files": names}
        edits = [edit for _, hit in hits for edit in hit.edits]
        together = f"images-{variant}" if variant else "images"
        edit_all = refer_together(edits, video.external_files or ())
        yield Hit(video.path, together, **values).with_edits(*edit_all)
