"""A local file against what the archive holds under its path.

The decisions are those of ``dandi upload`` (`dandi.upload.check_replace_asset`), with one change:
bytes that differ are never called the same, so that the verification can speak of what was kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from posecheck.upload.plan.values import (
    Action,
    Digests,
    Existing,
    LocalFile,
    PlannedAsset,
    PlannedRecording,
    Refusal,
    RemoteAsset,
)


def needs_digest(local: LocalFile, remote: RemoteAsset | None) -> bool:
    """Whether only its checksum tells if a file is what the archive holds.

    A file of another size is another file; nobody need read it to know that.
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
        as `Existing.OVERWRITE` here; `refuse_existing` refuses.
    """
    if remote is None:
        return PlannedAsset(local=local, action=Action.NEW, digests=digests)
    action, reason = _decide(local, remote, digests, existing)
    return PlannedAsset(local=local, action=action, remote=remote, digests=digests, reason=reason)


def refuse_existing(assets: Iterable[PlannedAsset]) -> list[Refusal]:
    """Refuse every file that the archive holds, whatever its bytes: ``--existing error``."""
    return [
        Refusal(
            path=asset.path,
            shown=asset.path,
            reason=f"the archive already holds {asset.path}, and --existing error was given",
            remedy="Choose --existing refresh, overwrite or skip.",
        )
        for asset in assets
        if asset.remote is not None
    ]


def refuse_stale_media(
    recordings: Iterable[PlannedRecording], assets: Mapping[str, PlannedAsset]
) -> list[Refusal]:
    """Refuse recordings of which the archive would keep one file and get another.

    An NWB file is not sent to a video of which the archive keeps other bytes, and no video is
    replaced below an NWB file that is kept: frames and poses would no longer belong together.
    Whoever shares such a video is refused as well, for it would arrive with them.
    """
    recordings = tuple(recordings)
    below_kept: dict[str, PlannedAsset] = {}
    for recording in recordings:
        nwb = assets.get(recording.path)
        if nwb is not None and nwb.action is Action.KEPT:
            for path in recording.media:
                if path in assets and assets[path].action is Action.CHANGED:
                    below_kept.setdefault(path, nwb)
    refusals = []
    for recording in recordings:
        nwb = assets.get(recording.path)
        for path in recording.media:
            medium = assets.get(path)
            reason = ""
            if medium is not None and medium.action is Action.KEPT and nwb and nwb.is_sent:
                reason = (
                    f"it references {path}, of which the archive would keep other bytes: "
                    f"{medium.reason}"
                )
            elif path in below_kept:
                kept = below_kept[path]
                reason = (
                    f"it references {path}, which would be replaced, while of {kept.path} the "
                    f"archive would keep other bytes: {kept.reason}"
                )
            if reason:
                refusals.append(
                    Refusal(
                        path=recording.path,
                        shown=recording.shown,
                        reason=reason,
                        remedy="Pass --existing overwrite to replace them, or bring the "
                        "archive's file here (dandi download).",
                    )
                )
    return refusals


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
    if digests is not None and remote.size == local.size and remote.etag == digests.etag:
        return Action.SAME, ""
    if existing is Existing.SKIP:
        return Action.KEPT, "the archive holds other bytes, which --existing skip keeps"
    newer = remote.modified is not None and remote.modified >= local.modified
    if existing is Existing.REFRESH and newer:
        return Action.KEPT, "the archive's file is as new or newer (--existing refresh)"
    return Action.CHANGED, ""
