"""What the key of content that is not here says: its size, and mostly its checksum.

git-annex names content by keys such as ``SHA256E-s1048576--0f….mp4``, Git LFS by its SHA-256.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posecheck.archive.resources import RemoteAsset

_SIZE = re.compile(r"-s(\d+)(?:-|$)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ContentKey:
    """What is known of content that is not here.

    Attributes
    ----------
    size
        In bytes; ``None`` if the key does not say.
    sha256
        In hexadecimal; empty if the key does not say.
    """

    size: int | None = None
    sha256: str = ""

    def contradicts(self, remote: RemoteAsset) -> bool:
        """Whether an asset holds other content for certain."""
        if self.size is not None and self.size != remote.size:
            return True
        return bool(self.sha256 and remote.sha256 and self.sha256 != remote.sha256)


def parse_key(key: str) -> ContentKey:
    """Return what a key of git-annex, or an object's name of Git LFS, says."""
    if key.startswith("sha256:"):
        return ContentKey(sha256=_digest(key.removeprefix("sha256:")))
    head, _, name = key.partition("--")
    size = _SIZE.search(head)
    is_sha256 = head.partition("-")[0] in {"SHA256", "SHA256E"}
    return ContentKey(
        size=int(size[1]) if size else None, sha256=_digest(name) if is_sha256 else ""
    )


def _digest(text: str) -> str:
    found = _SHA256.match(text)
    return found[0] if found else ""
