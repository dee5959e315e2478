"""Hold the archive's answers against those of the archive's own server, exchange by exchange.

Every recorded request is asked again, in order and by who asked it. The answers must agree in
status, in the header fields that were recorded, and in the whole body but for what is named here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.archive.exchanges import LIMIT, Exchange, load_exchanges, mask, parse
from tests.archive.replay import Replay
from tests.archive.server import Archive
from tests.archive.store import Store

EXCHANGES = load_exchanges()
NAMES = [f"{index}-{each.method}-{each.status}" for index, each in enumerate(EXCHANGES)]

STRANGER = {177, 178, 179, 180, 181, 197, 199} | {223, 227, 229, 231, 233, 257, 260, 279, 280, 287}
PENDING = {182, 183, 184, 185, 186, 224}
ADMIN = {225, 230, 232, 288}
INVALID = {123}

EXCHANGED = {20: 21, 21: 20}
"""Two answers that were written down in the other order than given: their times show it."""

SETTLED = {0, 29, 74, 89, 94, 114, 119, 151, 156, 189, 193, 200, 215}
"""Where the recorded archive had found the time for its checksums and results."""

UNRECORDED = 94
"""Before this one, an asset had been made while nobody wrote it down."""

MASKED = '"<token>"'
"""How every body of ``/auth/token/`` is masked in the record."""

LAGGING = "assetsSummary"
"""What the archive computes when it gets round to it: its numbers are those of some time before."""

RECORDED_HEADERS = {"Accept-Ranges", "Content-Type", "Location", "WWW-Authenticate"}


@pytest.fixture(scope="module")
def played(store: Store) -> Iterator[list[Exchange]]:
    """All exchanges, as they are with the archive of the tests."""
    with Archive(store, settle=3600) as archive:
        archive.create_dandiset(
            name="Local upload test",
            metadata={"description": "A local test dandiset.", "license": ["spdx:CC-BY-4.0"]},
        )
        replay = Replay(archive)
        again: dict[int, Exchange] = {}
        for place in range(len(EXCHANGES)):
            index = EXCHANGED.get(place, place)
            if index == UNRECORDED:
                _supply_unrecorded(replay)
            if index in SETTLED:
                archive.settle()
            again[index] = replay.send(EXCHANGES[index], _token(archive, index))
        replay.close()
        yield [again[index] for index in range(len(EXCHANGES))]


@pytest.mark.slow
@pytest.mark.parametrize("index", range(len(EXCHANGES)), ids=NAMES)
def test_an_exchange_is_as_recorded(played: list[Exchange], index: int) -> None:
    recorded, own = EXCHANGES[index], played[index]

    assert own.status == recorded.status, own.response_body
    headers = {
        name: mask(value)
        for name, value in own.response_headers.items()
        if name in RECORDED_HEADERS
    }
    assert headers == {name: mask(value) for name, value in recorded.response_headers.items()}
    if recorded.response_body == MASKED:
        assert _says_of_a_token(own) == _says_of_a_token(recorded)
    elif len(recorded.response_body) == LIMIT:  # cut there: what of it is left must agree
        assert _pages(own) == _pages(recorded)
    else:
        assert _comparable(own) == _comparable(recorded)


def test_the_record_has_every_kind_of_exchange() -> None:
    statuses = {each.status for each in EXCHANGES}

    assert len(EXCHANGES) == 299
    assert statuses == {200, 202, 204, 301, 302, 400, 401, 403, 404, 409, 500}


def _supply_unrecorded(replay: Replay) -> None:
    listed = json.loads(EXCHANGES[UNRECORDED].response_body)["results"][0]
    metadata = json.loads(EXCHANGES[UNRECORDED + 1].response_body)
    etag = metadata["digest"]["dandi:dandi-etag"]
    replay.supply(etag, listed["size"], "000001", metadata)


def _token(archive: Archive, index: int) -> str | None:
    if "Authorization" not in EXCHANGES[index].request_headers:
        return None
    if index in INVALID:
        return "0" * 40
    if index in STRANGER:
        return archive.strangers_token
    if index in ADMIN:
        return archive.admins_token
    return archive.pending_token if index in PENDING else archive.token


def _says_of_a_token(exchange: Exchange) -> str:
    """Say what a masked body was: the token, or why it is not given (as the contract says)."""
    if exchange.status == 301:
        return ""
    if exchange.response_body == MASKED:
        return {
            200: "a token",
            401: "Invalid token."
            if exchange.request_headers
            else "Authentication credentials were not provided.",
            403: "You do not have permission to perform this action.",
        }[exchange.status]
    body = json.loads(exchange.response_body)
    return "a token" if isinstance(body, str) and len(body) == 40 else str(body["detail"])


def _pages(exchange: Exchange) -> list[str]:
    """Return how a list of assets with their metadata begins, and the keys of its first one."""
    body = exchange.response_body
    end = body.index('},{"asset_id"') + 1
    page = json.loads(body[:end] + "]}")
    (asset,) = page["results"]
    return [*page, *asset, *sorted(asset["metadata"]), *sorted(asset["metadata"]["digest"])]


def _comparable(exchange: Exchange) -> Any:
    return _without_lag(parse(exchange.response_body))


def _without_lag(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "<lags>" if key == LAGGING else _without_lag(each) for key, each in value.items()
        }
    return [_without_lag(each) for each in value] if isinstance(value, list) else value
