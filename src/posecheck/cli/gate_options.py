"""The options of `posecheck validate` that let pass what is known or has not changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_GATING = "What a gate lets pass"

Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Let no finding count that this file knows.",
        show_default="the configuration's",
        rich_help_panel=_GATING,
    ),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline",
        metavar="FILE",
        help="Write what is found to this file, as known from now on, and exit with 0.",
        rich_help_panel=_GATING,
    ),
]
DiffBase = Annotated[
    str | None,
    typer.Option(
        "--diff-base",
        metavar="REV",
        help="Check only what changed in git since this revision: NWB files, and those that "
        "reference a file that changed.",
        rich_help_panel=_GATING,
    ),
]
Staged = Annotated[
    bool,
    typer.Option(
        "--staged",
        help="Of what changed since --diff-base, look at what is staged alone, as before a commit.",
        rich_help_panel=_GATING,
    ),
]
LinkedFrom = Annotated[
    list[Path] | None,
    typer.Option(
        "--linked-from",
        metavar="DIR",
        help="A folder to which links may lead; can be repeated. Links that git holds are not "
        "followed out of the repository otherwise, nor linked folders out of a dandiset.",
        show_default=False,
        rich_help_panel=_GATING,
    ),
]
