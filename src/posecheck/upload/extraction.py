"""What a worker does to extract the metadata of an NWB file: dandi's own code, on a faster reader.

This module is for workers alone: it changes dandi for the whole process. Nearly all of the time of
`dandi.metadata.nwb.nwb2asset` goes into pynwb, which loads the specification that a file carries
anew for each file; here pynwb's reader is replaced by the one of `posecheck.validators`, which
keeps it. That both give the same is tested on real files.

Everything is imported at once, so that the server that forks workers can have it ready.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

# dandi keeps what it extracted in a cache on disk; a few milliseconds per file, for nothing
os.environ["DANDI_CACHE"] = "ignore"

import dandi.dandiapi
import dandi.files
import dandi.metadata.nwb
import dandi.pynwb_utils

from posecheck.upload.metadata import (
    Extracted,
    MetadataJob,
    NotExtracted,
    bids_dataset_of,
    describe,
)
from posecheck.validators.builders import BuilderReader
from posecheck.validators.containers import read_container, type_map_of
from posecheck.validators.messages import quiet_without_gc, reason_of
from posecheck.validators.ontology import Ontology

_ROUNDS = 3
_ONTOLOGY = Ontology()


def extract(job: MetadataJob) -> Extracted:
    """Extract the metadata of one file; called in a worker."""
    with quiet_without_gc(), _ONTOLOGY.asking():
        try:
            return describe(job)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what dandi raises is why there is none
            return NotExtracted(reason_of(error))


class _KeptReading:
    """What dandi asks of `pynwb.NWBHDF5IO`: read a file that it opened."""

    def __init__(self, *, file: Any, load_namespaces: bool) -> None:
        self._reader = BuilderReader(file, Path(file.filename))

    def __enter__(self) -> _KeptReading:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the file to whoever opened it."""

    def read(self) -> Any:
        """Return the file's objects, as pynwb makes them."""
        return read_container(self._reader, type_map_of(self._reader))


class _FewRounds:
    """dandi's ``get_metadata``, which of an NWB file in a BIDS dataset asks what asks it again.

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
dandi.pynwb_utils.NWBHDF5IO = _KeptReading
dandi.metadata.nwb.find_bids_dataset_description = bids_dataset_of
# In a BIDS dataset dandi calls a validator that lies beside this interpreter.
_BESIDE = sysconfig.get_path("scripts")
os.environ["PATH"] = os.pathsep.join(filter(None, (_BESIDE, os.environ.get("PATH", ""))))
