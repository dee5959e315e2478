"""What the archive is, and whether it knows who asks."""

from __future__ import annotations

from tests.archive.endpoints.call import Call
from tests.archive.wire import Answer


def get_info(call: Call) -> Answer:
    """Describe the archive."""
    return Answer.of(call.rendering.info())


def get_token(call: Call) -> Answer:
    """Repeat a token that is good."""
    return Answer.of(call.member().token)
