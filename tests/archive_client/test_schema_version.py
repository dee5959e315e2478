"""Metadata is sent in the version of the schema that the archive knows, as dandi sends it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from posecheck.archive.schema_version import in_schema_version


def asset(**changes: Any) -> dict[str, Any]:
    from dandischema.consts import DANDI_SCHEMA_VERSION  # noqa: PLC0415 - dandi is slow

    named = {"schemaKey": "Asset", "schemaVersion": DANDI_SCHEMA_VERSION, "path": "sub-1/a.nwb"}
    return {"blob_id": "b", "metadata": named | changes}


@pytest.mark.parametrize("version", ["0.6.10", "0.7.0", "99.0.0"])
@pytest.mark.parametrize(
    "body",
    [
        asset(),
        asset(schemaVersion=None),
        asset(schemaVersion=""),
        asset(schemaVersion=7),
        asset(schemaKey=7),
        asset(releaseNotes="new in 0.7"),
        {"metadata": [1]},
        {"blob_id": "b"},
        [1, 2],
        None,
    ],
)
def test_metadata_is_converted_as_dandi_converts_it(version: str, body: Any) -> None:
    from dandi.dandiapi import DandiAPIClient  # noqa: PLC0415 - dandi is slow

    client: Any = SimpleNamespace(server_schema_version=version)
    client._maybe_downgrade_metadata = lambda metadata: DandiAPIClient._maybe_downgrade_metadata(
        client, metadata
    )
    wanted = DandiAPIClient._maybe_downgrade_request_metadata(client, body)
    assert in_schema_version(body, client) == wanted


def test_an_older_archive_gets_its_own_version() -> None:
    client: Any = SimpleNamespace(server_schema_version="0.6.10")
    assert in_schema_version(asset(), client)["metadata"]["schemaVersion"] == "0.6.10"
