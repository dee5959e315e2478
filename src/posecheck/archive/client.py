"""The archive: which one, who asks, what it holds."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posecheck.archive.addresses import is_on_this_machine
from posecheck.archive.connection import Connection
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.instances import called, client_of, find_instance
from posecheck.archive.resources import RemoteAsset, RemoteUpload
from posecheck.archive.responses import Answer, Record
from posecheck.archive.retry import Patience
from posecheck.archive.token import find_token, variable_of
from posecheck.model.errors import UsageError

if TYPE_CHECKING:
    from dandi.dandiapi import DandiAPIClient

_PAGES = (1000, 200, 50)
"""Assets in a page: a thousand in a request, and fewer if the archive cannot put those together."""
_OVERBURDENED = frozenset({502, 504})
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
    web
        The address of its pages; empty if it has none.
    patience
        How often it is asked again.
    storage
        Requests to where its bytes lie.
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
        self.web = str(client.dandi_instance.gui or "").rstrip("/")
        self.patience = connection.patience
        # No token: the storage is another server, and its addresses are signed.
        self.storage = Connection(f"the storage of {self.name}", self.patience, plain=self.is_plain)

    def close(self) -> None:
        """Close what is kept open for further requests."""
        self._connection.close()
        self.storage.close()

    @property
    def is_plain(self) -> bool:
        """Whether it is talked to in plain text, because it is on this machine."""
        return self.api.startswith("http:") and is_on_this_machine(self.api)

    def ask(self, method: str, path: str, **options: Any) -> Answer:
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
        params = {"metadata": "true"} | ({"path": prefix} if prefix else {})
        sizes = iter(_PAGES)
        size, smaller = next(sizes), next(sizes, None)
        number, taken, count = 1, 0, None
        while count is None or taken < count:
            answer = self.ask(
                "GET",
                f"/dandisets/{dandiset}/versions/draft/assets/",
                params={**params, "page_size": str(size), "page": str(number)},
                accept=_OVERBURDENED if smaller is not None else (),
            )
            if not answer.ok and smaller is not None:
                number = (number - 1) * size // smaller + 1
                size, smaller = smaller, next(sizes, None)
                continue
            page = answer.record()
            # Only the first page is counted: an archive whose pages never end is not followed.
            count = page.number("count") if count is None else count
            records = page.records("results")
            for record in records:
                asset = _remote(record)
                found[asset.path] = asset
            if not records or page.values.get("next") is None:
                break
            number, taken = number + 1, taken + len(records)
        return found

    def open_uploads(self, dandiset: str) -> list[RemoteUpload]:
        """List what is begun and not finished, of every owner of a dandiset, the oldest first.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should; only owners are told.
        """
        found: list[RemoteUpload] = []
        for number in itertools.count(1):
            params = {"page_size": str(_PAGES[0]), "page": str(number)}
            page = self.ask("GET", f"/dandisets/{dandiset}/uploads/", params=params).record()
            records = page.records("results")
            found += [
                RemoteUpload(
                    upload_id=record.text("upload_id"),
                    size=record.number("size"),
                    created=_time(record.values.get("created")),
                )
                for record in records
            ]
            if not records or page.values.get("next") is None:
                break
        return found

    def version_info(self, dandiset: str) -> Mapping[str, Any]:
        """Return what the archive says of the draft, its verdict on it among it.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        info = self.ask("GET", f"/dandisets/{dandiset}/versions/draft/info/").record()
        info.items("version_validation_errors")  # a list, or nothing
        info.items("asset_validation_errors")
        return info.values

    def asset_verdict(self, dandiset: str, asset_id: str) -> Mapping[str, Any]:
        """Return the archive's verdict on an asset.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        path = f"/dandisets/{dandiset}/versions/draft/assets/{asset_id}/validation/"
        verdict = self.ask("GET", path).record()
        verdict.items("validation_errors")  # a list, or nothing
        return verdict.values

    def _access_error(self, error: ArchiveError) -> ArchiveError:
        if error.status == 401:
            return AccessError(
                f"{self.name} does not accept the token (any more): it may have been replaced. "
                f"{self.where_the_token_goes()}"
                if self.has_token
                else f"{self.name} wants to know who you are. {self.where_the_token_goes()}",
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

    def where_the_token_goes(self) -> str:
        """Say in sentences where a token is had, and where it is looked for."""
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
        known, info = find_instance(instance, patience.shortened())
        client = client_of(known, info)
        # Who needs none is not asked for one, and may still see what only owners do.
        token = find_token(client, ask=ask_token if needs_token else None)
        where = _where_the_token_goes(client)
        if not token and needs_token:
            raise UsageError(f"there is no token for {known.name}. {where}")
        api = str(client.api_url)
        connection = Connection(
            called(known.name, api), patience, token=token, plain=is_on_this_machine(api)
        )
        archive = Archive(client, connection, asked=instance, has_token=bool(token))
        try:
            if token:
                _log_in(archive, connection, where)
        except BaseException:
            archive.close()
            raise
        return archive


@contextmanager
def quiet_dandi() -> Iterator[None]:
    """Keep dandi's own log off the terminal, for as long as this lasts, in the whole process."""
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


def _remote(record: Record) -> RemoteAsset:
    metadata = record.record("metadata")
    digest = metadata.record("digest")
    return RemoteAsset(
        path=record.text("path"),
        asset_id=record.text("asset_id"),
        size=record.number("size", 0),
        etag=digest.text(_ETAG, ""),
        sha256=digest.text(_SHA256, ""),
        blob=record.text("blob", ""),
        modified=_time(metadata.values.get("blobDateModified")),
    )


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.astimezone()
