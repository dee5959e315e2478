"""The files of an upload, and what becomes of each.

An asset's path is the file's path from the dandiset's root, in POSIX spelling: that is its name in
the archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from posecheck.archive.resources import RemoteAsset


class Existing(StrEnum):
    """What becomes of a file that the archive holds already; as ``dandi upload --existing``.

    ``SKIP`` keeps whatever is there, ``REFRESH`` replaces other bytes and refuses if the archive's
    are as new, ``OVERWRITE`` replaces other bytes, ``ERROR`` refuses.
    """

    SKIP = "skip"
    REFRESH = "refresh"
    OVERWRITE = "overwrite"
    ERROR = "error"


class Action(StrEnum):
    """What becomes of one file."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    KEPT = "kept"


NWB_SUFFIXES = (".nwb", ".nwb.zarr")
"""The extensions of recordings, as the archive's clients select them."""

SENDING = (Action.NEW, Action.CHANGED)
"""The actions that send something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file on disk, or a Zarr store, which is a folder and one asset.

    Attributes
    ----------
    path
        Its path in the dandiset, which is the asset's.
    location
        Its absolute path on this machine.
    size
        In bytes; of a store, those of all files in it.
    modified_ns
        Nanoseconds since the epoch; of a store, the time of what was changed last in it.
    identity
        Equal for two names of one content on this disk.
    origin
        Where it really lies, if a link brings it in from a folder that the user named
        (``--linked-from``); otherwise empty.
    store_fingerprint
        Of a store, what differs after any change in it; empty for a file.
    """

    path: str
    location: str
    size: int
    modified_ns: int
    identity: str = ""
    origin: str = ""
    store_fingerprint: str = ""

    @property
    def is_store(self) -> bool:
        """Whether it is a Zarr store."""
        return bool(self.store_fingerprint)

    @property
    def is_nwb(self) -> bool:
        """Whether it is a recording, and not what a recording references."""
        return self.path.endswith(NWB_SUFFIXES)

    @property
    def modified(self) -> datetime:
        """When it was last changed, rounded as dandi rounds it."""
        seconds, rest = divmod(self.modified_ns, 1_000_000_000)
        return datetime.fromtimestamp(seconds + 1e-9 * rest, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The checksums of one content.

    Attributes
    ----------
    etag
        The archive's: the MD5 of the parts' MD5s, and the number of parts; of a Zarr store, its
        Zarr checksum.
    sha256
        In hexadecimal; empty for a Zarr store.
    parts
        The MD5 of each part, in hexadecimal.
    """

    etag: str
    sha256: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsset:
    """One file, and what becomes of it.

    Attributes
    ----------
    remote
        What the archive holds under its path.
    digests
        Its checksums, where they were needed to decide.
    reason
        Why, as a clause, if the action alone does not say.
    """

    local: LocalFile
    action: Action
    remote: RemoteAsset | None = None
    digests: Digests | None = None
    reason: str = ""

    @property
    def path(self) -> str:
        """Its path in the dandiset."""
        return self.local.path

    @property
    def is_sent(self) -> bool:
        """Whether anything is sent for it."""
        return self.action in SENDING
