"""The report of a run, in each format that was asked for, while it goes on and at its end."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from rich.text import Text

from posecheck.cli.output_file import OutputFile
from posecheck.cli.output_formats import FULL, GITHUB, Output, is_on_github, without_commands
from posecheck.model.report import FileReport, Report
from posecheck.model.wording import counted
from posecheck.report.console import open_console, print_hanging
from posecheck.report.escapes import escape
from posecheck.report.formats import open_reporter
from posecheck.report.formats.full import FullReporter, preview
from posecheck.report.reporter import Context, Reporter, replay


class ReportWriter:
    """Writes one run in all formats; a context manager, left when the last has been written.

    Parameters
    ----------
    outputs
        The formats and where they go; none stands for `FULL` on standard output. In a step of
        GitHub Actions, annotations follow that by themselves.
    context
        What the formats need to know. Nothing that goes to a file is colored.
    """

    def __init__(self, outputs: Sequence[Output], context: Context) -> None:
        self._outputs = tuple(outputs) or _by_default()
        self._context = context
        self._printed = [output.format for output in self._outputs if output.path is None]
        streaming = (name for name in self._printed if name != GITHUB)
        self._first_printed = next(streaming, None)
        self._printer: Reporter | None = None
        self._files: list[tuple[OutputFile, Reporter]] = []
        self._opened = contextlib.ExitStack()
        self._protection = contextlib.ExitStack()

    def __enter__(self) -> ReportWriter:
        with contextlib.ExitStack() as opened:
            plain = replace(self._context, color=False)
            for output in self._outputs:
                if output.path is not None:
                    file = opened.enter_context(OutputFile(output.path))
                    self._files.append((file, open_reporter(output.format, file.stream, plain)))
            if self._first_printed is not None:
                self._printer = open_reporter(self._first_printed, sys.stdout, self._context)
            if {FULL, "concise"} & set(self._printed) or not self._printed:
                self._protection.enter_context(without_commands(sys.stdout))
            opened.push(self._protection)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def streams(self) -> bool:
        """Whether `add` may print something."""
        return self._printer is not None and self._printer.streams

    @property
    def prints_findings(self) -> bool:
        """Whether the report for a person goes to standard output, each finding in it."""
        return self._first_printed == FULL and not self._context.terminal.statistics

    def preview(self, block: FileReport, stream: IO[str]) -> str:
        """Return what the report for a person would say of a file, as a terminal shows it."""
        return preview(block, stream, self._context)

    def begin(self, files: int) -> None:
        """Begin the report of a run over so many files."""
        for file, reporter in self._files:
            with file.writing():
                reporter.begin(files)
        if self._printer is not None:
            self._printer.begin(files)

    def add(self, block: FileReport) -> None:
        """Write what can be written of a file before the others are checked.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        UsageError
            If a file cannot be written.
        """
        for file, reporter in self._files:
            with file.writing():
                reporter.add(block)
        if self._printer is not None:
            self._printer.add(block)

    def finish(self, report: Report) -> None:
        """Write what is left: the summary, and every format that needs the whole run.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        UsageError
            If a file cannot be written.
        """
        for file, reporter in self._files:
            with file.writing():
                reporter.finish(report)
            file.finish()
        if self._printer is not None:
            self._printer.finish(report)
        if not self._printed:
            self._print_summary(report)
        # One format streams where several share standard output, and the others follow it.
        for name in self._printed:
            if name not in {self._first_printed, GITHUB}:
                replay(open_reporter(name, sys.stdout, self._context), report)
        self._protection.close()
        if GITHUB in self._printed:
            replay(open_reporter(GITHUB, sys.stdout, self._context), report)

    def _print_summary(self, report: Report) -> None:
        reporter = FullReporter(sys.stdout, self._context)
        reporter.begin(len(report.files))
        reporter.finish(report)
        for output in self._outputs:
            self._print(f"{output.format}: ", str(output.path))
        failing = sum(
            number
            for (severity, code), number in report.active_kinds.items()
            if self._context.fail_on.fails(code, severity)
        )
        if failing and not self._context.fail_on.never_fails:
            threshold = self._context.fail_on
            self._print("", f"{counted(failing, 'finding')} at or above --fail-on {threshold}.")

    def _print(self, head: str, text: str) -> None:
        console = open_console(sys.stdout, color=self._context.color)
        print_hanging(console, Text(head), Text(escape(text)))


def _by_default() -> tuple[Output, ...]:
    return (Output(FULL), Output(GITHUB)) if is_on_github() else (Output(FULL),)
