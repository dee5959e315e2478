"""Whether there is disk space for what a plan places, and permission to write and to move it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from posecheck.model.storage_format import StorageFormat
from posecheck.organize.plan.facts import Destination
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.transaction.steps import TransferMode

_SHARING = frozenset({TransferMode.HARDLINK, TransferMode.SYMLINK, TransferMode.REFLINK})


def check_disk_space(
    media: Sequence[PlannedMedia], recordings: Sequence[PlannedRecording], destination: Destination
) -> Iterator[Conflict]:
    """Yield what keeps the whole plan from being applied, whichever recordings are in it."""
    needed = bytes_needed(media, recordings, destination)
    if needed > destination.free:
        yield Conflict(
            kind=ConflictKind.NO_SPACE,
            source="",
            reason=f"{_megabytes(needed)} are to be written to the dandiset, and there is room for "
            f"{_megabytes(destination.free)}.",
            remedy="Free disk space, or place the videos without copying them: --videos hardlink, "
            "reflink or symlink, or move.",
        )
    reported = set()
    items: list[PlannedMedia | PlannedRecording] = [*media, *recordings]
    for item in items:
        reasons = [destination.why_unwritable(item.target)]
        if item.mode in {FileMode.MOVE, TransferMode.MOVE}:
            reasons.append(destination.why_unmovable(item.source))
        for reason in filter(None, reasons):
            if reason not in reported:
                reported.add(reason)
                yield Conflict(
                    kind=ConflictKind.NOT_WRITABLE,
                    source="",
                    reason=f"{reason}.",
                    remedy="Get the right to write there, or choose another folder.",
                )


def bytes_needed(
    media: Sequence[PlannedMedia], recordings: Sequence[PlannedRecording], destination: Destination
) -> int:
    """Return how many bytes are written to the dandiset.

    An NWB file is edited as a copy, and the source of a moved one is kept until the end. A video
    is copied where it lies on another device, or where that is asked for. ``auto`` shares content
    on one device, but makes no second name where git-annex has, or would have, the first.
    """
    device = destination.device
    total = sum(item.stamp.size for item in recordings if _is_written(item, device))
    for item in media:
        on_device = _device(item.stamp.identity) == device
        if item.mode in _SHARING and not item.remux:
            continue
        shares = item.mode in {TransferMode.AUTO, TransferMode.MOVE} and on_device
        if item.mode is TransferMode.AUTO and shares:
            shares = not item.annexed and not destination.keeps_annex(item.target)
        if item.remux or not shares:
            total += item.stamp.size
    return total


def _is_written(item: PlannedRecording, device: str) -> bool:
    # Of a Zarr store that moves, the files that do not change get a second name.
    is_edited = bool(item.rewrites) and item.storage is StorageFormat.HDF5
    return is_edited or _is_copied(item, device)


def _is_copied(item: PlannedRecording, device: str) -> bool:
    return item.mode is FileMode.COPY or _device(item.stamp.identity) != device


def _device(identity: str) -> str:
    return identity.partition(":")[0]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
