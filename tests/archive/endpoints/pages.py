"""Lists by pages: 100 things unless asked otherwise, 1,000 at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.archive.endpoints.call import Call, refuse
from tests.archive.wire import Answer

_DEFAULT, _MOST = 100, 1000

Thing = TypeVar("Thing")


def answer_page(call: Call, things: Sequence[Thing], render: Callable[[Thing], Any]) -> Answer:
    """Answer with the page asked for; one past the end is empty, and only the first is counted."""
    query = call.request.query
    page, size = _number(query.get("page"), 1), _number(query.get("page_size"), _DEFAULT)
    size = min(size, _MOST)
    start = (page - 1) * size
    return Answer.of(
        {
            "count": len(things) if page == 1 else None,
            "next": _address(call, page + 1) if start + size < len(things) else None,
            "previous": _address(call, page - 1) if page > 1 else None,
            "results": [render(thing) for thing in things[start : start + size]],
        }
    )


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise refuse(404, {"detail": "Invalid page."})
    return int(text)


def _address(call: Call, page: int) -> str:
    query = dict(call.request.query)
    query.pop("page", None)
    if page > 1:
        query["page"] = str(page)
    text = urlencode(sorted(query.items()))
    return f"{call.rendering.url}{call.request.path}" + (f"?{text}" if text else "")
