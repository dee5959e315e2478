"""The dandiset around an asset, as one listing of the archive has it: nobody is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from posecheck.archive.asset_index import AssetIndex
from posecheck.archive.resources import RemoteAsset
from posecheck.dandi_layout.markers import BIDS_FILE
from posecheck.model.external_file import Target, TargetState
from posecheck.model.recording import Dandiset
from posecheck.model.reference import Reference, join
from posecheck.sources.source import Source, Surroundings


class ArchiveSurroundings(Surroundings):
    """The version of a dandiset that holds an asset.

    Parameters
    ----------
    index
        What the version holds.
    path
        The asset's path.
    source_of
        Returns the source of an asset. Of a path that no asset has it gets one without an id.
    """

    def __init__(
        self, index: AssetIndex, path: str, source_of: Callable[[RemoteAsset], Source]
    ) -> None:
        *folder, self.file_name = path.split("/")
        self.folder = tuple(folder)
        self._index = index
        self._source_of = source_of
        self._in_bids: dict[tuple[str, ...], bool] = {}
        self.dandiset = Dandiset(
            path=(*self.folder, self.file_name),
            is_bids=self._is_in_bids(self.folder),
            is_on_archive=True,
        )

    def resolve(self, reference: Reference) -> tuple[str, ...] | None:
        """Return the place to which a relative reference leads; ``None`` outside the dandiset."""
        return join(self.folder, reference)

    def locate(self, reference: Reference) -> tuple[str, ...]:
        """Return nothing: an absolute reference leads to the disk of whoever wrote it."""
        return ()

    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        """Return what the version holds at a place; an archive has no links."""
        path = "/".join(place)
        state, size, identity = TargetState.MISSING, 0, ""
        asset = self._index.find(path)
        if asset is not None and not asset.zarr:
            # Not the blob's id: two assets of equal bytes are two files.
            state, size, identity = TargetState.PRESENT, asset.size, asset.asset_id
        elif asset is not None or not path or self._index.is_folder(path):
            state = TargetState.NOT_A_FILE
        folder = place[:-1]
        return Target(
            state=state,
            path=place,
            size=size,
            identity=identity,
            in_bids=self._is_in_bids(folder),
            of_another_file=bool(folder)
            and self._index.find(f"{'/'.join(folder)}.nwb") is not None,
        )

    def names_in(self, folder: tuple[str, ...]) -> Sequence[str]:
        """Return the names in a folder; none if there is no such folder."""
        return self._index.names_in("/".join(folder))

    def twins(self, place: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
        """Return the assets whose paths differ in the case of letters or in accents alone."""
        found = self._index.find_ignoring_case("/".join(place))
        places = (tuple(asset.path.split("/")) for asset in found)
        return [each for each in places if each != place]

    def source_at(self, place: tuple[str, ...]) -> Source:
        """Return the asset at a place, which need not be there."""
        path = "/".join(place)
        asset = self._index.find(path)
        return self._source_of(asset or RemoteAsset(path=path, asset_id="", size=0))

    def _is_in_bids(self, folder: tuple[str, ...]) -> bool:
        if folder not in self._in_bids:
            self._in_bids[folder] = any(
                self._index.find(marker) is not None for marker in _markers_above(folder)
            )
        return self._in_bids[folder]


def _markers_above(folder: tuple[str, ...]) -> Iterator[str]:
    for depth in range(len(folder), -1, -1):
        yield "/".join((*folder[:depth], BIDS_FILE))
