"""The report for a person: each file's findings as the file is done, and a summary at the end."""

from __future__ import annotations

from typing import IO, ClassVar

from posecheck.model.report import FileReport
from posecheck.report.console import open_console
from posecheck.report.reporter import Context
from posecheck.report.terminal import TerminalReport


class FullReporter(TerminalReport):
    """Prints the report for a person, as the options of the context say.

    Parameters
    ----------
    stream
        Where to.
    context
        How.
    """

    streams: ClassVar[bool] = True

    def __init__(self, stream: IO[str], context: Context) -> None:
        console = open_console(stream, color=context.color)
        options = {name: getattr(context.terminal, name) for name in context.terminal.__slots__}
        super().__init__(console, fail_on=context.fail_on, **options)


def preview(report: FileReport, stream: IO[str], context: Context) -> str:
    """Return what would be printed of one file, with the colors of a stream; nothing is printed.

    Parameters
    ----------
    report
        What was found in the file.
    stream
        The terminal.
    context
        How.
    """
    reporter = FullReporter(stream, context)
    with reporter.console.capture() as captured:
        reporter.add(report)
    return captured.get()
