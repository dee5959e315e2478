"""The commands, put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from posecheck.cli.cache import cache
from posecheck.cli.config import config
from posecheck.cli.demo import demo
from posecheck.cli.error_handling import end_like_an_interrupt, exit_code_of, print_error
from posecheck.cli.explain import explain
from posecheck.cli.fix import fix
from posecheck.cli.info import info
from posecheck.cli.organize import organize
from posecheck.cli.report import report
from posecheck.cli.rules import rules
from posecheck.cli.upload import upload
from posecheck.cli.upload_options import OptionalValues
from posecheck.cli.validate import validate
from posecheck.model.version import __version__
from posecheck.report.console import tolerate_encoding

app = typer.Typer(
    name="posecheck",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"posecheck {__version__}")
        raise typer.Exit


@app.callback()
def posecheck(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version, and exit."
        ),
    ] = False,
) -> None:
    """Check NWB pose recordings, organize them for DANDI, and upload them."""


app.command()(validate)
app.command()(report)
app.command()(fix)
app.command()(organize)
app.command(cls=OptionalValues)(upload)
app.command()(config)
app.command()(rules)
app.command()(explain)
app.command()(info)
app.command()(demo)
app.add_typer(cache, name="cache")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a command line, and exit.

    Parameters
    ----------
    arguments
        What follows the program's name; by default what this process was called with.

    Raises
    ------
    SystemExit
        Always: 0 nothing at or above ``--fail-on``, or all is organized; 1 findings, or conflicts;
        2 a mistake in the call or the configuration, or nothing to check; 3 posecheck failed; 130
        interrupted, 143 terminated.
    """
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        tolerate_encoding(stream)
    end_like_an_interrupt()
    try:
        app(args=arguments, prog_name="posecheck")
    except KeyboardInterrupt as interrupt:
        print_error(str(interrupt) or "interrupted")
        sys.exit(exit_code_of(interrupt))


def _replace_closed_streams() -> None:
    """Stand in for streams that the caller closed (``>&-``): Python leaves ``None`` there."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
