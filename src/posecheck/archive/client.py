"""Requests to an archive: what it lists, and its errors in words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posecheck.archive.addresses import is_on_this_machine
from posecheck.archive.connection import Connection
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.resources import RemoteAsset, RemoteUpload
from posecheck.archive.responses import JsonObject, Response
from posecheck.archive.schema_version import in_schema_version
from posecheck.archive.token import token_instructions

if TYPE_CHECKING:
    from dandi.dandiapi import DandiAPIClient

_PAGES = (1000, 200, 50)
"""Items on a page: a thousand, and fewer if the archive answers that this takes too long."""
_TAKES_TOO_LONG = frozenset({502, 504})
_ETAG, _SHA256 = "dandi:dandi-etag", "dandi:sha2-256"
_ZARR_CHECKSUM = "dandi:dandi-zarr-checksum"


class ArchiveClient:
    """An instance of the DANDI Archive, from any thread.

    Parameters
    ----------
    client
        dandi's client of it, which knows the versions of the metadata's schema.
    connection
        Requests to the archive.
    requested_instance
        The archive as the user names it.
    has_token
        Whether requests carry a token.

    Attributes
    ----------
    requested_instance, has_token
        As above.
    name, api
        The archive's name, and the address of its API.
    web
        The address of its web pages; empty if it has none.
    retry
        How often a request is sent again.
    storage
        Requests to the server that holds the files' bytes.
    """

    def __init__(
        self,
        client: DandiAPIClient,
        connection: Connection,
        *,
        requested_instance: str,
        has_token: bool,
    ) -> None:
        self._client = client
        self._connection = connection
        self.has_token = has_token
        self.requested_instance = requested_instance
        self.name = str(client.dandi_instance.name)
        self.api = str(client.api_url).rstrip("/")
        self.web = str(client.dandi_instance.gui or "").rstrip("/")
        self.retry = connection.retry
        # Without the token: the storage is another server, and its addresses are signed.
        self.storage = Connection(f"the storage of {self.name}", self.retry, plain=self.is_plain)

    def close(self) -> None:
        """Close the connections that are kept open for further requests."""
        self._connection.close()
        self.storage.close()

    @property
    def token(self) -> str:
        """What its requests carry; empty without one."""
        return self._connection.token

    def open_dandi_client(self) -> DandiAPIClient:
        """Return a client of dandi's own, logged in; the caller closes it."""
        client = type(self._client)(dandi_instance=self._client.dandi_instance)
        if self.token:
            client.authenticate(self.token)
        return client

    @property
    def is_plain(self) -> bool:
        """Whether it is talked to in plain text, because it is on this machine."""
        return self.api.startswith("http:") and is_on_this_machine(self.api)

    def request(self, method: str, path: str, **options: Any) -> Response:
        """Send a request to a path of the API; see `Connection.request`.

        Metadata is written in the version of the schema that the archive knows, as dandi does.

        Raises
        ------
        AccessError
            If the archive does not allow this user the request.
        ArchiveError
            If it answers with another error, or not at all.
        """
        if "json" in options:
            options["json"] = in_schema_version(options["json"], self._client)
        try:
            return self._connection.request(method, f"{self.api}{path}", **options)
        except ArchiveError as error:
            raise self._access_error(error) from None

    def list_assets(
        self,
        dandiset: str,
        prefix: str = "",
        *,
        version: str = "draft",
        with_metadata: bool = True,
    ) -> dict[str, RemoteAsset]:
        """List a version's assets by path, a thousand in a request.

        Parameters
        ----------
        dandiset
            Its identifier.
        prefix
            What the paths begin with, in any case.
        version
            The draft, or the number of a published version.
        with_metadata
            Whether checksums are wanted: the archive then sends six kilobytes for each asset, and
            without them a third of one.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        found = self.iterate_assets(dandiset, prefix, version=version, with_metadata=with_metadata)
        return {asset.path: asset for asset in found}

    def iterate_assets(
        self,
        dandiset: str,
        prefix: str = "",
        *,
        version: str = "draft",
        with_metadata: bool = True,
    ) -> Iterator[RemoteAsset]:
        """Yield a version's assets as their pages come; see `list_assets`.

        Where the archive takes too long for a page, smaller ones follow, and an asset may come
        twice.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        params = {"metadata": "true"} if with_metadata else {}
        params |= {"path": prefix} if prefix else {}
        sizes = iter(_PAGES)
        size, smaller = next(sizes), next(sizes, None)
        number, taken, count = 1, 0, None
        while count is None or taken < count:
            response = self.request(
                "GET",
                f"/dandisets/{dandiset}/versions/{version}/assets/",
                params={**params, "page_size": str(size), "page": str(number)},
                accept=_TAKES_TOO_LONG if smaller is not None else (),
            )
            if not response.ok and smaller is not None:
                number = (number - 1) * size // smaller + 1
                size, smaller = smaller, next(sizes, None)
                continue
            page = response.json_object()
            # Only the first page is counted: an archive whose pages never end is not followed.
            count = page.number("count") if count is None else count
            records = page.objects("results")
            yield from map(asset_from, records)
            if not records or page.values.get("next") is None:
                break
            number, taken = number + 1, taken + len(records)

    def list_open_uploads(self, dandiset: str) -> list[RemoteUpload]:
        """List the unfinished uploads of all owners of a dandiset, the oldest first.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should; it answers owners only.
        """
        found: list[RemoteUpload] = []
        for number in itertools.count(1):
            params = {"page_size": str(_PAGES[0]), "page": str(number)}
            page = self.request(
                "GET", f"/dandisets/{dandiset}/uploads/", params=params
            ).json_object()
            records = page.objects("results")
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
        """Return what the archive says of the draft, with the result of its validation.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        info = self.request("GET", f"/dandisets/{dandiset}/versions/draft/info/").json_object()
        info.items("version_validation_errors")  # raises if it is neither missing nor a list
        info.items("asset_validation_errors")
        return info.values

    def asset_validation(self, dandiset: str, asset_id: str) -> Mapping[str, Any]:
        """Return the result of the archive's validation of an asset.

        Raises
        ------
        ArchiveError
            If the archive does not answer as it should.
        """
        path = f"/dandisets/{dandiset}/versions/draft/assets/{asset_id}/validation/"
        result = self.request("GET", path).json_object()
        result.items("validation_errors")  # raises if it is neither missing nor a list
        return result.values

    def _access_error(self, error: ArchiveError) -> ArchiveError:
        if error.status == 401:
            return AccessError(
                f"{self.name} does not accept the token (any more): it may have been replaced. "
                f"{self.token_instructions()}"
                if self.has_token
                else f"{self.name} wants to know who you are. {self.token_instructions()}",
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

    def token_instructions(self) -> str:
        """Return sentences that say where to get a token, and where to put it."""
        return token_instructions(self._client)


def asset_from(record: JsonObject) -> RemoteAsset:
    """Return an asset as an item of a listing describes it.

    Raises
    ------
    ArchiveError
        If it is described in another way.
    """
    metadata = record.object("metadata")
    digest = metadata.object("digest")
    return RemoteAsset(
        path=record.text("path"),
        asset_id=record.text("asset_id"),
        size=record.number("size", 0),
        etag=digest.text(_ETAG, "") or digest.text(_ZARR_CHECKSUM, ""),
        sha256=digest.text(_SHA256, ""),
        blob=record.text("blob", ""),
        zarr=record.text("zarr", ""),
        modified=_time(metadata.values.get("blobDateModified")),
    )


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.astimezone()
