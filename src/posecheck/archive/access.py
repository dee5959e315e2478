"""Who the user is to an archive, and whether they may change a dandiset.

The archive shows an open dandiset to everybody, and refuses a stranger only when they send bytes.
Checking before saves the time. A refusal found here is certain; in doubt the upload goes on, and
the archive refuses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import ArchiveError
from posecheck.archive.responses import JsonObject, Response

_ANY = frozenset(range(300, 600))
"""Every status: these questions are not worth a second attempt."""

_OWNERS_NAMED = 3
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of an archive.

    Attributes
    ----------
    username, name
        The user's names; ``name`` may be empty.
    is_admin
        Whether the user may change every dandiset.
    """

    username: str
    name: str = ""
    is_admin: bool = False

    def __str__(self) -> str:
        username, name = self.username[:_LONGEST_NAME], self.name.strip()[:_LONGEST_NAME]
        return f"{username} ({name})" if name and name != username else username

    def is_among(self, others: Sequence[Account]) -> bool:
        """Return whether others include this account; case does not matter."""
        return any(self.username.casefold() == other.username.casefold() for other in others)


def write_refusal(archive: ArchiveClient, dandiset: str) -> str:
    """Return why the user may not change a dandiset that they can see; empty if they may.

    Parameters
    ----------
    archive
        The archive, logged into.
    dandiset
        The identifier.

    Returns
    -------
    str
        Sentences: who the user is, who owns the dandiset and what to do. Empty, too, if the archive
        does not say.
    """
    account = current_account(archive)
    if account is None or account.is_admin:
        return ""
    owners = _owners(archive, dandiset)
    if not owners or account.is_among(owners):
        return ""
    # An account can have rights that no list names: only owners may list open uploads.
    path = f"/dandisets/{dandiset}/uploads/"
    response = _request(archive, path, params={"page_size": "1"})
    if response is None or response.status_code != 403:
        return ""
    listed = ", ".join(map(str, owners[:_OWNERS_NAMED]))
    if len(owners) > _OWNERS_NAMED:
        listed += f" and {len(owners) - _OWNERS_NAMED} more"
    whom = "its owner is" if len(owners) == 1 else "its owners are"
    advice = "Ask them" if len(owners) == 1 else "Ask one of them"
    return (
        f"your account on {archive.name}, {account}, may not change dandiset {dandiset}: it is not "
        f"among its owners; {whom} {listed}. {advice} to add you on the dandiset's page, or use "
        "the token of an account that is."
    )


def current_account(archive: ArchiveClient) -> Account | None:
    """Return the account of the token; ``None`` if the archive does not say."""
    response = _request(archive, "/users/me/")
    if response is None or not response.ok:
        return None
    try:
        return _account_of(response.json_object())
    except ArchiveError:
        return None


def _account_of(record: JsonObject) -> Account:
    return Account(
        username=record.text("username"),
        name=record.text("name", ""),
        is_admin=record.values.get("admin", False) is not False,
    )


def _owners(archive: ArchiveClient, dandiset: str) -> list[Account]:
    """Return the owners of a dandiset; none if the archive does not say."""
    response = _request(archive, f"/dandisets/{dandiset}/users/")
    if response is None or not response.ok:
        return []
    try:
        owners = response.json()
        return [_account_of(JsonObject.of(each, response.server, "an owner")) for each in owners]
    except (ArchiveError, TypeError):
        return []


def _request(archive: ArchiveClient, path: str, **options: dict[str, str]) -> Response | None:
    try:
        return archive.request("GET", path, accept=_ANY, **options)
    except ArchiveError:
        return None
