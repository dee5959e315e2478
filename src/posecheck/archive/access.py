"""Where an upload goes, and whether the user may send anything there: asked before all else.

The archive shows an open dandiset to everybody, and refuses a stranger only once bytes are on their
way. A refusal here is certain: where the archive leaves a doubt, the upload goes on, and is refused
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posecheck.archive.client import Archive
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.resources import Destination
from posecheck.archive.responses import Answer, Record
from posecheck.model.errors import Argument, UsageError

_ANY = frozenset(range(300, 600))
"""Every status: no answer to these questions is worth waiting for."""

_NAMED = 3
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of an archive, as it tells of them.

    Attributes
    ----------
    username, name
        What they are called; the name may be empty.
    is_admin
        Whether they may change every dandiset.
    """

    username: str
    name: str = ""
    is_admin: bool = False

    def __str__(self) -> str:
        username, name = self.username[:_LONGEST_NAME], self.name.strip()[:_LONGEST_NAME]
        return f"{username} ({name})" if name and name != username else username

    def is_among(self, others: Sequence[Account]) -> bool:
        """Return whether these name the account; letters' case does not tell names apart."""
        return any(self.username.casefold() == other.username.casefold() for other in others)


def find_destination(archive: Archive, dandiset: str) -> Destination:
    """Look a dandiset up.

    Parameters
    ----------
    archive
        The archive.
    dandiset
        The identifier.

    Raises
    ------
    UsageError
        If there is none, if it is not for this user, or if nothing can be sent to it now.
    ArchiveError
        If the archive does not answer.
    """
    answer = archive.ask("GET", f"/dandisets/{dandiset}/", accept=(401, 403, 404))
    if answer.status_code == 404:
        raise UsageError(
            f"{archive.name} has no dandiset {dandiset}. Look at the identifier in "
            "dandiset.yaml, and at ",
            Argument("instance"),
            ": a sandbox numbers its own.",
        )
    if answer.status_code in (401, 403):
        raise AccessError(_why_hidden(archive, dandiset), status=answer.status_code)
    status = answer.record().text("embargo_status", "OPEN")
    if status == "UNEMBARGOING":
        raise UsageError(
            f"dandiset {dandiset} is being unembargoed, and takes no files until that is "
            "done. Try again in an hour."
        )
    return Destination(
        asked=archive.asked,
        instance=archive.name,
        api=archive.api,
        dandiset=dandiset,
        embargoed=status == "EMBARGOED",
        web=archive.web,
    )


def _why_hidden(archive: Archive, dandiset: str) -> str:
    embargoed = f"dandiset {dandiset} of {archive.name} is embargoed"
    if not archive.has_token:
        return f"{embargoed}: without a token it cannot be seen. {archive.where_the_token_goes()}"
    account = current_account(archive)
    named = f" {account}" if account is not None else ""
    return (
        f"{embargoed}, and your account{named} is not among its owners. Ask one of them to add you."
    )


def why_no_access(archive: Archive, dandiset: str) -> str:
    """Say why the user may not change a dandiset that they can see; nothing if they may.

    Parameters
    ----------
    archive
        The archive, logged into.
    dandiset
        The identifier.

    Returns
    -------
    str
        Who the user is, who owns the dandiset and what to do, as sentences. It is empty, too, where
        the archive does not tell.
    """
    account = current_account(archive)
    if account is None or account.is_admin:
        return ""
    owners = _owners(archive, dandiset)
    if not owners or account.is_among(owners):
        return ""
    # An account can have rights that no list names: only owners are told of open uploads.
    path = f"/dandisets/{dandiset}/uploads/"
    answer = _ask(archive, path, params={"page_size": "1"})
    if answer is None or answer.status_code != 403:
        return ""
    named = ", ".join(map(str, owners[:_NAMED]))
    if len(owners) > _NAMED:
        named += f" and {len(owners) - _NAMED} more"
    whom = "its owner is" if len(owners) == 1 else "its owners are"
    ask = "Ask them" if len(owners) == 1 else "Ask one of them"
    return (
        f"your account on {archive.name}, {account}, may not change dandiset {dandiset}: it is not "
        f"among its owners; {whom} {named}. {ask} to add you on the dandiset's page, or use the "
        "token of an account that is."
    )


def current_account(archive: Archive) -> Account | None:
    """Return whose token it is; nothing if the archive does not tell."""
    answer = _ask(archive, "/users/me/")
    if answer is None or not answer.ok:
        return None
    try:
        return _account_of(answer.record())
    except ArchiveError:
        return None


def _account_of(record: Record) -> Account:
    return Account(
        username=record.text("username"),
        name=record.text("name", ""),
        is_admin=record.values.get("admin", False) is not False,
    )


def _owners(archive: Archive, dandiset: str) -> list[Account]:
    """Return the owners of a dandiset; none if the archive does not tell."""
    answer = _ask(archive, f"/dandisets/{dandiset}/users/")
    if answer is None or not answer.ok:
        return []
    try:
        told = answer.json()
        return [_account_of(Record.of(each, answer.who, "an owner")) for each in told]
    except (ArchiveError, TypeError):
        return []


def _ask(archive: Archive, path: str, **options: dict[str, str]) -> Answer | None:
    try:
        return archive.ask("GET", path, accept=_ANY, **options)
    except ArchiveError:
        return None
