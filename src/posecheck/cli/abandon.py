"""``posecheck upload --abandon``: list and remove unfinished uploads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import typer

from posecheck.cli.error_handling import print_error
from posecheck.cli.output_formats import JSON, Output, write_json
from posecheck.model.errors import ExitCode, UsageError
from posecheck.model.wording import counted
from posecheck.report.console import open_console
from posecheck.report.json_document import dump
from posecheck.report.upload.open_uploads import document_of_uploads, print_open_uploads
from posecheck.upload.open_uploads import open_uploads_of
from posecheck.upload.settings import UploadSettings


def remove_open_uploads(  # noqa: PLR0913 - a keyword for each option
    settings: UploadSettings,
    outputs: Sequence[Output],
    *,
    retries: int,
    only_lists: bool,
    confirms: bool,
    prompt_for_token: Callable[[str], str] | None,
    color: bool,
) -> None:
    """List the unfinished uploads into a dandiset, and remove them if the user agrees.

    Raises
    ------
    UsageError
        If there is no terminal to ask on; then nothing is removed.
    """
    is_json = Output(JSON) in outputs
    console = open_console(sys.stdout, color=color)
    with open_uploads_of(settings, retries=retries, prompt_for_token=prompt_for_token) as found:
        if not is_json:
            print_open_uploads(console, found)
        removes = bool(found.uploads) and not only_lists
        if removes and confirms:
            if is_json or prompt_for_token is None:
                raise UsageError(
                    "there is no terminal to ask whether to remove these uploads, those of others "
                    "included, and nothing was removed: pass --abandon=all, or only look with "
                    "--abandon --dry-run"
                )
            what = counted(len(found.uploads), "open upload")
            if not typer.confirm(f"Remove {what}?", err=True):
                print_error("nothing was removed")
                raise typer.Exit(ExitCode.FINDINGS)
        if removes:
            found.remove()
        write_json(outputs, dump(document_of_uploads(found, removed=removes)))
        if removes and not is_json:
            console.print(f"Removed {len(found.uploads)}.")
