"""``posecheck demo [DIR]``: a small dandiset with planted mistakes, its report, and a tour."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from posecheck.cli.error_handling import end_with, handle_errors
from posecheck.cli.options import NoColor, Traceback
from posecheck.cli.progress_bar import ProgressBar
from posecheck.model.fail_on import FailOn
from posecheck.model.report import FileReport, Report
from posecheck.report.console import OutputConsole, is_terminal, open_console
from posecheck.report.escapes import escape
from posecheck.report.terminal import TerminalReport

Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="Where to write it: a new folder, or an empty one."),
]
NoValidate = Annotated[
    bool, typer.Option("--no-validate", help="Write the files, and leave checking them to you.")
]


@handle_errors
def demo(
    folder: Folder = Path("posecheck-demo"),
    *,
    no_validate: NoValidate = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Write a small dandiset with planted mistakes, check it, and say what to look at."""
    from posecheck.demo import write_demo  # noqa: PLC0415 - help stays light

    console = open_console(sys.stdout, color=not no_color)
    aside = open_console(sys.stderr, color=not no_color)
    if is_terminal(sys.stderr):
        doing = f"Writing {escape(str(folder))} …"
        with aside.status(Text(doing)) as status:
            written = write_demo(
                folder,
                on_recording=lambda done, total: status.update(
                    Text(f"{doing} {done} of {total} recordings")
                ),
            )
    else:
        written = write_demo(folder)
    console.print(f"Wrote {len(written)} recordings with their videos to {escape(str(folder))}.\n")
    report = None if no_validate else _check(folder, console, color=not no_color)

    from posecheck.demo.tour import print_tour  # noqa: PLC0415 - it imports numpy

    print_tour(console, folder, report)
    if report is not None:
        from posecheck.api.verdict import verdict_of_report  # noqa: PLC0415 - help stays light

        end_with(verdict_of_report(report, None))


def _check(folder: Path, console: OutputConsole, *, color: bool) -> Report:
    """Check the files as ``posecheck validate --isolated`` would, and print the report."""
    from posecheck.api import validate  # noqa: PLC0415 - help stays light

    printer = TerminalReport(console, fail_on=FailOn.of(None))

    class Progress(ProgressBar):
        def add_report(self, report: FileReport) -> None:
            with self.aside():
                printer.add(report)

    with Progress(sys.stderr, sys.stdout, color=color) as progress:
        # the demo reports the same on every machine, whatever configuration lies around
        report = validate(folder, isolated=True, progress=progress)
    printer.finish(report)
    console.print()
    return report
