"""Metadata in the version of dandi's schema that an archive knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dandi.dandiapi import DandiAPIClient


def in_schema_version(body: Any, client: DandiAPIClient) -> Any:
    """Return what is sent with its metadata in the schema that the archive knows, as dandi does.

    Where the archive is older and the metadata holds what its schema has no place for, it is sent
    as it is, and the archive decides.

    Parameters
    ----------
    body
        What a request sends. Its ``metadata``, if it has any of the schema, is converted.
    client
        dandi's client, which knows the archive's version.
    """
    from dandischema.consts import ALLOWED_TARGET_SCHEMAS  # noqa: PLC0415 - dandi is slow
    from dandischema.metadata import migrate  # noqa: PLC0415
    from packaging.version import Version  # noqa: PLC0415

    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("schemaKey"), str):
        return body
    ours, theirs = metadata.get("schemaVersion"), str(client.server_schema_version)
    if not ours or not isinstance(ours, str) or theirs not in ALLOWED_TARGET_SCHEMAS:
        return body
    if Version(theirs) >= Version(ours):
        return body
    try:
        return {**body, "metadata": migrate(metadata, to_version=theirs, skip_validation=True)}
    except ValueError:
        return body
