"""The progress of an upload on a terminal: the phase, and the files that are under way."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import IO, TYPE_CHECKING

from posecheck.model.progress import ProgressListener
from posecheck.report.console import is_terminal, open_console
from posecheck.report.escapes import escape, shorten

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_MOST_BARS = 5
_LONGEST = 32
_DELAY = 1.0
"""Seconds that pass before anything is shown."""


class UploadProgressBars(ProgressListener):
    """Bars on standard error, if that is a terminal and it takes long; otherwise nothing.

    Parameters
    ----------
    stream
        Standard error.
    color
        Whether colors are allowed.
    delay
        Seconds that an upload may take before the first bar is shown.
    """

    def __init__(self, stream: IO[str], *, color: bool = True, delay: float = _DELAY) -> None:
        self._stream = stream
        self._color = color
        self._lock = threading.RLock()
        self._bars: Progress | None = None
        self._phase: TaskID | None = None
        self._files: dict[str, TaskID] = {}
        self._is_long = False
        self._timer = threading.Timer(delay, self._show)
        self._timer.daemon = True

    def __enter__(self) -> UploadProgressBars:
        if is_terminal(self._stream):
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self.end()

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        """Show a phase in the place of the one before."""
        if not is_terminal(self._stream):
            return
        with self._lock:
            self.end()
            self._bars = self._new(in_bytes=in_bytes, is_counted=total > 0)
            self._phase = self._bars.add_task(phase, total=total or None)
            if self._is_long:
                self._bars.start()

    def advance(self, count: int) -> None:
        """Move the phase's bar."""
        with self._lock:
            if self._bars is not None and self._phase is not None:
                self._bars.advance(self._phase, count)

    def begin_file(self, path: str, size: int) -> None:
        """Add a bar for a file, as long as there are few."""
        with self._lock:
            if self._bars is not None and len(self._files) < _MOST_BARS:
                name = escape(shorten(path.rsplit("/", 1)[-1], _LONGEST))
                self._files[path] = self._bars.add_task(f"  {name}", total=size)

    def advance_file(self, path: str, count: int) -> None:
        """Move the bar of a file, and that of the phase."""
        with self._lock:
            if self._bars is not None and path in self._files:
                self._bars.advance(self._files[path], count)
            self.advance(count)

    def end_file(self, path: str) -> None:
        """Take the bar of a file away."""
        with self._lock:
            if self._bars is not None and path in self._files:
                self._bars.remove_task(self._files.pop(path))

    def message(self, text: str) -> None:
        """Write a line above the bars, which stays."""
        with self._lock:
            if self._bars is not None:
                self._bars.console.print(escape(text), style="yellow", markup=False)

    def end(self) -> None:
        """Take everything off the screen."""
        with self._lock:
            bars, self._bars, self._phase = self._bars, None, None
            self._files.clear()
            if bars is not None and bars.live.is_started:
                bars.stop()

    def _show(self) -> None:
        with self._lock:
            self._is_long = True
            if self._bars is not None:
                self._bars.start()

    def _new(self, *, in_bytes: bool, is_counted: bool) -> Progress:
        from rich.progress import (  # noqa: PLC0415 - only a terminal needs it
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        text = TextColumn("{task.description}", markup=False)
        counting: tuple[ProgressColumn, ...] = ()
        if is_counted:
            amount = (
                (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
            )
            counting = (*amount, TimeRemainingColumn())
        return Progress(
            text,
            BarColumn(bar_width=20),
            *counting,
            console=open_console(self._stream, color=self._color),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
