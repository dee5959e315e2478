"""How files elsewhere are reached: with which bounds, from whom, and how their addresses print."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from posecheck.archive.dandi_address import is_dandi_address
from posecheck.archive.request_rate import RequestRate
from posecheck.model.errors import Argument, UsageError
from posecheck.sources.ranged_file import SourceError

_SCHEME = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_.:-]+")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 reach them (RFC 6052)."""

_DOWNLOAD = 200 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAccess:
    """What a user allows and states of files elsewhere; a small value that is sent to workers.

    Attributes
    ----------
    allow_private
        Hosts to which a redirect may lead although their addresses are private, or theirs is no
        HTTPS. A host that the user named is reached without that.
    most_bytes
        How many bytes of one file may be fetched; ``None`` if there is no bound.
    most_downloaded
        Up to how many bytes a file is downloaded whole whose server sends no ranges.
    endpoint_url
        Where S3 is, for stores that are not Amazon's.
    is_anonymous
        Whether requests to S3 are not signed though there are credentials.
    aws_variables
        The environment variables of Amazon's tools, as they are where the run begins: a worker may
        have been started before they were set.
    trusts_named
        Whether the user named the addresses; one that comes from elsewhere is treated as one that a
        redirect gives.
    rate
        What bounds the requests of the whole run to archives and web servers; ``None`` if nothing
        does.
    """

    allow_private: frozenset[str] = frozenset()
    most_bytes: int | None = None
    most_downloaded: int = _DOWNLOAD
    endpoint_url: str | None = None
    is_anonymous: bool = False
    trusts_named: bool = True
    aws_variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    rate: RequestRate | None = None


DEFAULT_ACCESS = RemoteAccess()


def access_of(
    *,
    allow_private: Iterable[str] = (),
    max_bytes: int | None = None,
    max_download: int | None = None,
    endpoint_url: str | None = None,
    anonymous: bool = False,
) -> RemoteAccess:
    """Return what a user allows and states, as the arguments of functions and commands say it.

    Raises
    ------
    UsageError
        If a host or an address is none.
    """
    hosts = frozenset(host.strip().lower() for host in allow_private)
    wrong = sorted(host for host in hosts if not _HOST.fullmatch(host))
    if wrong:
        raise UsageError(
            Argument("allow_private"), f" names hosts such as data.example.org, not {wrong[0]!r}"
        )
    if endpoint_url is not None and scheme_of(endpoint_url) not in {"http", "https"}:
        raise UsageError(
            Argument("endpoint_url"),
            f" is an http or https address, not {redacted(endpoint_url)!r}",
        )
    return RemoteAccess(
        allow_private=hosts,
        most_bytes=max_bytes,
        most_downloaded=_DOWNLOAD if max_download is None else max_download,
        endpoint_url=endpoint_url,
        is_anonymous=anonymous,
        aws_variables=aws_variables(),
    )


@dataclass(frozen=True, slots=True)
class Authorization:
    """A token, and the only server that receives it.

    Attributes
    ----------
    host
        Its host, with the port if the address names one, in lower case.
    header
        What the header ``Authorization`` holds.
    """

    host: str
    header: str = field(repr=False)


def aws_variables() -> tuple[tuple[str, str], ...]:
    """Return the environment variables of Amazon's tools."""
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_")))


def scheme_of(text: str) -> str:
    """Return the scheme of an address in lower case; nothing for a path.

    A Windows path such as ``C:/a.nwb`` has one letter before its colon, and one slash.
    """
    found = _SCHEME.match(text)
    return found["scheme"].lower() if found else ""


def is_address(text: str) -> bool:
    """Whether a text that was typed names a place that is not on this machine.

    ``DANDI:000409`` does, although it has no slashes.
    """
    return scheme_of(text) not in {"", "file"} or is_dandi_address(text)


def path_of_url(text: str) -> str:
    """Return the path of a ``file:`` address; any other text stays what it is.

    Raises
    ------
    UsageError
        If it is a file of another machine.
    """
    if scheme_of(text) != "file":
        return text
    parts = urlsplit(text)
    if parts.netloc not in {"", "localhost"}:
        raise UsageError(f"{text!r} names a file of another machine, {parts.netloc}")
    from urllib.request import url2pathname  # noqa: PLC0415 - it takes a hundredth of a second

    return str(Path(url2pathname(parts.path)))


def redacted(url: str) -> str:
    """Return an address without what may be a secret: user, password, and the query."""
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    host = f"[{host}]" if ":" in host else host
    query = "…" if parts.query else ""
    # In a key of S3 this sign is a letter like any other.
    fragment = "" if parts.scheme in {"http", "https"} else parts.fragment
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, query, fragment))


def is_private(address: str) -> bool:
    """Whether an IP address is one of this machine, of a local network, or of no host at all."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found.version == 6:
        carried = found.ipv4_mapped or found.sixtofour
        if carried is None and found in _NAT64:
            carried = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if carried is not None:
            return not carried.is_global
    return not found.is_global


def check_redirect(url: str, trusted: Collection[str], plain: Collection[str]) -> None:
    """Refuse an address to which an answer leads, unless its host is trusted.

    Names are looked up by whoever connects, and checked once more there.

    Parameters
    ----------
    url
        The address.
    trusted
        Hosts that may be reached wherever they are.
    plain
        Those of them that may be asked without HTTPS: the user named them so.

    Raises
    ------
    SourceError
        If it is no HTTPS, or its host is private or not written in ASCII.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if host in plain or (host in trusted and parts.scheme == "https"):
        return
    if parts.scheme != "https":
        raise SourceError(f"it leads to {redacted(url)}, which is no https address")
    if not _HOST.fullmatch(host):
        # Whoever connects may take digits of other scripts for an IP address, which nobody checks.
        raise SourceError(f"it leads to {redacted(url)}, whose host is not written in ASCII")
    if is_private(host) or is_private(_literal(host)):
        raise private_error(host)


def private_error(host: str) -> SourceError:
    """Return the error for a host that may not be reached."""
    return SourceError(
        f"it leads to {host}, which is a private address; --allow-private {host} allows it"
    )


def _literal(host: str) -> str:
    """Return the IP address that a number such as ``2130706433`` or ``0x7f.1`` stands for."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return host
