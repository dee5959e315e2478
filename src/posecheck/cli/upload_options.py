"""The options of ``posecheck upload``."""

from __future__ import annotations

from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from posecheck.cli.option_values import parse_seconds
from posecheck.upload.plan.files import Existing
from posecheck.upload.settings import DEFAULT_FILES, DEFAULT_PARTS

_WHAT = "What to send"
_HOW = "How to send"
_AFTER = "Afterwards"
_REPORTING = "What to report"
DEFAULT_JOBS = f"{DEFAULT_FILES}:{DEFAULT_PARTS}"
_LEFT_OUT = {"--abandon": "ask", "--sync": "ask"}
"""What each of them means without a value."""


class OptionalValues(TyperCommand):
    """A command with options whose value may be left out: ``--sync`` and ``--sync=do``.

    A value follows after ``=``; after a blank comes a path.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give each of the options the value that it has if none is named."""
        count = sum(1 for _ in takewhile(lambda text: text != "--", args))
        given = [
            f"{text}={_LEFT_OUT[text]}" if text in _LEFT_OUT else text for text in args[:count]
        ]
        return super().parse_args(ctx, [*given, *args[count:]])


def split_jobs(text: str) -> tuple[int, int]:
    """Turn ``8`` or ``8:2`` into the numbers of files and of parts that are sent at a time.

    Raises
    ------
    typer.BadParameter
        If they are no numbers from 1 to 64.
    """
    files, colon, parts = text.partition(":")
    try:
        numbers = int(files), int(parts) if colon else DEFAULT_PARTS
    except ValueError:
        numbers = 0, 0
    if not all(1 <= number <= 64 for number in numbers):
        raise typer.BadParameter(f"{text!r} is not FILES or FILES:PARTS, such as 8 or 8:2")
    return numbers


def _checked_jobs(text: str) -> str:
    split_jobs(text)
    return text


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="NWB files, folders to search for them, and videos to send though nothing "
        "references them.",
        show_default="the whole dandiset",
    ),
]
Dandiset = Annotated[
    Path | None,
    typer.Option(
        "--dandiset",
        "-d",
        metavar="DIR",
        help="The dandiset's folder, with its dandiset.yaml.",
        show_default="found upwards",
        rich_help_panel=_WHAT,
    ),
]
Instance = Annotated[
    str | None,
    typer.Option(
        "--instance",
        "-i",
        metavar="NAME",
        help="The archive: dandi, dandi-sandbox, ember-dandi, linc …, or its address.",
        show_default="DANDI_INSTANCE, or dandi",
        rich_help_panel=_WHAT,
    ),
]
ExistingFiles = Annotated[
    Existing,
    typer.Option(
        "--existing",
        help="What becomes of files that the archive holds with other bytes: kept; replaced, or "
        "refused if the archive's are as new; replaced; refused.",
        rich_help_panel=_WHAT,
    ),
]
LinkedFrom = Annotated[
    list[Path] | None,
    typer.Option(
        "--linked-from",
        metavar="DIR",
        help="A folder outside the dandiset from which links in it may bring files in; can be "
        "repeated. Any other link that leads out is refused.",
        show_default=False,
        rich_help_panel=_WHAT,
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="CODE",
        help="Errors that are no reason to stop: codes or prefixes. Needs --because.",
        rich_help_panel=_WHAT,
    ),
]
Because = Annotated[
    str,
    typer.Option(
        "--because",
        metavar="TEXT",
        help="Why they are allowed; the receipt keeps it.",
        show_default=False,
        rich_help_panel=_WHAT,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A configuration for the checks; what it ignores is kept in the receipt. Without "
        "this option there is none: one that lies in the dandiset does not count.",
        show_default=False,
        rich_help_panel=_WHAT,
    ),
]
SkipRefused = Annotated[
    bool,
    typer.Option(
        "--skip-refused",
        help="If some recordings are refused, send the others, each whole.",
        rich_help_panel=_WHAT,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        "-n",
        help="Print the plan, and send nothing; exit with 1 if something is refused.",
        rich_help_panel=_HOW,
    ),
]


class AbandonMode(StrEnum):
    """Whether open uploads are removed only after a question."""

    ASK = "ask"
    ALL = "all"


class SyncMode(StrEnum):
    """Whether assets are deleted only after a question; as ``dandi upload --sync``."""

    ASK = "ask"
    DO = "do"


Abandon = Annotated[
    AbandonMode | None,
    typer.Option(
        "--abandon",
        metavar="[=all]",
        help="Send nothing: list all uploads into the dandiset that are begun and not finished, "
        "and remove them after a question; with --abandon=all without one.",
        show_default=False,
        rich_help_panel=_HOW,
    ),
]
Sync = Annotated[
    SyncMode | None,
    typer.Option(
        "--sync",
        metavar="[=do]",
        help="Once everything has arrived, delete on the archive what is not on this disk, below "
        "the folders that are uploaded, after a question; with --sync=do without one. What belongs "
        "to a refused recording stays.",
        show_default=False,
        rich_help_panel=_AFTER,
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Do not ask before sending.", rich_help_panel=_HOW),
]
Jobs = Annotated[
    str,
    typer.Option(
        "--jobs",
        "-j",
        metavar="FILES[:PARTS]",
        help="How many files to send at a time, and how many parts of each.",
        callback=_checked_jobs,
        rich_help_panel=_HOW,
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        "--retries",
        metavar="N",
        min=0,
        max=100,
        help="How often to try a request again, with growing waits.",
        rich_help_panel=_HOW,
    ),
]
VerifyOnly = Annotated[
    bool,
    typer.Option(
        "--verify-only",
        help="Send nothing: compare what the archive lists with the files here.",
        rich_help_panel=_AFTER,
    ),
]
WaitChecksum = Annotated[
    bool,
    typer.Option(
        "--wait-checksum",
        help="Wait for the archive's own SHA-256 of each file, and compare it.",
        rich_help_panel=_AFTER,
    ),
]
WaitValidation = Annotated[
    bool,
    typer.Option(
        "--wait-validation",
        help="Wait for the archive's own validation, and show its errors.",
        rich_help_panel=_AFTER,
    ),
]
WaitLimit = Annotated[
    float,
    typer.Option(
        "--wait-limit",
        metavar="SECONDS",
        parser=parse_seconds,
        help="How long to wait for these at most.",
        rich_help_panel=_AFTER,
    ),
]
Receipt = Annotated[
    Path | None,
    typer.Option(
        "--receipt",
        metavar="FILE",
        help="Where to write the receipt; never over another file.",
        show_default="<dandiset>/.posecheck/uploads/<time>.json",
        rich_help_panel=_AFTER,
    ),
]
NoReceipt = Annotated[
    bool,
    typer.Option("--no-receipt", help="Write no receipt.", rich_help_panel=_AFTER),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Show what is refused or missing, and the summary.",
        rich_help_panel=_REPORTING,
    ),
]
