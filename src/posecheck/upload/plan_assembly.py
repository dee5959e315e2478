"""Make a plan from what is on this disk and what the archive lists, before anything is checked."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from posecheck.archive.client import ArchiveClient
from posecheck.archive.resources import RemoteAsset, RemoteDandiset
from posecheck.dandi_layout.constants import media_extensions
from posecheck.files.dataset_roots import in_bids
from posecheck.model.progress import Phase
from posecheck.upload.collect.candidates import Candidates
from posecheck.upload.collect.local_dandiset import LocalDandiset
from posecheck.upload.plan.closure import ResolvedRecordings, resolve
from posecheck.upload.plan.comparison import compare, find_gone, needs_digest
from posecheck.upload.plan.conflicts import (
    refuse_existing,
    refuse_not_newer,
    refuse_shadowed,
    refuse_stale_media,
)
from posecheck.upload.plan.files import Action, Digests, Existing, LocalFile, PlannedAsset
from posecheck.upload.plan.obstacles import ArchivedFiles
from posecheck.upload.plan.recordings import Refusal
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.session import UploadSession
from posecheck.upload.settings import UploadSettings

_LARGEST_READ = 256 * 1024**2
"""The largest file in bytes that is read only to name its checksum in a refusal."""


def assemble_plan(  # noqa: PLR0913, PLR0917 - all that the plan depends on
    settings: UploadSettings,
    dandiset: LocalDandiset,
    archive: ArchiveClient,
    destination: RemoteDandiset,
    candidates: Candidates,
    allowed: Collection[str],
    session: UploadSession,
) -> UploadPlan:
    """Request from the archive what it holds, and decide what becomes of each file.

    Parameters
    ----------
    settings, session
        As for `posecheck.upload.planning.plan_upload`.
    dandiset, candidates
        The dandiset on this disk, and what was found there.
    archive, destination
        The archive, and the dandiset there.
    allowed
        The codes of rules that stop no recording.

    Raises
    ------
    ArchiveError
        If the archive does not answer.
    ChangedError
        If a file changes while its checksum is computed.
    """
    # What was prefetched and is not needed must not delay what is.
    session.digests.keep(candidates.files.values())
    folders = [f"{folder}/" for folder in candidates.folders]
    prefix = _common_folder([*candidates.files, *candidates.targets(), *folders])
    session.progress.begin(Phase.LISTING)
    # A file with the name of one of the folders is a conflict, so it is listed, too.
    remote = archive.list_assets(dandiset.identifier, prefix.split("/", maxsplit=1)[0])
    resolved = resolve(
        candidates.chosen,
        candidates.files,
        media_extensions(),
        candidates.blocked,
        archived=ArchivedFiles(remote, candidates.keys),
        allowed=() if settings.only_verify else allowed,
    )
    bound = [path for recording in resolved.recordings for path in recording.paths]
    paths = [
        path for path in dict.fromkeys([*bound, *candidates.named]) if path in candidates.files
    ]
    local = [candidates.files[path] for path in sorted(paths)]
    session.digests.keep(local)
    needed = [file for file in local if needs_digest(file, remote.get(file.path))]
    digests = _digests(needed, session)
    assets = {
        file.path: compare(file, remote.get(file.path), digests.get(file.path), settings.existing)
        for file in local
    }
    refusals = [*candidates.refusals, *resolved.refusals]
    if not settings.only_verify:
        refusals += _refuse(settings.existing, resolved, assets, remote, digests, session)
    archived = {pointer.path for each in resolved.recordings for pointer in each.archived}
    gone = tuple(
        asset
        for asset in find_gone(remote, candidates.folders, paths)
        if asset.path not in archived and not os.path.lexists(dandiset.root.joinpath(asset.path))
    )
    referenced = candidates.referenced
    return UploadPlan(
        destination=destination,
        root=str(dandiset.root),
        prefix=prefix,
        existing=settings.existing,
        linked_from=tuple(str(folder) for folder in settings.linked_from),
        assets=tuple(assets.values()),
        recordings=tuple(resolved.recordings),
        refusals=tuple(refusals),
        skip_refused=settings.skip_refused,
        archived=tuple(remote[path] for path in sorted(archived)),
        gone=gone,
        sync=settings.sync,
        referenced=tuple(asset.path for asset in gone if asset.path in referenced),
        unreferenced=tuple(candidates.unreferenced),
        because=settings.because.strip(),
        notes=tuple(_notes(dandiset, local)),
    )


def _refuse(  # noqa: PLR0913, PLR0917 - what is known of disk and archive
    existing: Existing,
    resolved: ResolvedRecordings,
    assets: Mapping[str, PlannedAsset],
    remote: Mapping[str, RemoteAsset],
    digests: Mapping[str, Digests],
    session: UploadSession,
) -> list[Refusal]:
    """Refuse what conflicts with what the archive holds."""
    refusals = refuse_shadowed(resolved.recordings, assets, remote)
    if existing is Existing.REFRESH:
        kept = [each.local for each in assets.values() if each.action is Action.KEPT]
        unread = [file for file in kept if file.path not in digests and file.size <= _LARGEST_READ]
        known = {**digests, **_digests(unread, session)}
        return refusals + refuse_not_newer(resolved.recordings, assets, known)
    if existing is Existing.ERROR:
        refusals += refuse_existing(assets.values())
    return refusals + refuse_stale_media(resolved.recordings, assets)


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


def _digests(files: Collection[LocalFile], session: UploadSession) -> dict[str, Digests]:
    """Compute checksums that are needed to decide, or to say why."""
    if files:
        session.progress.begin(Phase.DIGESTING, sum(file.size for file in files), in_bytes=True)
        session.digests.begin(files, session.progress.advance)
    return {file.path: session.digests.of(file) for file in files}


def _common_folder(paths: Iterable[str]) -> str:
    """Return the folder that holds all paths, with a slash at its end; empty for the root."""
    folders = [path.split("/")[:-1] for path in paths]
    shared: list[str] = []
    for names in zip(*folders, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return "/".join(shared) + "/" if shared else ""
