"""``posecheck report FILE…``: show saved reports again, in another format, or several as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posecheck.cli.error_handling import end_with, handle_errors
from posecheck.cli.options import (
    AllowUnfetched,
    Fail,
    FailOn,
    Group,
    MaxPerRule,
    MinSeverity,
    NoColor,
    Outputs,
    Quiet,
    Statistics,
    Traceback,
    Verbose,
)
from posecheck.cli.output_formats import check_outputs, parse_outputs
from posecheck.cli.report_writer import ReportWriter
from posecheck.model.errors import UsageError
from posecheck.model.finding import Severity
from posecheck.report.reporter import Context, TerminalOptions, replay

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Reports that posecheck validate wrote with --output json=FILE or json-lines=FILE.",
    ),
]


@handle_errors
def report(  # noqa: PLR0913 - an argument for each option
    files: Files,
    *,
    allow_unfetched: AllowUnfetched = False,
    fail_on: Fail = None,
    output: Outputs = None,
    group_by: Group = None,
    max_per_rule: MaxPerRule = None,
    min_severity: MinSeverity = Severity.HINT,
    statistics: Statistics = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Show saved reports, of one run or of several, and exit as validate would."""
    from posecheck.report.saved_reports import load_reports  # noqa: PLC0415 - help stays light

    if quiet and verbose:
        raise UsageError("--quiet asks for less and --verbose for more: use one of them")
    outputs = parse_outputs(output)
    check_outputs(outputs)
    threshold = (fail_on or FailOn.ERROR).severity
    terminal = TerminalOptions(
        verbose=verbose,
        quiet=quiet,
        group_by=group_by,
        per_rule=max_per_rule,
        min_severity=min_severity,
        statistics=statistics,
    )
    loaded = load_reports(files)
    with ReportWriter(outputs, Context(threshold, terminal, color=not no_color)) as reports:
        replay(reports, loaded)
    from posecheck.api.verdict import verdict_of_report  # noqa: PLC0415 - help stays light

    end_with(verdict_of_report(loaded, threshold, allow_unfetched=allow_unfetched))
