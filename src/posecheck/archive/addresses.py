"""Which addresses requests may go to.

Tokens and recordings go to these addresses, and servers name some of them. So an address must have
a plain host name, and must use HTTPS unless it is on this machine.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit


def split_address(url: str) -> SplitResult | None:
    """Split an HTTP address into its parts.

    Returns
    -------
    SplitResult | None
        ``None`` if it is not an HTTP address, or has more than a name and a port as its host.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    is_plain_host = re.fullmatch(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", parts.netloc)
    return parts if parts.scheme in {"http", "https"} and is_plain_host else None


def is_safe(url: str, *, plain: bool = False) -> bool:
    """Return whether requests may go to an address.

    Parameters
    ----------
    url
        The address.
    plain
        Whether plain HTTP is allowed too.
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
    """Return the host and port of an address."""
    parts = split_address(url)
    return parts.netloc.lower() if parts is not None else "an invalid address"


def without_queries(text: str) -> str:
    """Return a text without the queries of its addresses, which hold signatures."""
    return re.sub(r"\?\S*", "", text)
