"""dandi's extraction of metadata from NWB files, on a faster reader.

This module is for workers alone: it changes dandi for the whole process. Nearly all of the time of
`dandi.metadata.nwb.nwb2asset` goes into pynwb, which loads the specification that a file carries
again for each file. Here pynwb's reader is replaced by the one of `posecheck.validators`, which
keeps the specification. That both give the same is tested on real files. Where dandi has other
private names than were tested, nothing is changed, and dandi extracts in its own time.

Everything is imported at once, so that the server that forks workers can have it ready.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dandi.dandiapi
import dandi.files
import dandi.metadata.nwb

from posecheck.validators.asset_metadata import bids_dataset_of, describe_asset
from posecheck.validators.containers import open_container
from posecheck.validators.flat_metadata import Reading, metadata_obstacle, reads_with
from posecheck.validators.messages import quiet_and_fast
from posecheck.validators.ontology import Ontology

_ROUNDS = 3
_ONTOLOGY = Ontology()


def extract_metadata(
    location: str | Path, root: str | Path, container: Any = None
) -> dict[str, Any]:
    """Return the metadata of a file, as `describe_asset` does, and faster.

    Parameters
    ----------
    location, root
        The file, and the dandiset's folder.
    container
        What pynwb made of the file, where another validator had it made.

    Raises
    ------
    Exception
        What dandi raises on a file of which it makes no metadata.
    """
    if metadata_obstacle():
        with quiet_and_fast():
            return describe_asset(location, root)

    def open_reading(*, file: Any, load_namespaces: bool) -> Reading:
        def read() -> Any:
            if container is not None:
                return container
            return open_container(file, Path(file.filename)).container

        return Reading(read)

    with quiet_and_fast(), _ONTOLOGY.patched(), reads_with(open_reading):
        return describe_asset(location, root)


class _FewRounds:
    """dandi's ``get_metadata``, which calls itself again for an NWB file in a BIDS dataset.

    dandi goes round until Python's limit of recursion ends it, a hundred times and for minutes, and
    then describes the file from within outwards. What it says is settled after a round.
    """

    def __init__(self, get_metadata: Callable[..., Any]) -> None:
        self._get_metadata = get_metadata
        self._depth = 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if self._depth == _ROUNDS:
            raise RecursionError("enough")  # which dandi takes for Python's
        self._depth += 1
        try:
            return self._get_metadata(*arguments, **options)
        finally:
            self._depth -= 1


if not metadata_obstacle():
    dandi.metadata.nwb.get_metadata = _FewRounds(dandi.metadata.nwb.get_metadata)
    dandi.metadata.nwb.find_bids_dataset_description = bids_dataset_of
# In a BIDS dataset dandi calls a validator that lies beside this interpreter.
_BESIDE = sysconfig.get_path("scripts")
os.environ["PATH"] = os.pathsep.join(filter(None, (_BESIDE, os.environ.get("PATH", ""))))
