"""Annexed files whose content is not here, and where it can be read instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from posecheck.engine.discovery import Found
from posecheck.files.annex_locations import web_addresses
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
        If git-annex is not installed, or fails.
    """
    absent = {
        place: item.source
        for place, item in enumerate(found)
        if isinstance(item.source, LocalSource)
        and not item.obstacle
        and item.source.unfetched_key() is not None
    }
    if not absent:
        return tuple(found)
    from posecheck.sources.annex_source import AnnexSource  # noqa: PLC0415 - aiohttp takes a while

    addresses = web_addresses([source.path for source in absent.values()])
    sources = {
        place: AnnexSource.of(source, addresses[source.path][0], access)
        for place, source in absent.items()
        if source.path in addresses
    }
    return tuple(
        replace(item, source=sources[place]) if place in sources else item
        for place, item in enumerate(found)
    )
