"""Lists by pages: 100 things unless asked otherwise, 1,000 at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.archive.endpoints.call import Call, refuse
from tests.archive.wire import Answer

_DEFAULT, _MOST = 100, 1000

Thing = TypeVar("Thing")


def answer_page(
    call: Call,
    things: Sequence[Thing],
    render: Callable[[Thing], Any],
    *,
    is_counted_once: bool = False,
) -> Answer:
    """Answer with the page asked for.

    Most lists are counted on each page and end with the last one; assets are counted on the first
    page alone, and a page past the end is empty.
    """
    query = call.request.query
    size = _size(query.get("page_size"))
    pages = max(1, -(-len(things) // size))
    page = _page(query.get("page", "1"), None if is_counted_once else pages)
    start = (page - 1) * size
    return Answer.of(
        {
            "count": len(things) if page == 1 or not is_counted_once else None,
            "next": _address(call, page + 1) if start + size < len(things) else None,
            "previous": _address(call, page - 1) if page > 1 else None,
            "results": [render(thing) for thing in things[start : start + size]],
        }
    )


def _size(text: str | None) -> int:
    """Return how much a page holds; what is no number counts for nothing."""
    if text is None or not text.isdecimal() or int(text) == 0:
        return _DEFAULT
    return min(int(text), _MOST)


def _page(text: str, pages: int | None) -> int:
    if pages is not None and text == "last":
        return pages
    if not text.isdecimal() or int(text) == 0 or (pages is not None and int(text) > pages):
        raise refuse(404, {"detail": "Invalid page."})
    return int(text)


def _address(call: Call, page: int) -> str:
    query = dict(call.request.query)
    query.pop("page", None)
    if page > 1:
        query["page"] = str(page)
    text = urlencode(sorted(query.items()))
    return f"{call.rendering.url}{call.request.path}" + (f"?{text}" if text else "")
