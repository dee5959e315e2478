"""Send a folder of files to a draft, as a folder lies on the disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.archive.dandi import name_dandiset
from tests.archive.sending import send
from tests.archive.server import Archive

_MARKER = "dandiset.yaml"


def send_folder(archive: Archive, folder: Path, *, embargoed: bool = False) -> str:
    """Create a dandiset of all files below a folder, and return its identifier.

    No two files may be equal byte for byte.
    """
    dandiset = archive.create_dandiset(embargoed=embargoed)
    name_dandiset(folder, dandiset)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != _MARKER]
    with ThreadPoolExecutor(4) as threads:
        sent = threads.map(
            lambda path: send(
                archive, dandiset, path.relative_to(folder).as_posix(), [path.read_bytes()]
            ),
            files,
        )
        assert len(list(sent)) == len(files)
    return dandiset
