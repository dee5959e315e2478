"""``posecheck cache info|clear``: what is remembered of files that were checked."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from posecheck.cli.error_handling import handle_errors
from posecheck.cli.options import Traceback
from posecheck.files.cache_database import CacheInfo
from posecheck.model.wording import counted
from posecheck.report.escapes import escape
from posecheck.report.json_document import dump

cache = typer.Typer(
    help="Show or forget what earlier runs said of files: verdicts and checksums.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@cache.command()
@handle_errors
def info(*, as_json: Json = False, traceback: Traceback = False) -> None:
    """Say where it is kept, how much there is, and how large it may become."""
    from posecheck.api.cache import cache_info  # noqa: PLC0415 - help stays light

    found = cache_info()
    if as_json:
        typer.echo(dump(dataclasses.asdict(found)), nl=False)
        return
    typer.echo(escape(str(found.path)))
    kept = _kept(found)
    typer.echo(f"{kept or 'nothing'}; {_size(found.bytes)} of at most {_size(found.most_bytes)}")
    if found.obstacle:
        typer.echo(f"Nothing can be kept there: {escape(found.obstacle)}.")


@cache.command()
@handle_errors
def clear(*, traceback: Traceback = False) -> None:
    """Forget everything: each file is checked again, and each checksum computed again."""
    from posecheck.api.cache import clear_cache  # noqa: PLC0415 - help stays light

    before = clear_cache()
    typer.echo(f"Forgotten: {_kept(before) or 'nothing was kept'} ({_size(before.bytes)}).")


def _kept(info: CacheInfo) -> str:
    return ", ".join(counted(count, kind.removesuffix("s")) for kind, count in info.entries.items())


def _size(count: int) -> str:
    return f"{count / 1000**2:,.1f} MB"
