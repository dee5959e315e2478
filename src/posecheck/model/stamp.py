"""What a file is on the disk: by that it is known whether it changed since."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a file was when a plan was made; whoever carries it out refuses one that changed since.

    Attributes
    ----------
    size
        Bytes of the content; of a Zarr store, which is a folder, those of all files in it.
    modified_ns
        Its modification time in nanoseconds, as `os.stat` gives it; of a Zarr store, that of the
        youngest file in it.
    identity
        ``device:inode`` of the content, links followed; of a Zarr store with a dot and a digest of
        what lies in it.
    """

    size: int
    modified_ns: int
    identity: str

    @property
    def device(self) -> str:
        """The number of the device that it lies on."""
        return self.identity.partition(":")[0]
