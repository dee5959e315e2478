"""``posecheck report FILE…``: show saved reports again, in another format, or several as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posecheck.cli.error_handling import end_with, handle_errors
from posecheck.cli.options import Traceback
from posecheck.cli.report_options import ReportOptions, with_report_options
from posecheck.cli.report_writer import ReportWriter
from posecheck.report.reporter import replay

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Reports that posecheck validate wrote with --output json=FILE or json-lines=FILE.",
    ),
]


@handle_errors
@with_report_options
def report(
    reporting: ReportOptions,
    files: Files,
    *,
    traceback: Traceback = False,
) -> None:
    """Show saved reports, of one run or of several, and exit as validate would."""
    from posecheck.report.saved_reports import load_reports  # noqa: PLC0415 - help stays light

    outputs = reporting.outputs()
    context = reporting.context()
    loaded = load_reports(files)
    with ReportWriter(outputs, context) as reports:
        replay(reports, loaded)
    end_with(reporting.verdict(loaded, context))
