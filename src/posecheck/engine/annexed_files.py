"""Annexed files whose content is not here, and where it can be read instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from posecheck.engine.discovery import Found
from posecheck.files.annex import is_absent
from posecheck.files.annex_repository import AnnexRepository, annexed_by_repository
from posecheck.sources.local_source import LocalSource
from posecheck.sources.remote_access import RemoteAccess


def streamed(found: Sequence[Found], access: RemoteAccess) -> tuple[Found, ...]:
    """Let annexed files whose content is not here be read from the web, where git-annex knows it.

    Parameters
    ----------
    found
        The files of a run.
    access
        What the user allows of files elsewhere.

    Raises
    ------
    UsageError
        If git-annex is not installed, fails, or would run a hook of the repository.
    """
    absent = {
        place: item.source
        for place, item in enumerate(found)
        if isinstance(item.source, LocalSource)
        and not item.obstacle
        and is_absent(item.source.path)
    }
    if not absent:
        return tuple(found)
    from posecheck.sources.annex_source import AnnexSource  # noqa: PLC0415 - aiohttp takes a while

    addresses: dict[Path, tuple[str, ...]] = {}
    by_repository = annexed_by_repository(source.path for source in absent.values())
    for repository, paths in by_repository.items():
        addresses |= AnnexRepository(repository).web_addresses(paths)
    sources = {
        place: AnnexSource.of(source, addresses[source.path][0], access)
        for place, source in absent.items()
        if source.path in addresses
    }
    return tuple(
        replace(item, source=sources[place]) if place in sources else item
        for place, item in enumerate(found)
    )
