"""On a terminal it asks for a token that is nowhere, once, and before it sends."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.archive.server import Archive
from tests.end_to_end.upload.conversing import converse
from tests.end_to_end.upload.upload_command import files, held, put

pytestmark = pytest.mark.slow


def test_a_token_that_is_typed_is_requested_once(
    archive: Archive, dandiset: str, one: Path
) -> None:
    code, shown = converse(
        archive, one, replies=(("API key for", archive.token), ("Send 2 files", "y"))
    )

    assert code == 0, shown
    assert shown.count("API key for") == 1
    assert held(archive, dandiset) == files(one)


def test_nothing_is_sent_without_a_yes(archive: Archive, dandiset: str, one: Path) -> None:
    code, shown = converse(
        archive, one, replies=(("API key for", archive.token), ("Send 2 files", ""))
    )

    assert code == 1, shown
    assert "nothing was sent" in shown
    assert archive.log.sent() == []


def test_who_types_no_token_learns_so_and_is_not_prompted_again(
    archive: Archive, dandiset: str, one: Path
) -> None:
    code, shown = converse(archive, one, replies=(("API key for", ""),))

    assert code == 2, shown
    assert "there is no token" in shown
    assert shown.count("API key for") == 1


@pytest.mark.parametrize("option", ["--dry-run", "--verify-only"])
def test_what_needs_no_token_requests_none(
    archive: Archive, dandiset: str, one: Path, option: str
) -> None:
    put(archive, dandiset, one)

    code, shown = converse(archive, one, option)

    assert code == 0, shown
    assert "API key" not in shown
