"""What the archive holds and what would be sent, where the two do not go together.

A recording is decided as one: whatever is refused of its files refuses all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from posecheck.archive.resources import RemoteAsset
from posecheck.model.wording import counted
from posecheck.upload.plan.files import Action, Digests, PlannedAsset
from posecheck.upload.plan.recordings import PlannedRecording, Refusal

_MOST = 3


def refuse_existing(assets: Iterable[PlannedAsset]) -> list[Refusal]:
    """Refuse every file that the archive holds, whatever its bytes: ``--existing error``."""
    return [
        Refusal(
            path=asset.path,
            display_path=asset.path,
            reason=f"the archive already holds {asset.path}, and --existing error was given",
            remedy="Choose --existing refresh, overwrite or skip.",
        )
        for asset in assets
        if asset.remote is not None
    ]


def refuse_not_newer(
    recordings: Iterable[PlannedRecording],
    assets: Mapping[str, PlannedAsset],
    digests: Mapping[str, Digests],
) -> list[Refusal]:
    """Refuse recordings of which the archive holds other bytes that are as new: ``refresh``.

    ``dandi upload`` passes such a file over, and sends the recording's others.

    Parameters
    ----------
    recordings
        What belongs together.
    assets
        The files, by path.
    digests
        The checksums of the local files, by path.
    """
    return [
        Refusal(
            path=path,
            display_path=display_path,
            reason=f"the archive holds other bytes of {asset.path}, and the file here is not "
            f"newer: {_versions(asset, asset.remote, digests.get(asset.path))}",
            remedy="Look which of the two is right. --existing overwrite replaces the archive's, "
            "--existing skip keeps it.",
        )
        for path, display_path, asset in _files(recordings, assets)
        if asset.action is Action.KEPT and asset.remote is not None
    ]


def refuse_stale_media(
    recordings: Iterable[PlannedRecording], assets: Mapping[str, PlannedAsset]
) -> list[Refusal]:
    """Refuse recordings of which the archive would keep one file and get another.

    An NWB file is not sent to a video of which the archive keeps other bytes, and no video is sent
    below an NWB file that is kept: frames and poses would no longer belong together, or the video
    would be one that the archive's NWB file does not name. Whoever shares such a video is refused
    as well, for it would arrive with them.
    """
    recordings = tuple(recordings)
    below_kept: dict[str, PlannedAsset] = {}
    for recording in recordings:
        nwb = assets.get(recording.path)
        if nwb is not None and nwb.action is Action.KEPT:
            for path in recording.media:
                if path in assets and assets[path].is_sent:
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
            elif medium is not None and path in below_kept:
                kept = below_kept[path]
                fate = "replaced" if medium.action is Action.CHANGED else "sent"
                reason = (
                    f"it references {path}, which would be {fate}, while of {kept.path} the "
                    f"archive would keep other bytes: {kept.reason}"
                )
            if reason:
                refusals.append(
                    Refusal(
                        path=recording.path,
                        display_path=recording.display_path,
                        reason=reason,
                        remedy="Pass --existing overwrite to replace them, or bring the "
                        "archive's file here (dandi download).",
                    )
                )
    return refusals


def refuse_shadowed(
    recordings: Iterable[PlannedRecording],
    assets: Mapping[str, PlannedAsset],
    remote: Mapping[str, RemoteAsset],
) -> list[Refusal]:
    """Refuse files whose path is a folder on the archive, or leads through a file there.

    Parameters
    ----------
    recordings
        What belongs together.
    assets
        The files, by path.
    remote
        What the archive holds, by path: below the paths of the files, and on the way to them.
    """
    below: dict[str, list[str]] = {}
    for path in remote:
        for folder in folders_of(path):
            below.setdefault(folder, []).append(path)
    refusals = []
    for path, display_path, asset in _files(recordings, assets):
        if asset.action is not Action.NEW:
            continue
        in_the_way = next((each for each in folders_of(asset.path) if each in remote), None)
        held = below.get(asset.path, [])
        if in_the_way is not None:
            reason = f"{asset.path} cannot be stored: on the archive, {in_the_way} is a file"
        elif held:
            named = ", ".join(held[:_MOST]) + (", …" if len(held) > _MOST else "")
            count = counted(len(held), "file")
            reason = (
                f"{asset.path} cannot be stored: on the archive that is a folder, which holds "
                f"{count} ({named})"
            )
        else:
            continue
        refusals.append(
            Refusal(
                path=path,
                display_path=display_path,
                reason=reason,
                remedy="Delete what is in the way on the archive (`dandi delete`, or on the "
                "dandiset's page), or rename the file here; `posecheck organize` renames "
                "references with it.",
            )
        )
    return refusals


def folders_of(path: str) -> Iterator[str]:
    """Yield the folders on the way to a path, the outermost first."""
    parts = path.split("/")[:-1]
    return ("/".join(parts[: end + 1]) for end in range(len(parts)))


def _files(
    recordings: Iterable[PlannedRecording], assets: Mapping[str, PlannedAsset]
) -> Iterator[tuple[str, str, PlannedAsset]]:
    """Yield each file with the recording that is refused with it: itself if it belongs to none."""
    bound = set()
    for recording in recordings:
        for path in recording.paths:
            if path in assets:
                bound.add(path)
                yield recording.path, recording.display_path, assets[path]
    for path, asset in assets.items():
        if path not in bound:
            yield path, path, asset


def _versions(local: PlannedAsset, remote: RemoteAsset | None, digests: Digests | None) -> str:
    """Say what is known of the two files: size, time and checksum of each."""
    here = _version(local.local.size, local.local.modified, digests.etag if digests else "")
    if remote is None:
        return here
    there = _version(remote.size, remote.modified, remote.etag)
    return f"here {here}; there {there}"


def _version(size: int, modified: datetime | None, etag: str) -> str:
    said = [counted(size, "byte")]
    if modified is not None:
        said.append(f"changed {modified.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    if etag:
        said.append(f"checksum {etag}")
    return ", ".join(said)
