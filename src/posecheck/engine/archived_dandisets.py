"""The dandisets of an archive, from their listings: what rules over several files see of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from posecheck.archive.resources import RemoteAsset
from posecheck.dandi_layout.constants import video_extensions
from posecheck.dandi_layout.markers import BIDS_FILE, is_recording
from posecheck.engine.discovery import Found
from posecheck.files.walk import is_hidden
from posecheck.model.collection import Collection, FileSummary, VideoOnDisk
from posecheck.model.dandiset_contents import DandisetContents
from posecheck.rules.dandiset_references import unreferenced_videos
from posecheck.sources.archive_source import ArchiveSource, ListedVersion

_NAMED = 3


@dataclass(slots=True)
class _Dandiset:
    """A version, and what was read of it."""

    version: ListedVersion
    named: set[str] = field(default_factory=set)
    files: list[FileSummary] = field(default_factory=list)


def archived_dandisets(
    found: Sequence[Found], summaries: Sequence[FileSummary | None]
) -> Iterator[tuple[Collection, DandisetContents]]:
    """Yield each version of a dandiset that was checked, in the order of their first files.

    Parameters
    ----------
    found
        The files of a run.
    summaries
        Their summaries, in the same order.
    """
    dandisets: dict[str, _Dandiset] = {}
    for item, summary in zip(found, summaries, strict=True):
        source = item.source
        if isinstance(source, ArchiveSource) and source.version.listing.dandiset:
            address = source.version.listing.address
            dandiset = dandisets.setdefault(address, _Dandiset(source.version))
            dandiset.named.add(source.asset_path)
            if summary is not None:
                dandiset.files.append(summary)
    for dandiset in dandisets.values():
        yield _look_at(dandiset)


def count_assets(assets: Iterable[RemoteAsset]) -> DandisetContents:
    """Return what assets are, and how large, of which nothing was read."""
    suffixes = video_extensions()
    numbers: Counter[str] = Counter()
    for asset in assets:
        path = asset.path.lower()
        kinds = {
            "assets": True,
            "recordings": is_recording(path),
            "videos": path.endswith(suffixes),
        }
        for kind in (name for name, holds in kinds.items() if holds):
            numbers[kind] += 1
            numbers[f"{kind}_bytes"] += asset.size
    return DandisetContents(
        assets=numbers["assets"],
        assets_bytes=numbers["assets_bytes"],
        recordings=numbers["recordings"],
        recordings_bytes=numbers["recordings_bytes"],
        videos=numbers["videos"],
        videos_bytes=numbers["videos_bytes"],
    )


def _look_at(dandiset: _Dandiset) -> tuple[Collection, DandisetContents]:
    assets = list(dandiset.version.index)
    dandiset.version.index.close()  # there may be more dandisets than files that can be open
    recordings = [asset for asset in assets if is_recording(asset.path)]
    suffixes = video_extensions()
    videos = [asset for asset in assets if asset.path.lower().endswith(suffixes)]
    unknown = _why_unknown(dandiset, recordings)
    collection = Collection(
        path=dandiset.version.listing.address,
        files=tuple(dandiset.files),
        videos=tuple(_checked(videos, assets, dandiset.version)),
        unknown=unknown,
    )
    contents = _with_files(count_assets(assets), collection)
    return replace(collection, videos=() if unknown else collection.videos), contents


def _with_files(contents: DandisetContents, collection: Collection) -> DandisetContents:
    """Add what was read of the recordings."""
    files = collection.files
    unreferenced = sum(1 for _ in unreferenced_videos(collection))
    posed = [file for file in files if file.has_pose]
    versions = Counter(file.ndx_pose_version for file in posed if file.ndx_pose_version)
    is_known = not (collection.unknown or any(file.unread for file in files))
    return replace(
        contents,
        read=len(files),
        with_pose=len(posed),
        ndx_pose_versions=dict(sorted(versions.items())),
        references=sum(len(file.mentions) for file in files),
        dangling=sum(len(file.dangling) for file in files),
        probed=len({path for file in files for path in file.probed}),
        unplayable=len({path for file in files for path in file.unplayable}),
        unreferenced=unreferenced if is_known else None,
        unreferenced_by_read=unreferenced,
        unknown=collection.unknown or next((file.unread for file in files if file.unread), ""),
    )


def _why_unknown(dandiset: _Dandiset, recordings: Sequence[RemoteAsset]) -> str:
    """Say why videos may be referenced by what was not read; empty if all recordings were."""
    read = {"/".join(file.path) for file in dandiset.files}
    unread = [asset.path for asset in recordings if asset.path not in read]
    if not unread:
        return ""
    if not dandiset.named.issuperset(unread):
        return "only a part of the dandiset was checked"
    listed = ", ".join(unread[:_NAMED]) + (" …" if len(unread) > _NAMED else "")
    return f"NWB files of the dandiset could not be read: {listed}"


def _checked(
    videos: Sequence[RemoteAsset], assets: Sequence[RemoteAsset], version: ListedVersion
) -> Iterator[VideoOnDisk]:
    """Yield the videos that a recording should reference: not hidden ones, nor those in BIDS."""
    in_bids = {
        asset.path.removesuffix(BIDS_FILE)
        for asset in assets
        if asset.path.rpartition("/")[2] == BIDS_FILE
    }
    for video in videos:
        path = tuple(video.path.split("/"))
        if any(map(is_hidden, path)) or any(video.path.startswith(folder) for folder in in_bids):
            continue
        file = version.listing.address_of(video)
        yield VideoOnDisk(file=file, path=path, identity=video.asset_id)
