"""Looks host names up for connections, and refuses private addresses."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from posecheck.sources.remote_access import is_private


class PrivateHostError(Exception):
    """A name leads to a private address that the user did not allow."""

    # No OSError: aiohttp would take it for a name that is not known.
    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class CheckedResolver(AbstractResolver):
    """Looks names up, and refuses those of private addresses: a name may lead anywhere.

    Parameters
    ----------
    trusted
        Hosts that may be reached wherever they are; more can be added.
    """

    def __init__(self, trusted: set[str]) -> None:
        self._trusted = trusted
        self._resolver: ThreadedResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises
        ------
        PrivateHostError
            If one of them is private.
        """
        if self._resolver is None:
            self._resolver = ThreadedResolver()
        found = await self._resolver.resolve(host, port, family)
        if host.lower() not in self._trusted and any(is_private(one["host"]) for one in found):
            raise PrivateHostError(host)
        return found

    async def close(self) -> None:
        """Give back what is open."""
        if self._resolver is not None:
            await self._resolver.close()
