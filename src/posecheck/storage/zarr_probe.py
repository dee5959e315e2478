"""Whether a Zarr store elsewhere carries ndx-pose, from its consolidated metadata alone."""

from __future__ import annotations

from posecheck.sources.store_files import CONSOLIDATED, StoreFiles
from posecheck.storage.pose_probe import PoseProbe
from posecheck.storage.store import StorageError
from posecheck.storage.zarr_metadata import LARGEST_DOCUMENT, parse_document
from posecheck.storage.zarr_tree import read_member

_SPECIFICATIONS, _POSE = "specifications/", "specifications/ndx-pose/"


def probe_pose_of_store(files: StoreFiles) -> PoseProbe:
    """Look whether a store carries ndx-pose: one document says which specifications it has.

    Parameters
    ----------
    files
        The members of the store.

    Raises
    ------
    OSError
        If the document cannot be had.
    """
    try:
        content = read_member(files, CONSOLIDATED, LARGEST_DOCUMENT, "/")
        found = parse_document(content, "/").get("metadata") if content is not None else None
    except StorageError:
        files.check()
        return PoseProbe.UNDECIDED
    names = list(found) if isinstance(found, dict) else []
    if any(name.startswith(_POSE) for name in names):
        return PoseProbe.CARRIED
    carries_any = any(name.startswith(_SPECIFICATIONS) for name in names)
    return PoseProbe.ABSENT if carries_any else PoseProbe.UNDECIDED
