"""The progress bar of a long run, on standard error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, TYPE_CHECKING

from posecheck.model.progress import Phase, ProgressListener
from posecheck.report.console import is_terminal, open_console
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE = 1.0


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
        self._bar: Progress | None = None
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
            from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=32),
                TextColumn("{task.fields[amount]}"),
                TextColumn("{task.fields[left]}", style="dim"),
                console=self._console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar.add_task(
                self._phase,
                total=self._total or None,
                completed=self._done,
                amount=self._amount(),
                left=self._left(),
            )
            self._bar.start()

    def _update(self) -> None:
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0],
                description=self._phase,
                total=self._total or None,
                completed=self._done,
                amount=self._amount(),
                left=self._left(),
            )

    def _amount(self) -> str:
        """Say how far it is: ``3/12 files``, or in bytes, and how many of them were copied."""
        if not self._total:
            return ""
        if not self._in_bytes:
            return f"{self._done}/{self._total} files"
        copied = f", {sized(self._copied)} copied" if self._copied else ""
        return f"{sized(self._done)} of {sized(self._total)}{copied}"

    def _hide(self) -> None:
        if self._bar is not None:
            bar, self._bar = self._bar, None
            bar.stop()

    def _left(self) -> str:
        if not self._done or self._done == self._total:
            return ""
        elapsed = time.monotonic() - self._began
        seconds = elapsed / self._done * (self._total - self._done)
        if seconds < 90:
            return f"about {seconds:.0f} s left"
        return f"about {seconds / 60:.0f} min left"
