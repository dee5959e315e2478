"""The metadata of an asset: what the archive knows of a file is what dandi extracts from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dandi.files import BIDSDatasetDescriptionAsset


def describe_asset(location: str | Path, root: str | Path) -> dict[str, Any]:
    """Return the metadata of a file, as ``dandi upload`` would send it, but for its checksums.

    Parameters
    ----------
    location
        The file.
    root
        The dandiset's folder.

    Raises
    ------
    Exception
        What dandi raises on a file of which it makes no metadata.
    """
    from dandi.dandiapi import set_asset_schema_key  # noqa: PLC0415 - dandi costs a second
    from dandi.files import dandi_file  # noqa: PLC0415
    from dandi.misctypes import DUMMY_DANDI_ETAG  # noqa: PLC0415

    path = Path(location)
    asset = dandi_file(path, root, bids_dataset_description=bids_dataset_of(path.parent, root))
    described = asset.get_metadata(digest=DUMMY_DANDI_ETAG, ignore_errors=False)
    metadata: dict[str, Any] = described.model_dump(mode="json", exclude_none=True)
    set_asset_schema_key(metadata)
    return metadata


def bids_dataset_of(
    place: str | Path, root: str | Path | None = None
) -> BIDSDatasetDescriptionAsset | None:
    """Return the BIDS dataset that a place lies in, as dandi knows it: the same every time.

    dandi has a whole dataset validated by the first file that it describes, and does so again for
    each file, and for an NWB file even over and over.
    """
    from dandi.files import find_bids_dataset_description  # noqa: PLC0415

    found = find_bids_dataset_description(place, root)
    return None if found is None else _BIDS_DATASETS.setdefault(found.filepath, found)


_BIDS_DATASETS: dict[Path, BIDSDatasetDescriptionAsset] = {}
