"""References of a recording on the archive that no asset answers."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.recording import Recording
from posecheck.model.reference import ReferenceKind
from posecheck.model.rule import Hit
from posecheck.rules.candidate_files import NOTHING_STATED, Agreement, Stated, statements_of, weigh
from posecheck.rules.image_sequences import each_or_together
from posecheck.rules.reference_faults import reference_values


def unanswered_references(recording: Recording) -> Iterator[Hit]:
    """Yield a hit for each relative reference of a video or an image to what is no asset.

    Of an image sequence there is one hit. A reference that leads out of the dandiset, or is spelled
    in another way, is reported on the archive as it is on a disk.
    """
    for video in recording.videos:
        users = [one for one in recording.every_container() if one.source_video == video.path]
        stated_of = statements_of(video, users)
        for hit in each_or_together(
            video,
            lambda location, file, stated_of=stated_of: _hits(  # type: ignore[misc]
                location, f"external_file[{file.index}]", file, stated_of(file)
            ),
        ):
            is_group = hit.variant.startswith("images")
            yield Hit(hit.location, "images", **hit.values) if is_group else hit
    for image in recording.images:
        for file in image.files:
            yield from _hits(image.path, "data", file, NOTHING_STATED)


def _hits(location: str, entry: str, file: ExternalFile, stated: Stated) -> Iterator[Hit]:
    target = file.target
    if target is None or file.reference.kind is not ReferenceKind.RELATIVE:
        return
    values = {
        **reference_values(file),
        "entry": entry,
        "path": "/".join(target.path) or file.reference.posix,
    }
    if target.state is TargetState.NOT_A_FILE:
        yield Hit(location, "no-file", **values)
    if target.state is TargetState.MISSING:
        near = target.candidate
        if near is not None and weigh(near, stated).agreement is not Agreement.CONTRADICTS:
            yield Hit(location, "near", **values, wanted="/".join(near.path))
        else:
            yield Hit(location, "unanswered", **values)
