"""The files that will most likely be sent, known before any NWB file is opened.

In DANDI's layout, media lie in the folder with the name of their NWB file. Nothing is decided by
this: it lets checksums begin while the workers that read still start.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Mapping, Sequence

from posecheck.files.containment import PathGuard
from posecheck.upload.collect.local_files import local_file
from posecheck.upload.plan.files import LocalFile

_MOST_MEDIA = 100
"""Media of one recording: a folder may hold any number of files that will not be sent."""


def likely_files(
    files: Mapping[str, LocalFile], guard: PathGuard, suffixes: Sequence[str]
) -> list[LocalFile]:
    """Return files that are known to be sent, and the media in the folders of their names.

    Parameters
    ----------
    files
        The chosen NWB files and the media that were named, by their paths in the dandiset.
    guard
        Decides which paths stay in the dandiset.
    suffixes
        The extensions of media, in lower case.
    """
    likely = dict(files)
    for path in files:
        folder = path.removesuffix(".zarr").removesuffix(".nwb")
        place = guard.root.joinpath(folder)
        if folder == path or place.is_symlink():
            continue
        with contextlib.suppress(OSError):  # mostly there is no such folder
            names = (found.name for found in place.iterdir())
            media = (name for name in names if name.lower().endswith(tuple(suffixes)))
            for name in itertools.islice(media, _MOST_MEDIA):
                taken = local_file(guard, (*folder.split("/"), name))
                if isinstance(taken, LocalFile) and taken.size:
                    likely[taken.path] = taken
    return [likely[path] for path in sorted(likely)]
