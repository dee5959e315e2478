"""A progress bar with lines of text below it, which go when it goes."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.progress import Progress
from rich.text import Text

_OTHER_LINES = 3
"""On the screen: the bar, how many lines are missing, and where the cursor stands."""


class BarAndText(Progress):
    """rich's progress display, and below it the first lines of a text, as many as have room."""

    _text: Text | None = None

    def set_text(self, text: str) -> None:
        """Show a text in place of the one before; it may hold colors, as escape sequences."""
        lines = text.splitlines()
        # It is drawn ten times a second: lines that nobody sees are not drawn at all.
        room = max(1, self.console.height - _OTHER_LINES)
        if len(lines) > room:
            lines = [*lines[:room], f"… {len(lines) - room:,} more lines"]
        self._text = Text.from_ansi("\n".join(lines), no_wrap=True) if lines else None
        self.refresh()

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar, then the text."""
        yield from super().get_renderables()
        if self._text is not None:
            yield self._text
