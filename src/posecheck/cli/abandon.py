"""``posecheck upload --abandon``: be rid of uploads that nobody finishes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from posecheck.cli.error_handling import FINDINGS, complain
from posecheck.cli.output_formats import JSON, Output, write_json
from posecheck.cli.upload_options import Abandoning
from posecheck.model.errors import UsageError
from posecheck.model.wording import counted
from posecheck.report.console import open_console
from posecheck.report.json_document import dump
from posecheck.report.upload.open_uploads import document_of_uploads, print_open_uploads
from posecheck.upload.open_uploads import open_uploads_of


def abandon(  # noqa: PLR0913 - what the command line says of it
    how: Abandoning,
    dandiset: Path | None,
    paths: Sequence[str],
    *,
    instance: str | None,
    retries: int,
    ask_token: Callable[[str], str] | None,
    only_list: bool,
    talks: bool,
    outputs: Sequence[Output],
    color: bool,
) -> None:
    """List the open uploads of a dandiset, and remove them if the user agrees.

    Raises
    ------
    UsageError
        If there is nobody to ask, and ``how`` does not say to remove all; nothing is removed then.
    """
    is_json = Output(JSON) in outputs
    console = open_console(sys.stdout, color=color)
    with open_uploads_of(
        dandiset,
        paths,
        asked=instance or os.environ.get("DANDI_INSTANCE") or "dandi",
        retries=retries,
        ask_token=ask_token,
    ) as found:
        if not is_json:
            print_open_uploads(console, found)
        removes = bool(found.uploads) and not only_list
        if removes and how is not Abandoning.ALL:
            if is_json or not talks:
                raise UsageError(
                    "there is nobody to ask whether to remove these uploads, those of others "
                    "included, and nothing was removed: pass --abandon=all, or only look with "
                    "--abandon --dry-run"
                )
            what = counted(len(found.uploads), "open upload")
            if not typer.confirm(f"Remove {what}?", err=True):
                complain("nothing was removed")
                raise typer.Exit(FINDINGS)
        if removes:
            found.remove()
        write_json(outputs, dump(document_of_uploads(found, removed=removes)))
        if removes and not is_json:
            console.print(f"Removed {len(found.uploads)}.")
