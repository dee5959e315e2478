"""``posecheck validate [PATH…]``: check files, tell what was found, and fail if it matters."""

from __future__ import annotations

import contextlib
import sys
from typing import Annotated

import typer

from posecheck.cli.error_handling import end_with, handle_errors
from posecheck.cli.options import (
    AllowUnfetched,
    Config,
    DecodeVideos,
    Engines,
    ExtendSelect,
    Fail,
    FailOn,
    FileMemory,
    FileTimeout,
    Group,
    Ignore,
    InspectorConfig,
    Isolated,
    Jobs,
    MaxPerRule,
    MinSeverity,
    NoColor,
    Outputs,
    PerFileIgnores,
    Quiet,
    Select,
    Statistics,
    Traceback,
    ValidatorTimeout,
    Verbose,
    VideoTimeout,
    split_codes,
    split_globs,
)
from posecheck.cli.output_formats import check_outputs, parse_outputs
from posecheck.cli.progress_bar import ProgressBar
from posecheck.cli.report_writer import ReportWriter
from posecheck.engine.settings import Settings
from posecheck.model.errors import UsageError
from posecheck.model.finding import Severity
from posecheck.model.report import FileReport
from posecheck.report.reporter import Context, TerminalOptions

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="NWB files, and folders to search for them.",
        show_default="the current folder",
    ),
]


@handle_errors
def validate(  # noqa: PLR0913 - an argument for each option
    paths: Paths = None,
    *,
    select: Select = None,
    extend_select: ExtendSelect = None,
    ignore: Ignore = None,
    per_file_ignores: PerFileIgnores = None,
    config: Config = None,
    isolated: Isolated = False,
    jobs: Jobs = None,
    file_timeout: FileTimeout = None,
    validator_timeout: ValidatorTimeout = None,
    file_memory: FileMemory = None,
    engine: Engines = None,
    inspector_config: InspectorConfig = None,
    decode: DecodeVideos = None,
    video_timeout: VideoTimeout = None,
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
    """Check recordings, and exit with 1 if something must be fixed."""
    from posecheck.api.verdict import verdict_of_report  # noqa: PLC0415 - help stays light
    from posecheck.engine.run_plan import configuration_of  # noqa: PLC0415
    from posecheck.engine.runner import run  # noqa: PLC0415

    if quiet and verbose:
        raise UsageError("--quiet asks for less and --verbose for more: use one of them")
    outputs = parse_outputs(output)
    check_outputs(outputs)
    settings = Settings(
        paths=tuple(paths or ()),
        select=split_codes(select),
        extend_select=split_codes(extend_select),
        ignore=split_codes(ignore),
        per_file_ignores=split_globs(per_file_ignores),
        config=config,
        isolated=isolated,
        jobs=jobs,
        file_timeout=file_timeout,
        validator_timeout=validator_timeout,
        file_memory=file_memory,
        engines=tuple(engine) if engine else None,
        inspector_config=inspector_config,
        decode=decode,
        video_timeout=video_timeout,
    )
    configuration = configuration_of(settings)
    threshold = FailOn(fail_on or configuration.fail_on or Severity.ERROR).severity

    terminal = TerminalOptions(
        verbose=verbose,
        quiet=quiet,
        group_by=group_by,
        per_rule=max_per_rule,
        min_severity=min_severity,
        statistics=statistics,
    )
    context = Context(threshold, terminal=terminal, color=not no_color)
    with ReportWriter(outputs, context) as reports:
        with ProgressBar(sys.stderr, sys.stdout, color=not no_color) as bar:

            def begin(total: int) -> None:
                bar.begin(total)
                reports.begin(total)

            def show(file: FileReport) -> None:
                with bar.aside() if reports.streams else contextlib.nullcontext():
                    reports.add(file)

            report = run(
                settings,
                configuration,
                on_start=begin,
                on_file=show,
                on_progress=bar.advance,
            )
        reports.finish(report)
    end_with(verdict_of_report(report, threshold, allow_unfetched=allow_unfetched))
