"""Connect to an archive: find it, check that it and the installed dandi fit, and log in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from posecheck.archive.addresses import is_on_this_machine
from posecheck.archive.client import ArchiveClient
from posecheck.archive.connection import Connection
from posecheck.archive.errors import AccessError
from posecheck.archive.instances import archive_label, dandi_client_for, find_instance
from posecheck.archive.retry import RetryPolicy
from posecheck.archive.token import find_token, token_instructions
from posecheck.model.errors import UsageError


def connect_to_archive(
    instance: str,
    retry: RetryPolicy,
    *,
    needs_token: bool = True,
    prompt_for_token: Callable[[str], str] | None = None,
) -> ArchiveClient:
    """Find an archive, check that the installed dandi fits it, and log in.

    Parameters
    ----------
    instance
        A name that dandi knows (``dandi``, ``dandi-sandbox``, ``ember-dandi``, ``linc`` …), or the
        address of an archive.
    retry
        How often to try again.
    needs_token
        Whether to fail without a token; otherwise one is used if it is there.
    prompt_for_token
        Prompts the user for a token, given the archive's name; ``None`` if nobody can be prompted.

    Raises
    ------
    UsageError
        If the name is unknown, the versions do not fit, or there is no valid token.
    ArchiveError
        If the archive does not answer.
    """
    with silence_dandi_log():
        known, info = find_instance(instance, retry.for_first_contact())
        client = dandi_client_for(known, info)
        # A token that is not needed is not asked for. If there is one, it shows what owners see.
        token = find_token(client, prompt=prompt_for_token if needs_token else None)
        instructions = token_instructions(client)
        if not token and needs_token:
            raise UsageError(f"there is no token for {known.name}. {instructions}")
        api = str(client.api_url)
        connection = Connection(
            archive_label(known.name, api), retry, token=token, plain=is_on_this_machine(api)
        )
        archive = ArchiveClient(
            client, connection, requested_instance=instance, has_token=bool(token)
        )
        try:
            if token:
                _log_in(archive, connection, instructions)
        except BaseException:
            archive.close()
            raise
        return archive


@contextmanager
def silence_dandi_log() -> Iterator[None]:
    """Silence dandi's log in the whole process while the block runs."""
    logger = logging.getLogger("dandi")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _log_in(archive: ArchiveClient, connection: Connection, instructions: str) -> None:
    response = connection.request("GET", f"{archive.api}/auth/token/", accept=(401, 403))
    if response.status_code == 401:
        raise AccessError(f"{archive.name} does not know this token. {instructions}", status=401)
    if response.status_code == 403:
        raise AccessError(
            f"your account on {archive.name} is not approved yet. Wait for the archive's mail, "
            "or write to its help desk.",
            status=403,
        )
