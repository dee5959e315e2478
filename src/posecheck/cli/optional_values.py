"""Options whose value may be left out: ``--sync`` and ``--sync=do``."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from typer.core import TyperCommand

_LEFT_OUT = {"--abandon": "ask", "--sync": "ask"}
"""What each of them means without a value."""


class OptionalValues(TyperCommand):
    """A command with such options: a value follows after ``=``, and after a blank a path."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give each of the options the value that it has if none is named."""
        count = sum(1 for _ in takewhile(lambda text: text != "--", args))
        given = [
            f"{text}={_LEFT_OUT[text]}" if text in _LEFT_OUT else text for text in args[:count]
        ]
        return super().parse_args(ctx, [*given, *args[count:]])
