"""The workers of posecheck: which modules they have imported before the first file comes."""

from __future__ import annotations

from collections.abc import Sequence

from posecheck.execution.pool import WorkerPool
from posecheck.execution.start_up import start_server_early
from posecheck.validators.registry import modules_to_preload

_READING = (
    "posecheck.storage.hdf5",
    "posecheck.reading",
    "posecheck.engine.file_check",
    "posecheck.rules.every",
    "dandi.consts",
)


def open_pool(*, other_validators: bool = False) -> WorkerPool:
    """Return worker processes that read NWB files; use the result as a context manager.

    Parameters
    ----------
    other_validators
        Whether workers will need pynwb and NWB Inspector, which take seconds to import.
    """
    return WorkerPool(modules_for(other_validators=other_validators))


def begin_imports(*, other_validators: bool, modules: Sequence[str] = ()) -> None:
    """Let the server that forks workers import what they need, before it is known what they do.

    Parameters
    ----------
    other_validators
        As in `open_pool`.
    modules
        What else workers will import.
    """
    start_server_early((*modules_for(other_validators=other_validators), *modules))


def modules_for(*, other_validators: bool) -> tuple[str, ...]:
    """Return what workers import that read NWB files, and run other validators if they do."""
    return (*_READING, *modules_to_preload()) if other_validators else _READING
