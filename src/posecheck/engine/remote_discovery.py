"""From the addresses that a user names to the NWB files to check."""

from __future__ import annotations

from urllib.parse import urlsplit

from posecheck.model.errors import UsageError
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.remote_access import RemoteAccess, redacted, scheme_of
from posecheck.sources.source import Source

_WEB = frozenset({"http", "https"})
_NWB = ".nwb"
_STORE = ".nwb.zarr"


def find_remote(address: str, access: RemoteAccess) -> tuple[Source, ...]:
    """Return the files at an address: the one there, or those below a prefix or of a glob.

    Raises
    ------
    UsageError
        If the address means nothing, nobody answers where a listing is wanted, or nothing is there.
    """
    from posecheck.sources import filesystem_ranges  # noqa: PLC0415 - only for addresses
    from posecheck.sources.remote_source import RemoteSource  # noqa: PLC0415

    if address.rstrip("/").lower().endswith(_STORE):
        address = address.rstrip("/")
    if scheme_of(address) in _WEB:
        _check_web_address(address)
        return (RemoteSource.at(address, access),)
    if "::" in address:
        raise UsageError(f"{redacted(address)}: chains of file systems are not read")
    if not address.partition("://")[2].strip("/"):
        raise UsageError(f"{address} names no place: a bucket, a folder or a file follows it")
    if address.lower().endswith(_STORE):
        return (RemoteSource.at(address, access),)
    try:
        found = filesystem_ranges.find(address, access)
    except SourceError as error:
        raise UsageError(f"{redacted(address)}: {error}; nothing was checked") from None
    named = dict.fromkeys(_store_of(each) or each for each in found)
    return tuple(
        RemoteSource.at(each, access)
        for each in named
        if each == address or each.lower().endswith((_NWB, _STORE))
    )


def _store_of(address: str) -> str:
    """Return the address of the store that holds what is at an address; nothing if none does."""
    end = address.lower().find(f"{_STORE}/")
    return address[: end + len(_STORE)] if end >= 0 else ""


def _check_web_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, path, _ = parts.hostname, parts.path, parts.port
    except ValueError as error:
        raise UsageError(f"{redacted(address)} is no address: {error}") from None
    if not host:
        raise UsageError(f"{redacted(address)} is no address: it names no server")
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{redacted(address)}: a user and a password in an address are not sent")
    if path.endswith("/") or not path or "*" in path:
        raise UsageError(
            f"{redacted(address)} names no file, and a web server lists none: name each file"
        )
