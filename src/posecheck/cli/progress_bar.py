"""The progress bar of a long run, on standard error."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, TYPE_CHECKING

from posecheck.model.progress import Phase, ProgressListener, Received
from posecheck.report.console import is_terminal, open_console
from posecheck.report.escapes import escape, shorten_inside
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from rich.progress import BarColumn

    from posecheck.cli.bar_and_text import BarAndText

_PATIENCE = 1.0
_LONGEST_PHASE, _LONGEST_WITHOUT_BAR = 40, 74
_WIDTH = 20
"""Of the bar alone, in characters: beside it there is room for the text, on 80 columns."""
_RATE_SECONDS = 3.0
"""Over how long the rate is taken at which bytes come."""


class ProgressBar(ProgressListener):
    """A bar that shows up on a terminal after a second, and steps aside for what is printed.

    Findings go to standard output, the bar to standard error. Where both are one screen, the bar
    is taken off it before anything is printed and drawn again below.

    Parameters
    ----------
    bar, text
        Where the bar is drawn, and where findings are printed.
    color
        Whether colors are allowed.
    patience
        Seconds that a run may take before the bar is shown.
    phase
        What takes so long, before the run says it.
    """

    def __init__(
        self,
        bar: IO[str],
        text: IO[str],
        *,
        color: bool = True,
        patience: float = _PATIENCE,
        phase: str = Phase.CHECKING,
    ) -> None:
        self._phase = phase
        self._console = open_console(bar, color=color)
        self._wanted = is_terminal(bar)
        self._shares_screen = is_terminal(text)
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._done = self._total = self._copied = 0
        self._in_bytes = False
        self._received = _ReceivedText()
        self._bar: BarAndText | None = None
        self._below: dict[str, str] = {}
        self._column: BarColumn | None = None
        self._timer = threading.Timer(patience, self._show)
        self._timer.daemon = True

    def __enter__(self) -> ProgressBar:
        if self._wanted:
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._wanted = False
            self._hide()

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        """Take note of how much there is to do."""
        with self._lock:
            self._phase, self._in_bytes = phase, in_bytes
            self._done, self._total = 0, total
            self._received = _ReceivedText()
            self._update()

    def advance(self, count: int) -> None:
        """Take note that more of it is done."""
        with self._lock:
            self._done += count
            self._update()

    def advance_file(self, path: str, count: int) -> None:
        """Take note that bytes were copied."""
        with self._lock:
            self._copied += count
            self.advance(count)

    def receive(self, received: Received) -> None:
        """Take note of how many bytes came from elsewhere."""
        with self._lock:
            self._received.take(received, time.monotonic())
            self._update()

    def show_below(self, name: str, text: str) -> None:
        """Show a text below the bar, at once, in place of an earlier one of that name.

        Parameters
        ----------
        name
            Its name.
        text
            Lines, which may hold colors; nothing takes the text of that name away.
        """
        with self._lock:
            self._below.pop(name, None)
            if text:
                self._below[name] = text
                self._show()
            if self._bar is not None:
                self._bar.set_text("\n".join(self._below.values()))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Keep the bar off the screen while something else is printed."""
        if not self._shares_screen:
            yield
            return
        with self._lock:
            visible = self._bar is not None
            self._hide()
            try:
                yield
            finally:
                if visible:
                    self._show()

    def _show(self) -> None:
        with self._lock:
            if not self._wanted or self._bar is not None:
                return
            # A run that is over within a second needs none of this.
            from rich.progress import BarColumn, TextColumn  # noqa: PLC0415

            from posecheck.cli.bar_and_text import BarAndText  # noqa: PLC0415

            self._column = BarColumn(bar_width=_WIDTH)
            self._bar = BarAndText(
                TextColumn("{task.description}", markup=False),
                self._column,
                TextColumn("{task.fields[amount]}"),
                TextColumn("{task.fields[left]}", style="dim"),
                console=self._console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar.add_task("", amount="", left="")
            self._bar.set_text("\n".join(self._below.values()))
            self._update()
            self._bar.start()

    def _update(self) -> None:
        if self._bar is None:
            return
        done, total = self._position()
        longest = _LONGEST_PHASE
        if self._column is not None:
            # Where it is not known how much there is to do, words say more than the bar.
            is_told = not total and len(self._phase) > longest
            self._column.bar_width = 1 if is_told else _WIDTH
            longest = _LONGEST_WITHOUT_BAR if is_told else longest
        self._bar.update(
            self._bar.task_ids[0],
            description=escape(shorten_inside(self._phase, longest)),
            total=total or None,
            completed=done,
            amount=self._amount(),
            left=self._left(),
        )

    def _position(self) -> tuple[int, int]:
        """Return where the bar stands, and its length; 0 if nobody knows that."""
        download = self._received.download
        if download is not None:
            return download
        if self._total == 1 and not self._done:
            # How much there is to do with a single file shows at its end.
            return 0, 0
        return self._done, self._total

    def _amount(self) -> str:
        """Say how far it is: ``3 of 12 files``, or in bytes, and how many were copied or came."""
        if not self._total:
            return f"{self._done:,} so far" if self._done else ""
        if not self._in_bytes:
            files = f"{self._done:,} of {self._total:,} files" if self._total > 1 else ""
            return " · ".join(filter(None, (files, self._received.text)))
        copied = f", {sized(self._copied)} copied" if self._copied else ""
        return f"{sized(self._done)} of {sized(self._total)}{copied}"

    def _hide(self) -> None:
        if self._bar is not None:
            bar, self._bar = self._bar, None
            bar.stop()

    def _left(self) -> str:
        is_narrow = self._console.width < 100 and self._received.text
        if not self._done or self._done >= self._total or is_narrow:
            return ""
        elapsed = time.monotonic() - self._began
        seconds = elapsed / self._done * (self._total - self._done)
        if seconds < 90:
            return f"about {seconds:.0f} s left"
        return f"about {seconds / 60:.0f} min left"


class _ReceivedText:
    """What came from elsewhere, in words: ``14.2 MB received · 1.9 MB/s``."""

    def __init__(self) -> None:
        self._moments: deque[tuple[float, int]] = deque()
        self._last = Received(total=0)

    def take(self, received: Received, now: float) -> None:
        """Take note of how much came until now."""
        self._last = received
        self._moments.append((now, received.total))
        while self._moments[0][0] < now - _RATE_SECONDS:
            self._moments.popleft()

    @property
    def download(self) -> tuple[int, int] | None:
        """What came of the files that are downloaded whole, and their size."""
        last = self._last
        return (last.downloaded, last.to_download) if last.to_download else None

    @property
    def text(self) -> str:
        """How much came, and how fast it does; nothing before the first byte."""
        if not self._last.total:
            return ""
        came = f"{sized(self._last.total)} received"
        if self.download is not None:
            downloaded, size = self.download
            came = f"{sized(downloaded)} of {sized(size)} downloaded"
        rate = self._rate()
        return f"{came} · {sized(rate)}/s" if rate else came

    def _rate(self) -> float:
        (first, before), (last, now) = self._moments[0], self._moments[-1]
        return (now - before) / (last - first) if last - first >= _RATE_SECONDS / 10 else 0.0
