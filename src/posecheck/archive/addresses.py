"""Which addresses are talked to at all.

Tokens, signed addresses and recordings go to them, and servers name some of them. So they lead to a
host and nothing that only looks like one, and in plain text at most to this machine.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit


def split_address(url: str) -> SplitResult | None:
    """Take an HTTP address apart.

    Returns
    -------
    SplitResult | None
        Nothing if it is none, or has more in the place of a host than name and port.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    is_plain_host = re.fullmatch(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", parts.netloc)
    return parts if parts.scheme in {"http", "https"} and is_plain_host else None


def is_safe(url: str, *, plain: bool = False) -> bool:
    """Return whether an address may be talked to.

    Parameters
    ----------
    url
        The address.
    plain
        Whether in plain text too.
    """
    parts = split_address(url)
    return parts is not None and (parts.scheme == "https" or plain)


def is_on_this_machine(url: str) -> bool:
    """Return whether an address leads to this machine itself."""
    parts = split_address(url)
    if parts is None:
        return False
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def host_of(url: str) -> str:
    """Return the host and port of an address, and nothing of what follows."""
    parts = split_address(url)
    return parts.netloc.lower() if parts is not None else "a place that is no address"


def without_queries(text: str) -> str:
    """Return a text without the queries of addresses: they hold signatures."""
    return re.sub(r"\?\S*", "", text)
