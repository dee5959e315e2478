"""An annexed file whose content is elsewhere: its place is here, its bytes are on the web.

git-annex knows the address from whoever added it, and that may be anybody. So it is treated as an
address that a redirect gives: HTTPS, and no private host that the user did not allow.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import ClassVar

from posecheck.files.annex import key_size
from posecheck.sources import http_ranges
from posecheck.sources.local_source import LocalSource
from posecheck.sources.ranged_file import RangedFile, SourceError
from posecheck.sources.remote_access import DEFAULT_ACCESS, RemoteAccess, redacted
from posecheck.sources.source import FileKind, FileStatus


@dataclass(frozen=True, slots=True)
class AnnexSource(LocalSource):
    """A file whose content git-annex knows at an address.

    Attributes
    ----------
    url
        The address.
    access
        What the user allows of files elsewhere.
    """

    url: str = field(default="", repr=False)
    access: RemoteAccess = DEFAULT_ACCESS
    is_local: ClassVar[bool] = False

    @classmethod
    def of(cls, file: LocalSource, url: str, access: RemoteAccess) -> AnnexSource:
        """Return the file at a path, read from an address."""
        return cls(file.address, file.display_path, url, replace(access, trusts_named=False))

    @property
    def read_from(self) -> str:
        """The address, as it may be printed."""
        return redacted(self.url)

    def status(self) -> FileStatus:
        """Ask the address.

        Raises
        ------
        SourceError
            If nothing is there, it may not be asked, or it has another size than the key states.
        """
        stamp = http_ranges.look_up(self.url, None, self.access)
        wanted = key_size(LocalSource.unfetched_key(self) or "")
        if wanted is not None and stamp.size not in {wanted, -1}:
            raise SourceError(
                f"{self.read_from} has {stamp.size:,} bytes; the content that git-annex knows "
                f"has {wanted:,}"
            )
        return FileStatus(kind=FileKind.FILE, stamp=stamp)

    def open(self) -> io.RawIOBase:  # type: ignore[override]
        """Open the file at the address.

        Raises
        ------
        SourceError
            If that fails.
        """
        reader = http_ranges.open_ranges(self.url, None, self.access)
        return RangedFile(reader, most_bytes=self.access.most_bytes)

    def unfetched_key(self) -> str | None:
        """Return nothing: the content can be read."""
        return None
