"""``posecheck validate [PATH…]``: check files, report what was found, and fail if it matters."""

from __future__ import annotations

import contextlib
import sys
from typing import Annotated

import typer

from posecheck.cli.error_handling import end_with, handle_errors, print_note
from posecheck.cli.gate_options import Baseline, DiffBase, LinkedFrom, Staged, WriteBaseline
from posecheck.cli.option_values import split_codes, split_globs
from posecheck.cli.options import (
    Config,
    ConfigRev,
    DecodeVideos,
    Engines,
    ExtendSelect,
    FileMemory,
    FileTimeout,
    Ignore,
    InspectorConfig,
    Isolated,
    Jobs,
    NoCache,
    PerFileIgnores,
    Scheduler,
    Select,
    Traceback,
    ValidatorTimeout,
    VideoTimeout,
)
from posecheck.cli.output_formats import resume_file_of
from posecheck.cli.progress_bar import ProgressBar
from posecheck.cli.remote_options import (
    AllowPrivate,
    Annex,
    Data,
    EndpointUrl,
    MaxBytes,
    MaxDownload,
    MaxRequestsPerSecond,
    NoSignRequest,
    ProbeAll,
    WithPose,
)
from posecheck.cli.report_options import ReportOptions, with_report_options
from posecheck.cli.report_writer import ReportWriter
from posecheck.engine.settings import Settings
from posecheck.model.annex_content import AnnexContent
from posecheck.model.progress import Phase
from posecheck.model.report import FileReport
from posecheck.report.console import is_terminal

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="NWB files, and folders to search for them; or addresses (DANDI:000409, https://, s3://).",
        show_default="the current folder",
    ),
]


_PRELIMINARY = "By posecheck's own rules, while other validators still check:"


class _Progress(ProgressBar):
    """Shows how many files are checked, and hands their reports on."""

    def __init__(self, reports: ReportWriter, *, color: bool) -> None:
        super().__init__(sys.stderr, sys.stdout, color=color)
        self._reports = reports
        self.wants_preliminary_reports = (
            reports.prints_findings and is_terminal(sys.stderr) and is_terminal(sys.stdout)
        )

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        """Take note of how many files there are."""
        super().begin(phase, total, in_bytes=in_bytes)
        if phase == Phase.CHECKING:
            self._reports.begin(total)

    def add_preliminary_report(self, report: FileReport) -> None:
        """Show below the bar what posecheck's own rules found, until all is known of the file."""
        found = self._reports.preview(report, sys.stderr)
        if found:
            self.show_below(report.path, f"{_PRELIMINARY}\n{found}")

    def add_report(self, report: FileReport) -> None:
        """Write a report where it does not wait for the others."""
        self.show_below(report.path, "")
        with self.aside() if self._reports.streams else contextlib.nullcontext():
            self._reports.add(report)


@handle_errors
@with_report_options
def validate(  # noqa: PLR0913 - an argument for each option
    reporting: ReportOptions,
    paths: Paths = None,
    *,
    select: Select = None,
    extend_select: ExtendSelect = None,
    ignore: Ignore = None,
    per_file_ignores: PerFileIgnores = None,
    config: Config = None,
    config_rev: ConfigRev = None,
    isolated: Isolated = False,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    file_timeout: FileTimeout = None,
    validator_timeout: ValidatorTimeout = None,
    file_memory: FileMemory = None,
    engine: Engines = None,
    inspector_config: InspectorConfig = None,
    decode: DecodeVideos = None,
    video_timeout: VideoTimeout = None,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = None,
    diff_base: DiffBase = None,
    staged: Staged = False,
    no_cache: NoCache = False,
    linked_from: LinkedFrom = None,
    annex: Annex = AnnexContent.SKIP,
    data: Data = None,
    max_bytes: MaxBytes = None,
    max_download: MaxDownload = None,
    max_requests_per_second: MaxRequestsPerSecond = None,
    with_pose: WithPose = False,
    probe_all: ProbeAll = False,
    allow_private: AllowPrivate = None,
    endpoint_url: EndpointUrl = None,
    no_sign_request: NoSignRequest = False,
    traceback: Traceback = False,
) -> None:
    """Check recordings, and exit with 1 if something must be fixed."""
    from posecheck.engine.run_plan import configuration_of  # noqa: PLC0415 - help stays light
    from posecheck.gate.run import run_gate  # noqa: PLC0415
    from posecheck.gate.settings import GateSettings  # noqa: PLC0415
    from posecheck.sources.remote_access import access_of  # noqa: PLC0415

    outputs = reporting.outputs()
    settings = Settings(
        paths=tuple(paths or ()),
        select=split_codes(select),
        extend_select=split_codes(extend_select),
        ignore=split_codes(ignore),
        per_file_ignores=split_globs(per_file_ignores),
        config=config,
        config_rev=config_rev,
        isolated=isolated,
        jobs=jobs,
        scheduler=scheduler,
        file_timeout=file_timeout,
        validator_timeout=validator_timeout,
        file_memory=file_memory,
        engines=tuple(engine) if engine else None,
        inspector_config=inspector_config,
        decode=decode,
        video_timeout=video_timeout,
        linked_from=tuple(linked_from or ()),
        remember=not no_cache,
        annex=annex,
        data=data,
        max_requests_per_second=max_requests_per_second,
        with_pose=with_pose,
        probe_all=probe_all,
        resume_file=resume_file_of(outputs) if with_pose else None,
        access=access_of(
            allow_private=allow_private or (),
            max_bytes=max_bytes,
            max_download=max_download,
            endpoint_url=endpoint_url,
            anonymous=no_sign_request,
        ),
    )
    gate = GateSettings(
        baseline=baseline,
        write_baseline=write_baseline,
        diff_base=diff_base,
        staged=staged,
        require_content=reporting.require_content,
    )
    configuration = configuration_of(settings)
    context = reporting.context(configuration.fail_on)
    if with_pose and settings.resume_file is None:
        print_note(
            "without --output json-lines=FILE nothing is kept: should this run end early, it "
            "begins again",
            color=context.color,
        )
    with ReportWriter(outputs, context) as reports:
        with _Progress(reports, color=context.color) as progress:
            report = run_gate(settings, gate, configuration, progress=progress)
        reports.finish(report)
    end_with(reporting.verdict(report, context))
