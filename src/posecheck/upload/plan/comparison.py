"""A local file against what the archive holds under its path.

The decisions are those of ``dandi upload`` (`dandi.upload.check_replace_asset`), with one change:
bytes that differ are never called the same, so that what is kept can be reported, or refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from posecheck.archive.resources import RemoteAsset
from posecheck.upload.plan.files import Action, Digests, Existing, LocalFile, PlannedAsset


def needs_digest(local: LocalFile, remote: RemoteAsset | None) -> bool:
    """Return whether only a checksum shows if a file is what the archive holds.

    A file of another size differs; it need not be read.
    """
    return remote is not None and remote.size == local.size and bool(remote.etag)


def compare(
    local: LocalFile,
    remote: RemoteAsset | None,
    digests: Digests | None,
    existing: Existing,
) -> PlannedAsset:
    """Decide what becomes of one file.

    Parameters
    ----------
    local
        The file.
    remote
        What the archive holds under its path.
    digests
        Its checksums; they may be missing where `needs_digest` says so.
    existing
        What the user wants to become of files that the archive holds. `Existing.ERROR` is decided
        as `Existing.OVERWRITE` here; `posecheck.upload.plan.conflicts` refuses.
    """
    if remote is None:
        return PlannedAsset(local=local, action=Action.NEW, digests=digests)
    action, reason = _decide(local, remote, digests, existing)
    return PlannedAsset(local=local, action=action, remote=remote, digests=digests, reason=reason)


def find_gone(
    remote: Mapping[str, RemoteAsset], folders: Sequence[str], on_disk: Iterable[str]
) -> tuple[RemoteAsset, ...]:
    """Return the assets below some folders that are not on this disk, sorted by path.

    Parameters
    ----------
    remote
        What the archive holds, by path.
    folders
        Paths in the dandiset; an empty one stands for its root.
    on_disk
        The paths of all files below them.
    """
    there = set(on_disk)
    return tuple(
        asset
        for path, asset in sorted(remote.items())
        if path not in there
        and any(not folder or path.startswith(f"{folder}/") for folder in folders)
    )


def _decide(
    local: LocalFile, remote: RemoteAsset, digests: Digests | None, existing: Existing
) -> tuple[Action, str]:
    if remote.is_unfinished:
        return Action.CHANGED, "the archive holds a part of it, and has computed no checksum"
    if digests is not None and remote.size == local.size and remote.etag == digests.etag:
        return Action.SAME, ""
    if existing is Existing.SKIP:
        return Action.KEPT, "the archive holds other bytes, which --existing skip keeps"
    newer = remote.modified is not None and remote.modified >= local.modified
    if existing is Existing.REFRESH and newer:
        return Action.KEPT, "the archive's file is as new or newer (--existing refresh)"
    return Action.CHANGED, ""
