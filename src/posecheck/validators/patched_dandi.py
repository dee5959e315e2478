"""dandi's extraction of metadata from NWB files, on a faster reader.

This module is for workers alone: it changes dandi for the whole process. Nearly all of the time of
`dandi.metadata.nwb.nwb2asset` goes into pynwb, which loads the specification that a file carries
again for each file. Here pynwb's reader is replaced by the one of `posecheck.validators`, which
keeps the specification. That both give the same is tested on real files.

Everything is imported at once, so that the server that forks workers can have it ready.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dandi.dandiapi
import dandi.files
import dandi.metadata.nwb
import dandi.pynwb_utils

from posecheck.validators.asset_metadata import bids_dataset_of, describe_asset
from posecheck.validators.containers import open_container
from posecheck.validators.messages import quiet_without_gc
from posecheck.validators.ontology import Ontology
from posecheck.validators.replacing import replaced

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
    with quiet_without_gc(), _ONTOLOGY.patched(), _reader(container):
        return describe_asset(location, root)


@contextmanager
def _reader(container: Any) -> Iterator[None]:
    def open_reader(*, file: Any, load_namespaces: bool) -> _Reader:
        return _Reader(file, container)

    with replaced(dandi.pynwb_utils, "NWBHDF5IO", open_reader):
        yield


class _Reader:
    """What dandi needs of `pynwb.NWBHDF5IO`: read a file that dandi opened."""

    def __init__(self, file: Any, container: Any) -> None:
        self._file = file
        self._container = container

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the file to whoever opened it."""

    def read(self) -> Any:
        """Return the file's objects, as pynwb makes them."""
        if self._container is not None:
            return self._container
        return open_container(self._file, Path(self._file.filename)).container


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


dandi.metadata.nwb.get_metadata = _FewRounds(dandi.metadata.nwb.get_metadata)
dandi.metadata.nwb.find_bids_dataset_description = bids_dataset_of
# In a BIDS dataset dandi calls a validator that lies beside this interpreter.
_BESIDE = sysconfig.get_path("scripts")
os.environ["PATH"] = os.pathsep.join(filter(None, (_BESIDE, os.environ.get("PATH", ""))))
