"""Options that commands share: how each is spelled, explained and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from posecheck.catalog import DeclarationError, load_catalog
from posecheck.cli.output_formats import complete_formats, parse_documents, parse_outputs
from posecheck.execution.limits import LEAST_SECONDS, MOST_SECONDS
from posecheck.model.finding import NEVER, Severity, Threshold
from posecheck.model.video_file import Decode
from posecheck.report.by_rule import GroupBy
from posecheck.report.formats import FORMATS
from posecheck.validators.registry import POSE, engine_names, named_validators

_SELECTING = "Which rules"
_LIMITING = "How to run"
_REPORTING = "What to report"


def parse_size(text: str) -> int:
    """Turn ``4GB``, ``512 MiB`` or ``1000000`` into bytes, as the configuration file does.

    Raises
    ------
    typer.BadParameter
        If it is no size above zero.
    """
    from posecheck.config.value_types import parse_size as parse  # noqa: PLC0415 - help stays light

    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_seconds(text: str) -> float:
    """Turn ``90`` or ``0.5`` into seconds.

    Raises
    ------
    typer.BadParameter
        If it is no number, or below a thousandth of a second, or above ten million seconds.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if LEAST_SECONDS <= seconds <= MOST_SECONDS:
        return seconds
    raise typer.BadParameter(
        f"{text!r} is no number of seconds from {LEAST_SECONDS} to {MOST_SECONDS:.0f}"
    )


def split_codes(words: Iterable[str] | None) -> tuple[str, ...] | None:
    """Split what was given, once or several times, at its commas.

    Returns
    -------
    tuple of str or None
        ``None`` where the option was not given.

    Raises
    ------
    typer.BadParameter
        If it was given and names nothing: a gate that checks nothing must not pass.
    """
    if not words:
        return None
    codes = tuple(code.strip() for word in words for code in word.split(",") if code.strip())
    if not codes:
        raise typer.BadParameter("it names no rule; write for example VID or VID002,CNF007")
    return codes


def split_thresholds(words: Iterable[str] | None) -> dict[str, Threshold]:
    """Split ``SEVERITY`` and ``CODE=SEVERITY``, given once or several times.

    Returns
    -------
    dict
        The threshold of each selector of rules; that of all others under an empty one.

    Raises
    ------
    typer.BadParameter
        If a severity is none, or is given twice for the same.
    """
    choices = [*(severity.value for severity in Severity), NEVER]
    thresholds: dict[str, Threshold] = {}
    for word in split_codes(words) or ():
        selector, _, severity = word.rpartition("=")
        if severity not in choices or (not selector and "=" in word):
            raise typer.BadParameter(
                f"{word!r} is not one of {', '.join(choices)}, alone or behind a code (VID=warning)"
            )
        if selector in thresholds:
            raise typer.BadParameter(f"it names {selector or 'a severity for all rules'} twice")
        thresholds[selector] = NEVER if severity == NEVER else Severity(severity)
    return thresholds


def split_globs(words: Iterable[str] | None) -> tuple[tuple[str, str], ...] | None:
    """Split ``GLOB:CODE,CODE``, given once or several times, into pairs of a glob and a code.

    Returns
    -------
    tuple of pairs of str or None
        ``None`` where the option was not given.

    Raises
    ------
    typer.BadParameter
        If a glob or its codes are missing.
    """
    if not words:
        return None
    pairs: list[tuple[str, str]] = []
    for word in words:
        glob, _, listed = word.rpartition(":")
        codes = [code.strip() for code in listed.split(",") if code.strip()]
        if not glob or not codes:
            raise typer.BadParameter(f"{word!r} is not GLOB:CODE, such as sub-01/*.nwb:VID002")
        pairs += [(glob, code) for code in codes]
    return tuple(pairs)


def complete_codes(incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the codes and the names that a word may become, each with what it stands for.

    In a list that is joined by commas only the last word is completed.
    """
    before, comma, word = incomplete.rpartition(",")
    try:
        rules = load_catalog(with_cases=False)
    except DeclarationError:  # pressing Tab is no time for complaints
        return
    for rule in rules:
        if rule.code.startswith(word.upper()):
            # A shell drops what does not begin as it was typed.
            yield before + comma + word + rule.code[len(word) :], rule.name
        elif word and rule.name.startswith(word):
            yield before + comma + rule.name, rule.code


def check_engines(names: list[str] | None) -> list[str] | None:
    """Return the names of validators, if all are known.

    Raises
    ------
    typer.BadParameter
        If one is not.
    """
    known = engine_names()
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}")
    return names


def complete_engines(incomplete: str) -> Iterator[str]:
    """Offer the names of validators that a word may become."""
    return (name for name in engine_names() if name.startswith(incomplete))


def _describe_engines() -> str:
    named = (f"{each.name} ({each.title})" for each in named_validators())
    every = ", ".join((f"{POSE} (posecheck's rules)", *named))
    return f"Which validators run: {every}. Repeat for several."


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
        help=_describe_engines(),
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
AllowUnfetched = Annotated[
    bool,
    typer.Option(
        "--allow-unfetched",
        help="Do not fail when no file's content is at hand (git-annex).",
        rich_help_panel=_LIMITING,
    ),
]
