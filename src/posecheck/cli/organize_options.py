"""The options of ``posecheck organize``: how each is spelled and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posecheck.cli.plan_options import AFTER
from posecheck.organize.plan.values import FileMode, VideoNames
from posecheck.transaction.steps import TransferMode

_WHERE = "Where to"
_HOW = "How"
_REPORTING = "What to report"
_LIMITING = "How to run"

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="NWB files, and folders to search for them.",
        show_default="the dandiset itself, in place",
    ),
]
Dandiset = Annotated[
    Path | None,
    typer.Option(
        "--dandiset",
        "-d",
        metavar="DIR",
        help="The dandiset's folder.",
        show_default="the one around the current folder",
        rich_help_panel=_WHERE,
    ),
]
NewDandiset = Annotated[
    str | None,
    typer.Option(
        "--new-dandiset",
        metavar="ID",
        help="Make the folder a dandiset of this number: a minimal dandiset.yaml is written.",
        rich_help_panel=_WHERE,
    ),
]
Rename = Annotated[
    bool,
    typer.Option(
        "--rename",
        help="Also rename files whose names are DANDI's already.",
        rich_help_panel=_HOW,
    ),
]
Names = Annotated[
    VideoNames | None,
    typer.Option(
        "--video-names",
        metavar="SCHEME",
        help="Name videos after their ImageSeries (series), or as dandi organize does (object-id).",
        show_default="series",
        rich_help_panel=_HOW,
    ),
]
FindVideos = Annotated[
    list[Path] | None,
    typer.Option(
        "--find-videos",
        metavar="DIR",
        help="Search here for videos that are not where the files say. Repeat for several.",
        rich_help_panel=_HOW,
    ),
]
AcceptUnverified = Annotated[
    bool,
    typer.Option(
        "--accept-unverified",
        help="Take a video that was found by its name also where the NWB file states nothing that "
        "it could be compared with.",
        rich_help_panel=_HOW,
    ),
]
Remux = Annotated[
    bool,
    typer.Option(
        "--remux",
        help="Put videos that the archive does not take into MP4, without re-encoding.",
        rich_help_panel=_HOW,
    ),
]
Files = Annotated[
    FileMode | None,
    typer.Option(
        "--files",
        metavar="HOW",
        help="copy or move the NWB files.",
        show_default="copy",
        rich_help_panel=_HOW,
    ),
]
Videos = Annotated[
    TransferMode | None,
    typer.Option(
        "--videos",
        metavar="HOW",
        help="reflink, hardlink, symlink, copy or move the videos; auto shares what can be shared "
        "and copies the rest.",
        show_default="auto",
        rich_help_panel=_HOW,
    ),
]
SkipConflicts = Annotated[
    bool,
    typer.Option(
        "--skip-conflicts",
        help="Leave out recordings with a conflict, and organize the others.",
        rich_help_panel=_HOW,
    ),
]
Undo = Annotated[
    bool,
    typer.Option(
        "--undo",
        help="Take the last run back: every source is where it was, byte for byte.",
        rich_help_panel=AFTER,
    ),
]
TrustJournal = Annotated[
    bool,
    typer.Option(
        "--trust-journal",
        help="Trust a run that another user began, or you on another machine. Look at its "
        "plan.json first: it says what is placed where, and from where.",
        rich_help_panel=AFTER,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Show conflicts and totals only.", rich_help_panel=_REPORTING
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Leave nothing out, however long the plan is.",
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
        help="How many files to read, and to place, at a time.",
        show_default="one per processor",
        rich_help_panel=_LIMITING,
    ),
]
