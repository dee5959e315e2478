"""What was gathered, held against what the archive lists: a plan, before anything is checked."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from posecheck.archive.client import ArchiveClient
from posecheck.archive.resources import RemoteAsset, RemoteDandiset
from posecheck.files.dataset_roots import in_bids
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.candidates import Gathering, media_suffixes
from posecheck.upload.collect.local_dandiset import LocalDandiset
from posecheck.upload.plan.closure import ClosedSet, close
from posecheck.upload.plan.comparison import compare, find_gone, needs_digest
from posecheck.upload.plan.conflicts import (
    refuse_existing,
    refuse_not_newer,
    refuse_shadowed,
    refuse_stale_media,
)
from posecheck.upload.plan.files import Action, Digests, Existing, LocalFile, PlannedAsset
from posecheck.upload.plan.obstacles import Archived
from posecheck.upload.plan.recordings import Refusal
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.session import Phase, Workshop
from posecheck.upload.settings import UploadSettings

_READ_TO_TELL = 256 * 1024**2
"""Bytes of a file that is read to say more than that its size differs."""


def match(  # noqa: PLR0913, PLR0917 - everything that was found out comes together
    settings: UploadSettings,
    dandiset: LocalDandiset,
    archive: ArchiveClient,
    destination: RemoteDandiset,
    gathering: Gathering,
    allowed: Collection[str],
    watcher: ProgressListener,
    shop: Workshop,
) -> UploadPlan:
    """Ask the archive what it holds, and decide what becomes of each file.

    Parameters
    ----------
    settings, dandiset, archive, destination, watcher, shop
        As of `posecheck.upload.planning.plan_upload`.
    gathering
        What was found on the disk.
    allowed
        The codes of rules that stop no recording.

    Raises
    ------
    ArchiveError
        If the archive does not answer.
    ChangedError
        If a file changes while its checksum is computed.
    """
    # What was guessed and is not among these would be read before what is waited for.
    shop.checksums.keep(gathering.files.values())
    folders = [f"{folder}/" for folder in gathering.folders]
    prefix = _common_folder([*gathering.files, *gathering.targets(), *folders])
    watcher.begin(Phase.LISTING)
    # A file of the name of a folder on the way is in the way, so its name is asked for, too.
    remote = archive.list_assets(dandiset.identifier, prefix.split("/", maxsplit=1)[0])
    closed = close(
        gathering.chosen,
        gathering.files,
        media_suffixes(),
        gathering.withheld,
        archived=Archived(remote, gathering.keys),
        allowed=() if settings.only_verify else allowed,
    )
    bound = [path for recording in closed.recordings for path in recording.paths]
    paths = [path for path in dict.fromkeys([*bound, *gathering.named]) if path in gathering.files]
    local = [gathering.files[path] for path in sorted(paths)]
    shop.checksums.keep(local)
    needed = [file for file in local if needs_digest(file, remote.get(file.path))]
    digests = _digests(needed, watcher, shop)
    assets = {
        file.path: compare(file, remote.get(file.path), digests.get(file.path), settings.existing)
        for file in local
    }
    refusals = [*gathering.refusals, *closed.refusals]
    if not settings.only_verify:
        refusals += _refuse(settings.existing, closed, assets, remote, digests, watcher, shop)
    archived = {pointer.path for each in closed.recordings for pointer in each.satisfied}
    gone = tuple(
        asset
        for asset in find_gone(remote, gathering.folders, paths)
        if asset.path not in archived and not os.path.lexists(dandiset.root.joinpath(asset.path))
    )
    referenced = gathering.referenced
    return UploadPlan(
        destination=destination,
        root=str(dandiset.root),
        prefix=prefix,
        existing=settings.existing,
        linked_from=tuple(str(folder) for folder in settings.linked_from),
        assets=tuple(assets.values()),
        recordings=tuple(closed.recordings),
        refusals=tuple(refusals),
        skip_refused=settings.skip_refused,
        archived=tuple(remote[path] for path in sorted(archived)),
        gone=gone,
        sync=settings.sync,
        referenced=tuple(asset.path for asset in gone if asset.path in referenced),
        unreferenced=tuple(gathering.unreferenced),
        because=settings.because.strip(),
        notes=tuple(_notes(dandiset, local)),
    )


def _refuse(  # noqa: PLR0913, PLR0917 - what is known of both sides
    existing: Existing,
    closed: ClosedSet,
    assets: Mapping[str, PlannedAsset],
    remote: Mapping[str, RemoteAsset],
    digests: Mapping[str, Digests],
    watcher: ProgressListener,
    shop: Workshop,
) -> list[Refusal]:
    """Refuse what does not go together with what the archive holds."""
    refusals = refuse_shadowed(closed.recordings, assets, remote)
    if existing is Existing.REFRESH:
        kept = [each.local for each in assets.values() if each.action is Action.KEPT]
        unread = [file for file in kept if file.path not in digests and file.size <= _READ_TO_TELL]
        known = {**digests, **_digests(unread, watcher, shop)}
        return refusals + refuse_not_newer(closed.recordings, assets, known)
    if existing is Existing.ERROR:
        refusals += refuse_existing(assets.values())
    return refusals + refuse_stale_media(closed.recordings, assets)


def _notes(dandiset: LocalDandiset, files: Iterable[LocalFile]) -> Iterator[str]:
    if dandiset.published:
        yield (
            f"this folder was downloaded as the published version {dandiset.published}, which "
            "nobody can change; the upload goes to the draft."
        )
    folders = {dandiset.root.joinpath(file.path).parent for file in files}
    if any(in_bids(folder, dandiset.root) for folder in folders):
        yield (
            "some of it lies in a BIDS dataset; what belongs to that and to no recording, such as "
            "dataset_description.json, is sent by `dandi upload` alone."
        )


def _digests(
    files: Collection[LocalFile], watcher: ProgressListener, shop: Workshop
) -> dict[str, Digests]:
    """Compute checksums that are needed to decide, or to say why."""
    if files:
        watcher.begin(Phase.DIGESTING, sum(file.size for file in files), in_bytes=True)
        shop.checksums.begin(files, watcher.advance)
    return {file.path: shop.checksums.of(file) for file in files}


def _common_folder(paths: Iterable[str]) -> str:
    """Return the folder that holds all paths, with a slash at its end; empty for the root."""
    folders = [path.split("/")[:-1] for path in paths]
    shared: list[str] = []
    for names in zip(*folders, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return "/".join(shared) + "/" if shared else ""
