"""A store elsewhere: each member is fetched whole, several at once, by its name alone.

A web server lists nothing, so the names come from the store's own consolidated metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from posecheck.sources.ranged_file import NotThereError, SourceError
from posecheck.sources.store_files import MemberError, MemberTrouble, StoreFiles

_AT_ONCE = 16
_MOST_AHEAD = 64 * 1024**2
"""Bytes that are kept for whoever will read them, at most about."""

Fetch = Callable[[str, int], bytes]
"""Returns the content of a member, by its name, if it has no more bytes than are named."""


class RemoteStoreFiles(StoreFiles):
    """The members of a store elsewhere.

    Parameters
    ----------
    fetch
        Fetches a member. It raises `NotThereError` where there is none.
    most_bytes
        How many bytes may be fetched in all; ``None`` if there is no bound.
    """

    is_listed: ClassVar[bool] = False

    def __init__(self, fetch: Fetch, most_bytes: int | None) -> None:
        self._fetch = fetch
        self._most_bytes = most_bytes
        self._fetched = 0
        self._ahead: dict[str, bytes | None] = {}
        self._failure: SourceError | None = None

    def names_in(self, folder: str) -> tuple[str, ...]:
        """Refuse: nobody lists it.

        Raises
        ------
        MemberError
            Always.
        """
        raise MemberError(MemberTrouble.NOT_LISTED, "what is elsewhere is not listed")

    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a member."""
        self.check()
        if name in self._ahead:
            return self._ahead.pop(name)
        try:
            return self._take(name, most)
        except SourceError as error:
            self._failure = error
            raise

    def prefetch(self, names: Iterable[str]) -> None:
        """Fetch members side by side; a failure is met again by whoever reads them."""
        wanted = [name for name in dict.fromkeys(names) if name not in self._ahead]
        if len(wanted) < 2 or self._most_bytes is not None or self._failure is not None:
            return
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for begin in range(0, len(wanted), _AT_ONCE):
                if sum(len(content or b"") for content in self._ahead.values()) > _MOST_AHEAD:
                    return
                part = wanted[begin : begin + _AT_ONCE]
                for name, content in zip(part, threads.map(self._tried, part), strict=True):
                    if not isinstance(content, SourceError):
                        self._ahead[name] = content

    def check(self) -> None:
        """Raise if bytes of the store could not be had."""
        if self._failure is not None:
            raise self._failure

    def _tried(self, name: str) -> bytes | SourceError | None:
        try:
            return self._take(name, _MOST_AHEAD)
        except SourceError as error:
            return error

    def _take(self, name: str, most: int) -> bytes | None:
        if self._most_bytes is not None:
            most = min(most, self._most_bytes - self._fetched)
        try:
            content = self._fetch(name, most)
        except NotThereError:
            return None
        self._fetched += len(content)
        return content
