"""Look a dandiset up on an archive, or list them all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from posecheck.archive.access import current_account
from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.resources import RemoteDandiset
from posecheck.archive.responses import JsonObject
from posecheck.dandi_layout.markers import is_identifier
from posecheck.model.errors import Argument, UsageError

_PAGE = 200
"""Dandisets on a page: the archive sends half a kilobyte of each."""
_EVERY = {"draft": "true", "empty": "true", "embargoed": "true", "ordering": "id"}


def look_up_dandiset(archive: ArchiveClient, identifier: str) -> RemoteDandiset:
    """Request a dandiset from an archive.

    Parameters
    ----------
    archive
        The archive.
    identifier
        Six digits.

    Raises
    ------
    UsageError
        If the archive has no such dandiset, or does not show it to this user.
    ArchiveError
        If the archive does not answer.
    """
    response = archive.request("GET", f"/dandisets/{identifier}/", accept=(401, 403, 404))
    if response.status_code == 404:
        raise UsageError(
            f"{archive.name} has no dandiset {identifier}. Look at the identifier in "
            "dandiset.yaml, and at ",
            Argument("instance"),
            ": a sandbox numbers its own.",
        )
    if response.status_code in (401, 403):
        raise AccessError(_why_hidden(archive, identifier), status=response.status_code)
    return _dandiset_from(archive, identifier, response.json_object())


def list_dandisets(archive: ArchiveClient) -> Iterator[RemoteDandiset]:
    """Yield the dandisets of an archive that the user may see, as their pages come.

    Those that are embargoed are listed for their owners alone.

    Raises
    ------
    ArchiveError
        If the archive does not answer as it should.
    """
    taken, count = 0, None
    for number in itertools.count(1):
        params = {**_EVERY, "page_size": str(_PAGE), "page": str(number)}
        page = archive.request("GET", "/dandisets/", params=params).json_object()
        # An archive whose pages never end is not followed.
        count = page.number("count") if count is None else count
        records = page.objects("results")
        for record in records:
            identifier = record.text("identifier")
            if not is_identifier(identifier):
                raise ArchiveError(
                    f"{archive.name} lists a dandiset {identifier[:20]!r}, which is no identifier. "
                    "Look whether the address is right."
                )
            yield _dandiset_from(archive, identifier, record)
        taken += len(records)
        if not records or page.values.get("next") is None or taken >= count:
            return


def _dandiset_from(archive: ArchiveClient, identifier: str, record: JsonObject) -> RemoteDandiset:
    status = record.text("embargo_status", "OPEN")
    return RemoteDandiset(
        requested_instance=archive.requested_instance,
        instance=archive.name,
        api=archive.api,
        identifier=identifier,
        embargoed=status == "EMBARGOED",
        unembargoing=status == "UNEMBARGOING",
        web=archive.web,
        published=record.object("most_recent_published_version").text("version", ""),
    )


def check_accepts_files(dandiset: RemoteDandiset) -> None:
    """Raise if nothing can be sent to a dandiset now.

    Raises
    ------
    UsageError
        If its embargo is being lifted.
    """
    if dandiset.unembargoing:
        raise UsageError(
            f"dandiset {dandiset.identifier} is being unembargoed, and takes no files until that "
            "is done. Try again in an hour."
        )


def _why_hidden(archive: ArchiveClient, identifier: str) -> str:
    embargoed = f"dandiset {identifier} of {archive.name} is embargoed"
    if not archive.has_token:
        return f"{embargoed}: without a token it is not visible. {archive.token_instructions()}"
    account = current_account(archive)
    named = f" {account}" if account is not None else ""
    return (
        f"{embargoed}, and your account{named} is not among its owners. Ask one of them to add you."
    )
