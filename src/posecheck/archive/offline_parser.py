"""dandi's parser of addresses, kept from asking anybody.

It asks a server about itself for each address, and follows redirects; here it parses text, and
whoever connects asks the server once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dandi.consts import DandiInstance

_parsing = threading.Lock()


@contextlib.contextmanager
def parser_offline() -> Iterator[Any]:
    """Yield dandi's parser; while the block runs it asks no server for its own addresses."""
    from dandi import dandiarchive  # noqa: PLC0415 - dandi costs a second

    parser = dandiarchive.parse_dandi_url.__self__
    with _parsing:
        before = dandiarchive.get_instance, parser.follow_redirect
        dandiarchive.get_instance = _instance_of
        parser.follow_redirect = staticmethod(lambda url: url)
        try:
            yield dandiarchive.parse_dandi_url
        finally:
            dandiarchive.get_instance = before[0]
            parser.follow_redirect = staticmethod(before[1])


def _instance_of(named: str) -> DandiInstance:
    """Return what is known of an archive without asking it, as `dandi.utils.get_instance` would.

    Raises
    ------
    KeyError
        If it is a name that dandi does not know.
    """
    from dandi.consts import DandiInstance, known_instances, known_instances_rev  # noqa: PLC0415

    if "://" not in named:
        return known_instances[named]
    server = named.rstrip("/")
    known = known_instances_rev.get(server) or known_instances_rev.get(f"{server}/api")
    if known is not None:
        return known_instances[known]
    origin = server.removesuffix("/api")
    return DandiInstance(origin, None, f"{origin}/api")
