"""Where bytes come from, behind one small protocol."""

from posecheck.storage.store import (
    Array,
    Foreign,
    Group,
    Link,
    LinkKind,
    Node,
    ObjectReference,
    StorageError,
    Store,
    Trouble,
)
from posecheck.storage.store_opener import open_store, stores_zarr

__all__ = [
    "Array",
    "Foreign",
    "Group",
    "Link",
    "LinkKind",
    "Node",
    "ObjectReference",
    "StorageError",
    "Store",
    "Trouble",
    "open_store",
    "stores_zarr",
]
