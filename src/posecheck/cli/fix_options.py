"""The options of ``posecheck fix``: how each is spelled and explained."""

from __future__ import annotations

from typing import Annotated

import typer

from posecheck.cli.plan_options import AFTER, BEFORE

_WHAT = "What to fix"
_REPORTING = "What to report"

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="NWB files, and folders to search for them.",
        show_default="the current folder",
    ),
]
UnsafeFixes = Annotated[
    bool,
    typer.Option(
        "--unsafe-fixes",
        help="Also make fixes that assume something, which `posecheck explain CODE` names.",
        rich_help_panel=_WHAT,
    ),
]
Repack = Annotated[
    bool,
    typer.Option(
        "--repack",
        help="Write changed files again, so that the space of replaced data is free. The whole "
        "original is kept until --finalize, so that it can be undone.",
        rich_help_panel=_WHAT,
    ),
]
Interactive = Annotated[
    bool,
    typer.Option(
        "--interactive",
        "-i",
        help="Ask for each rule, or for each file of it.",
        rich_help_panel=BEFORE,
    ),
]
Diff = Annotated[
    bool,
    typer.Option(
        "--diff",
        help="Show every change of every file, before and after. Without a terminal to ask on, and "
        "without --yes, that is all.",
        rich_help_panel=BEFORE,
    ),
]
Undo = Annotated[
    bool,
    typer.Option(
        "--undo",
        help="Undo the last run: every file is again what it was, byte for byte.",
        rich_help_panel=AFTER,
    ),
]
Status = Annotated[
    bool,
    typer.Option(
        "--status",
        help="Show the runs that can be resumed or undone.",
        rich_help_panel=AFTER,
    ),
]
TrustJournal = Annotated[
    bool,
    typer.Option(
        "--trust-journal",
        help="Trust a run that another user began, or you on another machine. Look at its "
        "plan.json first: it says what is changed.",
        rich_help_panel=AFTER,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Show what is not fixed, and totals, only.",
        rich_help_panel=_REPORTING,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Leave nothing out, however long it is.", rich_help_panel=_REPORTING
    ),
]
