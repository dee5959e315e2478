"""Options that commands share: how each is spelled and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posecheck.cli.option_values import (
    check_engines,
    complete_codes,
    complete_engines,
    describe_engines,
    parse_fraction,
    parse_seconds,
    parse_size,
    split_codes,
    split_globs,
    split_thresholds,
)
from posecheck.cli.output_formats import complete_formats, parse_documents, parse_outputs
from posecheck.model.finding import Severity
from posecheck.model.video_file import Decode
from posecheck.report.by_rule import GroupBy
from posecheck.report.formats import FORMATS

_SELECTING = "Which rules"
_LIMITING = "How to run"
_REPORTING = "What to report"


Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODE",
        help="Run only these rules: codes, prefixes (VID), names, or ALL. Repeat, or use commas.",
        autocompletion=complete_codes,
        callback=lambda words: words if split_codes(words) else None,
        rich_help_panel=_SELECTING,
    ),
]
ExtendSelect = Annotated[
    list[str] | None,
    typer.Option(
        "--extend-select",
        metavar="CODE",
        help="Run these rules in addition to those of the configuration.",
        autocompletion=complete_codes,
        callback=lambda words: words if split_codes(words) else None,
        rich_help_panel=_SELECTING,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="CODE",
        help="Do not run these rules.",
        autocompletion=complete_codes,
        callback=lambda words: words if split_codes(words) else None,
        rich_help_panel=_SELECTING,
    ),
]
PerFileIgnores = Annotated[
    list[str] | None,
    typer.Option(
        "--per-file-ignores",
        metavar="GLOB:CODE",
        help="Do not report these rules for files that match the glob.",
        callback=lambda words: words if split_globs(words) else None,
        rich_help_panel=_SELECTING,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Use this configuration file instead of the nearest posecheck.toml or pyproject.toml.",
        rich_help_panel=_SELECTING,
    ),
]
ConfigRev = Annotated[
    str | None,
    typer.Option(
        "--config-rev",
        metavar="REV",
        help="Take the configuration from this git revision, and nothing from the work tree: a "
        "pull request cannot change the checks that it has to pass.",
        rich_help_panel=_SELECTING,
    ),
]
Isolated = Annotated[
    bool,
    typer.Option("--isolated", help="Use no configuration file.", rich_help_panel=_SELECTING),
]
Fail = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="[CODE=]SEVERITY",
        help="The least severity that makes the exit code 1: error, warning, hint, never; for all "
        "rules or for some (VID=warning). Repeat, or use commas.",
        callback=lambda words: words if split_thresholds(words) else None,
        show_default="error, or what the configuration says",
        rich_help_panel=_REPORTING,
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        metavar="FORMAT[=FILE]",
        help=f"In which format: {', '.join(FORMATS)}; and to which file, if not to "
        "standard output. Repeat for several.",
        callback=lambda words: words if parse_outputs(words) else None,
        autocompletion=complete_formats,
        show_default="full",
        rich_help_panel=_REPORTING,
    ),
]
Documents = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        metavar="FORMAT[=FILE]",
        help="full, for a person, or json, for a program; and to which file, if not to standard "
        "output. Repeat for both.",
        callback=lambda words: words if parse_documents(words) else None,
        show_default="full",
        rich_help_panel=_REPORTING,
    ),
]
Group = Annotated[
    GroupBy | None,
    typer.Option(
        "--group-by",
        metavar="WHAT",
        help="Order the findings by file, rule or severity.",
        show_default="file for a handful of files, else rule",
        rich_help_panel=_REPORTING,
    ),
]
MaxPerRule = Annotated[
    int | None,
    typer.Option(
        "--max-per-rule",
        metavar="N",
        min=0,
        help="How many places to show of each rule; 0 shows all.",
        show_default="5 in a file, 3 over all files",
        rich_help_panel=_REPORTING,
    ),
]
MinSeverity = Annotated[
    Severity,
    typer.Option(
        "--min-severity",
        metavar="SEVERITY",
        help="The least severity that is shown: error, warning or hint.",
        rich_help_panel=_REPORTING,
    ),
]
Statistics = Annotated[
    bool,
    typer.Option(
        "--statistics",
        help="Show how often each rule reported, and no finding.",
        rich_help_panel=_REPORTING,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Show only files that fail the run, and the summary.",
        rich_help_panel=_REPORTING,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Leave nothing out: every finding by itself, clean files, what was skipped and why.",
        rich_help_panel=_REPORTING,
    ),
]
NoColor = Annotated[
    bool,
    typer.Option("--no-color", help="Use no colors.", rich_help_panel=_REPORTING),
]
Traceback = Annotated[
    bool,
    typer.Option(
        "--traceback",
        help="If posecheck fails, show where in its code.",
        rich_help_panel=_REPORTING,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        help="How many files to check at a time.",
        show_default="one per processor",
        rich_help_panel=_LIMITING,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS|FILE",
        help="Let the workers of this Dask cluster read the files: the address of its scheduler "
        "(tcp://HOST:PORT), or its scheduler file.",
        show_default="worker processes of this machine",
        rich_help_panel=_LIMITING,
    ),
]
FileTimeout = Annotated[
    float | None,
    typer.Option(
        "--file-timeout",
        metavar="SECONDS",
        parser=parse_seconds,
        help="Give up on a file after so long.",
        show_default="600",
        rich_help_panel=_LIMITING,
    ),
]
ValidatorTimeout = Annotated[
    float | None,
    typer.Option(
        "--validator-timeout",
        metavar="SECONDS",
        parser=parse_seconds,
        help="Stop pynwb, NWB Inspector or dandi's layout check after so long on one file, and "
        "keep what the others found.",
        show_default="60",
        rich_help_panel=_LIMITING,
    ),
]
FileMemory = Annotated[
    int | None,
    typer.Option(
        "--file-memory",
        metavar="SIZE",
        parser=parse_size,
        help="Give up on a file that takes more memory, such as 4GB or 512MiB (on Linux only).",
        show_default="4GB",
        rich_help_panel=_LIMITING,
    ),
]
Engines = Annotated[
    list[str] | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help=describe_engines(),
        callback=check_engines,
        autocompletion=complete_engines,
        show_default="all, or pose where rules are selected",
        rich_help_panel=_SELECTING,
    ),
]
InspectorConfig = Annotated[
    str | None,
    typer.Option(
        "--inspector-config",
        metavar="NAME",
        help="NWB Inspector's configuration: a keyword, or a YAML file.",
        show_default="dandi",
        rich_help_panel=_SELECTING,
    ),
]
DecodeVideos = Annotated[
    Decode | None,
    typer.Option(
        "--decode",
        metavar="HOW",
        help="How far to look into videos: packets counts their frames, full decodes every one, "
        "none opens no video.",
        rich_help_panel=_LIMITING,
    ),
]
VideoTimeout = Annotated[
    float | None,
    typer.Option(
        "--video-timeout",
        metavar="SECONDS",
        parser=parse_seconds,
        help="Give up on a video after so long.",
        show_default="120",
        rich_help_panel=_LIMITING,
    ),
]
RequireContent = Annotated[
    float | None,
    typer.Option(
        "--require-content",
        metavar="FRACTION|all",
        parser=parse_fraction,
        help="Fail unless the content of so many files is at hand (git-annex): all, 0.9 or 90%.",
        show_default="that of one file",
        rich_help_panel=_LIMITING,
    ),
]
AllowUnfetched = Annotated[
    bool,
    typer.Option(
        "--allow-unfetched",
        help="Do not fail when no file's content is at hand (git-annex).",
        rich_help_panel=_LIMITING,
    ),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Take nothing from earlier runs, and keep nothing: check every file again.",
        rich_help_panel=_LIMITING,
    ),
]
