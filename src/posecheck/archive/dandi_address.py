"""Addresses of the DANDI Archive: of a dandiset, or of something in one of its versions.

dandi's own parser reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from posecheck.archive.addresses import is_on_this_machine, split_address
from posecheck.archive.offline_parser import parser_offline
from posecheck.archive.resources import RemoteAsset
from posecheck.model.errors import Argument, UsageError

if TYPE_CHECKING:
    from dandi.dandiarchive import ParsedDandiURL

_SCHEME, _PREFIX = "dandi://", "dandi:"
_IDENTIFIER = re.compile(r"(?P<instance>[A-Za-z][\w-]+):[0-9]{6}(?:/.*)?")
_ARCHIVES = re.compile(
    r"https?://(?:[^/@]+\.)?(?:dandiarchive\.org|emberarchive\.org|lincbrain\.org)(?::\d+)?(?:/.*)?"
    r"|https?://identifiers\.org/dandi:.*",
    re.IGNORECASE,
)
"""Addresses of which nothing but dandi's parser says what they mean."""

_PAGES = re.compile(
    r"https?://[^/]+/(?:api/)?"
    r"(?:(?:#/)?dandiset/[0-9]{6}(?:/(?:draft|[0-9.]+))?(?:/files)?/?"
    r"|dandisets/[0-9]{6}(?:/versions(?:/(?:draft|[0-9.]+)(?:/assets(?:/[0-9a-f-]{36}(?:/download)?)?)?)?)?/?"
    r"|assets/[0-9a-f-]{36}(?:/download)?/?)"
    r"(?:\?.*)?",
    re.IGNORECASE,
)
"""Paths of an archive's pages and API, on whatever server."""

_ASKED_FOR = ("location", "path", "glob")
"""What of a query says which assets are meant; the rest says how they are listed."""

_OLD_PAGES = "//gui.dandiarchive.org/"
_IDENTIFIERS = re.compile(r"https?://identifiers\.org/(?=dandi:)", re.IGNORECASE)
_HOW_TO_NAME = (
    "write DANDI:000409, dandi://dandi/000409@draft/sub-1/ or the address of the dandiset's page"
)
_EXAMPLES = f"W{_HOW_TO_NAME[1:]}"
_NO_PASSWORDS = "a user and a password in an address of an archive are not sent"


class Part(StrEnum):
    """How an address names assets."""

    EVERYTHING = "everything"
    FOLDER = "folder"
    PREFIX = "prefix"
    GLOB = "glob"
    PATH = "path"
    ASSET_ID = "asset-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class DandiAddress:
    """What an address of an archive names.

    Attributes
    ----------
    text
        The address as it was typed.
    instance
        The archive: a name that dandi knows, or the address of a server.
    dandiset
        Six digits; empty where only an asset's id is known.
    version
        ``draft``, or the number of a published version. Empty for the newest published one, and the
        draft where none is published.
    part
        How assets of it are named.
    name
        The folder, the prefix, the glob, the path or the asset's id; empty for everything.
    """

    text: str
    instance: str
    dandiset: str
    version: str = ""
    part: Part = Part.EVERYTHING
    name: str = ""

    def selects(self, asset: RemoteAsset) -> bool:
        """Return whether the address names an asset of its version.

        A path is that of an asset, or of a folder although no slash ends it.
        """
        path = asset.path
        match self.part:
            case Part.EVERYTHING:
                return True
            case Part.FOLDER | Part.PATH:
                return path == self.name or path.startswith(f"{self.name}/")
            case Part.PREFIX:  # the archive's own takes any case, as its globs do
                return path.lower().startswith(self.name.lower())
            case Part.GLOB:
                pattern = ".*".join(map(re.escape, self.name.split("*")))
                return re.fullmatch(pattern, path, re.IGNORECASE | re.DOTALL) is not None
            case Part.ASSET_ID:
                return asset.asset_id == self.name


def is_dandi_address(text: str) -> bool:
    """Return whether a text is an address of an archive, or means to be one.

    Nothing is imported for it and nobody is asked. The address of a file on a web server is none;
    a path of Windows has one letter before its colon.
    """
    return (
        text.lower().startswith((_SCHEME, _PREFIX))
        or _IDENTIFIER.fullmatch(text) is not None
        or _ARCHIVES.fullmatch(text) is not None
        or _PAGES.fullmatch(text) is not None
    )


def instance_named_by(text: str) -> str | None:
    """Return the archive that an address names if it names nothing else: ``dandi://dandi``.

    Returns
    -------
    str or None
        A name that dandi knows, or the address of a server; ``None`` for any other text.

    Raises
    ------
    UsageError
        If it is such an address, and of no archive that is known.
    """
    host, _, rest = text[len(_SCHEME) :].partition("/")
    if not text.lower().startswith(_SCHEME) or rest or not host:
        return None
    if "@" in host:
        raise UsageError(_NO_PASSWORDS)
    server, plain = _without_server(text)
    if server:
        return server
    from dandi.consts import known_instances  # noqa: PLC0415 - dandi costs a second

    if host.lower() not in known_instances:
        raise UsageError(_why_unknown(text, plain))
    return host.lower()


def parse_dandi_address(text: str) -> DandiAddress:
    """Parse an address without asking anybody.

    Parameters
    ----------
    text
        ``DANDI:000409``, ``DANDI:000409/0.240101.1200``, ``dandi://dandi/000409@draft/sub-1/``, the
        address of a page (``https://dandiarchive.org/dandiset/000409/draft/files?location=sub-1``)
        or of the API (``https://api.dandiarchive.org/api/dandisets/000409/versions/draft/``).
        ``dandi://`` takes the host of an archive, too, in place of a name.

    Raises
    ------
    UsageError
        If it names no archive that is known, or nothing that can be read.
    """
    from dandi.exceptions import UnknownURLError  # noqa: PLC0415 - dandi costs a second

    if "@" in text.rpartition("://")[2].partition("/")[0]:
        raise UsageError(_NO_PASSWORDS)
    instance = instance_named_by(text)
    if instance is not None:
        raise UsageError(
            f"{text!r} names an archive, and no dandiset of it. To check the recordings with pose "
            "of all its dandisets, pass ",
            Argument("with_pose"),
            f" to posecheck validate; for one of them, {_HOW_TO_NAME}",
        )
    server, plain = _without_server(text)
    location = re.sub(r"^\w+://[^/]*/[^/?]*", "", plain)
    try:
        with parser_offline() as parse:
            parsed = parse(plain, glob="*" in location and "?path=" not in plain)
    except (UnknownURLError, RuntimeError):  # the latter where no redirect could help
        raise UsageError(_why_unknown(text, plain)) from None
    part, name = _part_of(parsed, text)
    return DandiAddress(
        text=text,
        instance=server or parsed.instance.name,
        dandiset=parsed.dandiset_id or "",
        version=parsed.version_id or "",
        part=part,
        name=unquote(name) if "?path=" in plain or "?glob=" in plain else name,
    )


def _part_of(parsed: ParsedDandiURL, text: str) -> tuple[Part, str]:
    from dandi import dandiarchive  # noqa: PLC0415 - dandi costs a second

    match parsed:
        case dandiarchive.DandisetURL():
            return Part.EVERYTHING, ""
        case dandiarchive.AssetFolderURL():
            return Part.FOLDER, parsed.path.rstrip("/")
        case dandiarchive.AssetPathPrefixURL():
            return Part.PREFIX, parsed.path
        case dandiarchive.AssetGlobURL():
            return Part.GLOB, parsed.path
        case dandiarchive.AssetItemURL():
            return Part.PATH, parsed.path
        case dandiarchive.AssetIDURL() | dandiarchive.BaseAssetIDURL():
            return Part.ASSET_ID, parsed.asset_id
        case dandiarchive.AssetZarrEntryURL():
            raise UsageError(f"{text!r} leads into a Zarr: name {parsed.asset_path} itself")
    raise UsageError(f"{text!r} names nothing that posecheck can read. {_EXAMPLES}")


def _without_server(text: str) -> tuple[str, str]:
    """Return the server that ``dandi://`` names, or nothing; and the address for dandi's parser."""
    if text.lower().startswith(_SCHEME):
        host, slash, rest = text[len(_SCHEME) :].partition("/")
        if "." not in host and ":" not in host:
            return "", f"{_SCHEME}{host}{slash}{rest}"
        is_here = is_on_this_machine(f"http://{host}")
        server = f"http://{host}" if is_here else f"https://{host}"
        if split_address(server) is None:
            raise UsageError(f"{text!r} names no archive. {_EXAMPLES}")
        return server, f"{_SCHEME}dandi{slash}{rest}"
    text = _IDENTIFIERS.sub("", text)
    if _IDENTIFIER.fullmatch(text) is not None:
        instance, _, identifier = text.partition(":")
        return "", f"{instance.upper()}:{identifier.rstrip('/')}"
    return "", _plain(text.replace(_OLD_PAGES, "//dandiarchive.org/", 1))


def _plain(url: str) -> str:
    """Return the address of a page or of the API with no more of a query than names assets."""
    path, _, query = url.partition("?")
    if path.rstrip("/").endswith("/assets"):
        path = f"{path.rstrip('/')}/"
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if key in _ASKED_FOR and value:
            return f"{path}?{part}"
    return path.removesuffix("/assets/")


def _why_unknown(text: str, plain: str) -> str:
    from dandi.consts import known_instances  # noqa: PLC0415 - dandi costs a second

    named = re.match(r"dandi://(?P<name>[^/]*)", plain) or re.match(r"(?P<name>[\w-]+):\d", plain)
    if named is not None and named["name"].lower() not in known_instances:
        return (
            f"there is no archive named {named['name']!r}. dandi knows "
            f"{', '.join(sorted(known_instances))}; any other is given by its address."
        )
    return f"{text!r} names no dandiset, and no part of one. {_EXAMPLES}"
