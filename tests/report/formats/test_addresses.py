"""A file that is elsewhere is named by its address in every format that names files by paths."""

from __future__ import annotations

import pytest

from posecheck.report.formats.repository_paths import repository_path, uri


@pytest.mark.parametrize(
    "address",
    ["https://data.example.org/sub-1/a.nwb", "dandi://dandi/000409@draft/sub-1/a.nwb"],
)
def test_an_address_stays_what_it_is(address: str) -> None:
    assert repository_path(address) == address
    assert uri(address) == address


def test_what_an_address_must_not_hold_is_quoted() -> None:
    assert uri("s3://bucket/a file.nwb") == "s3://bucket/a%20file.nwb"
