"""The report of a run, in each format that was asked for, while it goes on and at its end."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from rich.text import Text

from posecheck.cli.output_file import write_output_file
from posecheck.cli.output_formats import FULL, GITHUB, Output, is_on_github, without_commands
from posecheck.model.finding import Severity
from posecheck.model.report import FileReport, Report
from posecheck.model.wording import counted
from posecheck.report.by_rule import GroupBy
from posecheck.report.console import open_console, print_hanging
from posecheck.report.escapes import escape
from posecheck.report.formats import Context, render
from posecheck.report.formats.json_lines import last_lines, line_of
from posecheck.report.terminal import TerminalReport

JSON_LINES = "json-lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalOptions:
    """How the report for a person is shown; see `TerminalReport`."""

    verbose: bool = False
    quiet: bool = False
    group_by: GroupBy | None = None
    per_rule: int | None = None
    min_severity: Severity = Severity.HINT
    statistics: bool = False


class Reports:
    """Writes one run in all formats; a context manager, left when the last has been written.

    Parameters
    ----------
    outputs
        The formats and where they go; none stands for `FULL` on standard output. In a step of
        GitHub Actions, annotations follow that by themselves.
    color
        Whether a terminal may be colored.
    fail_on
        The least severity that fails the run; ``None`` for none.
    terminal
        How the report for a person is shown.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        *,
        color: bool,
        fail_on: Severity | None,
        terminal: TerminalOptions,
    ) -> None:
        self._outputs = tuple(outputs) or _by_default()
        self._context = Context(fail_on)
        self._terminal = terminal
        self._on_stdout = {output.format for output in self._outputs if output.path is None}
        self._console = open_console(sys.stdout, color=color)
        self._printer = self._printer_on(sys.stdout, color=color)
        self._protection = contextlib.ExitStack()

    def __enter__(self) -> Reports:
        if self._on_stdout & {FULL, "concise"} or not self._on_stdout:
            self._protection.enter_context(without_commands(sys.stdout))
        return self

    def __exit__(self, *_: object) -> None:
        self._protection.close()

    def begin(self, files: int) -> None:
        """Take note of how many files there are."""
        self._printer.begin(files)

    def shows(self, file: FileReport) -> bool:
        """Whether `add` would print anything for a file."""
        return JSON_LINES in self._on_stdout or (
            FULL in self._on_stdout and self._printer.shows(file)
        )

    def add(self, file: FileReport) -> None:
        """Print what can be told of a file before the others are checked.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        """
        if FULL in self._on_stdout:
            self._printer.add(file)
        elif JSON_LINES in self._on_stdout:
            sys.stdout.write(line_of(file))
            sys.stdout.flush()

    def finish(self, report: Report) -> None:
        """Write what is left: the summary, and every format that needs the whole run.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        UsageError
            If a file cannot be written.
        """
        for output in self._outputs:
            if output.path is not None:
                write_output_file(output.path, self._document(output.format, report))
        if FULL in self._on_stdout or not self._on_stdout:
            self._printer.finish(report)
        if not self._on_stdout:
            self._tell_files_and_verdict(report)
        if JSON_LINES in self._on_stdout:
            sys.stdout.write(last_lines(report))
        for name in self._on_stdout - {FULL, JSON_LINES, GITHUB}:
            sys.stdout.write(render(name, report, self._context))
        self._protection.close()
        if GITHUB in self._on_stdout:
            sys.stdout.write(render(GITHUB, report, self._context))

    def _document(self, name: str, report: Report) -> str:
        if name != FULL:
            return render(name, report, self._context)
        text = io.StringIO()
        printer = self._printer_on(text, color=False)
        printer.begin(len(report.files))
        for file in report.files:
            printer.add(file)
        printer.finish(report)
        return text.getvalue()

    def _printer_on(self, stream: IO[str], *, color: bool) -> TerminalReport:
        return TerminalReport(
            open_console(stream, color=color),
            fail_on=self._context.fail_on,
            verbose=self._terminal.verbose,
            quiet=self._terminal.quiet,
            group_by=self._terminal.group_by,
            per_rule=self._terminal.per_rule,
            min_severity=self._terminal.min_severity,
            statistics=self._terminal.statistics,
        )

    def _tell_files_and_verdict(self, report: Report) -> None:
        for output in self._outputs:
            self._say(f"{output.format}: ", str(output.path))
        failing = sum(self._context.fails(finding.severity) for finding in report.findings)
        if failing and self._context.fail_on is not None:
            severity = self._context.fail_on.value
            self._say("", f"{counted(failing, 'finding')} at or above --fail-on {severity}.")

    def _say(self, head: str, text: str) -> None:
        print_hanging(self._console, Text(head), Text(escape(text)))


def _by_default() -> tuple[Output, ...]:
    return (Output(FULL), Output(GITHUB)) if is_on_github() else (Output(FULL),)
