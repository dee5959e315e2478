"""The archive: which one, who asks, what it holds."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from posecheck.model.errors import UsageError
from posecheck.upload.connection import Connection, Patience
from posecheck.upload.failures import AccessError, ArchiveError
from posecheck.upload.plan.values import Destination, RemoteAsset
from posecheck.upload.token import find_token, variable_of

if TYPE_CHECKING:
    from dandi.dandiapi import DandiAPIClient

_PAGE = "1000"
_ETAG, _SHA256 = "dandi:dandi-etag", "dandi:sha2-256"


class Archive:
    """An instance of the DANDI Archive.

    Parameters
    ----------
    client
        dandi's client of it, for what it knows of schemas.
    connection
        Requests to it.
    asked
        What the user calls it.
    has_token
        Whether they carry a token.

    Attributes
    ----------
    asked, has_token
        As above.
    name, api
        What it calls itself, and the address of its interface.
    patience
        How often it is asked again.
    """

    def __init__(
        self, client: DandiAPIClient, connection: Connection, *, asked: str, has_token: bool
    ) -> None:
        self._client = client
        self._connection = connection
        self.has_token = has_token
        self.asked = asked
        self.name = str(client.dandi_instance.name)
        self.api = str(client.api_url).rstrip("/")
        self.patience = connection.patience

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request to a path of the interface; see `Connection.ask`.

        Metadata is written in the version of the schema that the archive knows, as dandi does.

        Raises
        ------
        AccessError
            If the archive lets this user do nothing here.
        ArchiveError
            If it answers otherwise, or not at all.
        """
        if "json" in options:
            options["json"] = self._client._maybe_downgrade_request_metadata(options["json"])
        try:
            return self._connection.ask(method, f"{self.api}{path}", **options)
        except ArchiveError as error:
            raise self._access_error(error) from None

    def destination(self, dandiset: str) -> Destination:
        """Look the dandiset up.

        Raises
        ------
        UsageError
            If there is none, if it is not for this user, or if nothing can be sent to it now.
        ArchiveError
            If the archive does not answer.
        """
        answer = self.ask("GET", f"/dandisets/{dandiset}/", accept=(401, 403, 404))
        if answer.status_code == 404:
            raise UsageError(
                f"{self.name} has no dandiset {dandiset}. Look at the identifier in "
                "dandiset.yaml, and at --instance: a sandbox numbers its own."
            )
        if answer.status_code in (401, 403):
            if self.has_token:
                raise AccessError(
                    f"dandiset {dandiset} of {self.name} is embargoed, and your account is not "
                    "among its owners. Ask one of them to add you.",
                    status=answer.status_code,
                )
            raise AccessError(
                f"dandiset {dandiset} of {self.name} is embargoed: without a token it cannot be "
                f"seen. {self._where_the_token_goes()}",
                status=answer.status_code,
            )
        status = str(_record(answer).get("embargo_status", "OPEN"))
        if status == "UNEMBARGOING":
            raise UsageError(
                f"dandiset {dandiset} is being unembargoed, and takes no files until that is "
                "done. Try again in an hour."
            )
        return Destination(
            asked=self.asked,
            instance=self.name,
            api=self.api,
            dandiset=dandiset,
            embargoed=status == "EMBARGOED",
        )

    def listing(self, dandiset: str, prefix: str = "") -> dict[str, RemoteAsset]:
        """List the draft's assets by path, a thousand in a request.

        Parameters
        ----------
        dandiset
            Its identifier.
        prefix
            What the paths begin with, in any case.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        found: dict[str, RemoteAsset] = {}
        params = {"metadata": "true", "page_size": _PAGE}
        if prefix:
            params["path"] = prefix
        number = 1
        while True:
            answer = self.ask(
                "GET",
                f"/dandisets/{dandiset}/versions/draft/assets/",
                params={**params, "page": str(number)},
            )
            page = _record(answer)
            for record in page.get("results") or ():
                asset = _remote(record)
                found[asset.path] = asset
            if not page.get("next"):
                return found
            number += 1

    def version_info(self, dandiset: str) -> Mapping[str, Any]:
        """Return what the archive says of the draft, its verdict on it among it.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        return _record(self.ask("GET", f"/dandisets/{dandiset}/versions/draft/info/"))

    def asset_verdict(self, dandiset: str, asset_id: str) -> Mapping[str, Any]:
        """Return the archive's verdict on an asset.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        path = f"/dandisets/{dandiset}/versions/draft/assets/{asset_id}/validation/"
        return _record(self.ask("GET", path))

    def _access_error(self, error: ArchiveError) -> ArchiveError:
        if error.status == 401:
            return AccessError(
                f"{self.name} does not accept the token (any more): it may have been replaced. "
                f"{self._where_the_token_goes()}"
                if self.has_token
                else f"{self.name} wants to know who you are. {self._where_the_token_goes()}",
                status=401,
            )
        if error.status == 403:
            return AccessError(
                f"your account may not change this dandiset on {self.name}: it is not among its "
                "owners, or no longer. Ask one of them to add you.",
                status=403,
            )
        if error.status == 405:
            return AccessError(
                f"the draft on {self.name} cannot be changed now: it is published, or being "
                f"published. Try again later. ({error})",
                status=405,
            )
        return error

    def _where_the_token_goes(self) -> str:
        return _where_the_token_goes(self._client)


def open_archive(
    instance: str,
    patience: Patience,
    *,
    needs_token: bool = True,
    ask_token: Callable[[str], str] | None = None,
) -> Archive:
    """Find an archive, see that it and this dandi understand each other, and log in.

    Parameters
    ----------
    instance
        A name that dandi knows (``dandi``, ``dandi-sandbox``, ``ember-dandi``, ``linc`` …), or the
        address of an archive.
    patience
        How often to try again.
    needs_token
        Whether to fail without a token; otherwise one is used that is there.
    ask_token
        Asks the user for it, given the name of the archive; ``None`` if there is nobody to ask.

    Raises
    ------
    UsageError
        If the name is unknown, the versions do not fit, or there is no valid token.
    ArchiveError
        If the archive does not answer.
    """
    with quiet_dandi():
        known, info = _find(instance, patience)
        client = _client_of(known, info)
        # Who needs none is not asked for one, and may still see what only owners do.
        token = find_token(client, ask=ask_token if needs_token else None)
        where = _where_the_token_goes(client)
        if not token and needs_token:
            raise UsageError(f"there is no token for {known.name}. {where}")
        connection = Connection(known.name, patience, token=token)
        archive = Archive(client, connection, asked=instance, has_token=bool(token))
        if token:
            _log_in(archive, connection, where)
        return archive


@contextmanager
def quiet_dandi() -> Iterator[None]:
    """Keep dandi's own log off the terminal, and its question for news off the network."""
    logger = logging.getLogger("dandi")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _log_in(archive: Archive, connection: Connection, where: str) -> None:
    answer = connection.ask("GET", f"{archive.api}/auth/token/", accept=(401, 403))
    if answer.status_code == 401:
        raise AccessError(f"{archive.name} does not know this token. {where}", status=401)
    if answer.status_code == 403:
        raise AccessError(
            f"your account on {archive.name} is not approved yet. Wait for the archive's mail, "
            "or write to its help desk.",
            status=403,
        )


def _where_the_token_goes(client: DandiAPIClient) -> str:
    variable = variable_of(client)
    gui = str(client.dandi_instance.gui or client.dandi_instance.api)
    hint = (
        "" if re.fullmatch(r"[A-Z_][A-Z0-9_]*", variable) else " (with `env`, as shells refuse it)"
    )
    return (
        f"Copy the API key from your account's menu on {gui} into the environment variable "
        f"{variable}{hint}, or into the keyring as dandi does."
    )


def _find(instance: str, patience: Patience) -> tuple[Any, Mapping[str, Any]]:
    """Ask an archive for its addresses and versions, as `dandi.utils.get_instance` does."""
    from dandi.consts import DandiInstance, known_instances, known_instances_rev  # noqa: PLC0415

    address = instance.rstrip("/")
    is_address = address.lower().startswith(("http://", "https://"))
    name = known_instances_rev.get(address, "") if is_address else instance
    if name in known_instances:
        known = known_instances[name]
        connection = Connection(name, patience)
        info = connection.value("GET", f"{known.api.rstrip('/')}/info/")
        return _as_told(name, known, info), info
    if not is_address:
        raise UsageError(
            f"there is no archive named {instance!r}. dandi knows "
            f"{', '.join(sorted(known_instances))}; any other is given by its address."
        )
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    connection = Connection(origin, patience)
    answer = connection.ask("GET", f"{origin}/server-info", accept=(404,))
    if answer.status_code == 404:
        answer = connection.ask("GET", f"{origin}/api/info/", accept=(404,))
    info = _record(answer) if answer.ok else {}
    if "schema_version" not in info:
        raise UsageError(f"{instance} is not the address of a DANDI archive")
    api = urlsplit(str(_services(info).get("api", {}).get("url", f"{origin}/api")))
    return _as_told(api.netloc, DandiInstance(api.netloc, None, f"{origin}/api"), info), info


def _as_told(name: str, known: Any, info: Mapping[str, Any]) -> Any:
    services = _services(info)
    return type(known)(
        name=name,
        gui=(services.get("webui") or {}).get("url", known.gui),
        api=str((services.get("api") or {}).get("url", known.api)),
    )


def _services(info: Mapping[str, Any]) -> Mapping[str, Any]:
    services = info.get("services")
    return services if isinstance(services, dict) else {}


def _client_of(known: Any, info: Mapping[str, Any]) -> DandiAPIClient:
    # Otherwise the client asks another server whether there is a newer dandi.
    os.environ.setdefault("DANDI_NO_ET", "1")
    import dandi  # noqa: PLC0415 - dandi costs a second
    from dandi.dandiapi import DandiAPIClient  # noqa: PLC0415
    from dandi.exceptions import SchemaVersionError  # noqa: PLC0415
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        ours = Version(dandi.__version__)
        least = Version(str(info.get("cli-minimal-version", "0")))
        bad = [Version(str(version)) for version in info.get("cli-bad-versions", ())]
    except InvalidVersion as error:
        raise UsageError(f"{known.name} names a version that is none: {error}") from None
    if ours < least or ours in bad:
        raise UsageError(
            f"{known.name} takes no uploads from dandi {ours}: it wants {least} or newer. "
            "Install a newer dandi beside posecheck (pip install --upgrade dandi)."
        )
    client = DandiAPIClient(dandi_instance=known)
    client.server_info = dict(info)  # known already: a cached property that need not ask again
    try:
        client.check_schema_version()
    except (SchemaVersionError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"{known.name} and the installed dandi {ours} speak different versions of the "
            f"metadata's schema: {error}"
        ) from None
    return client


def _record(answer: Any) -> dict[str, Any]:
    try:
        record = answer.json()
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise ArchiveError("the archive's answer makes no sense; is the address right?")
    return record


def _remote(record: Mapping[str, Any]) -> RemoteAsset:
    metadata = record.get("metadata") or {}
    digest = metadata.get("digest") or {}
    return RemoteAsset(
        path=str(record["path"]),
        asset_id=str(record["asset_id"]),
        size=int(record.get("size") or 0),
        etag=str(digest.get(_ETAG, "")),
        sha256=str(digest.get(_SHA256, "")),
        blob=str(record.get("blob") or ""),
        modified=_time(metadata.get("blobDateModified")),
    )


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.astimezone()
