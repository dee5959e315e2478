"""What the archive is, and whether it knows who asks."""

from __future__ import annotations

from tests.archive.endpoints.call import Call, not_permitted
from tests.archive.wire import Answer


def get_info(call: Call) -> Answer:
    """Describe the archive."""
    return Answer.of(call.rendering.info())


def get_user(call: Call) -> Answer:
    """Say who asks, whether approved or not."""
    return Answer.of(call.rendering.user(call.anybody()))


def list_users(call: Call) -> Answer:
    """List all users to an admin."""
    user = call.anybody()
    if not user.admin:
        raise not_permitted()
    return Answer.of(sorted(each.username for each in call.state.users.values()))


def get_token(call: Call) -> Answer:
    """Repeat a token that is good."""
    return Answer.of(call.member().token)
