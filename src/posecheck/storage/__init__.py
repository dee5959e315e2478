"""Where bytes come from, behind one small protocol."""

from posecheck.storage.annex import unfetched_key
from posecheck.storage.opening import open_store
from posecheck.storage.protocol import (
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
    "unfetched_key",
]
