"""``posecheck config [PATH…]``: what is in force, and where each value comes from."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from posecheck.cli.error_handling import handle_errors
from posecheck.cli.options import Config, ConfigRev, Documents, Isolated, NoColor, Traceback
from posecheck.cli.output_formats import parse_documents, write_documents
from posecheck.model.errors import UsageError
from posecheck.model.version import __version__
from posecheck.report.console import OutputConsole
from posecheck.report.escapes import escape
from posecheck.report.json_document import dump

if TYPE_CHECKING:
    from posecheck.engine.effective_configuration import EffectiveValue

MEMORY = "file-memory"

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="What would be checked: the configuration is looked for at and above it.",
        show_default="the current folder",
    ),
]
Schema = Annotated[
    bool,
    typer.Option(
        "--schema",
        help="Print the JSON Schema of posecheck.toml, for editors, and nothing else.",
    ),
]


@handle_errors
def config(  # noqa: PLR0913 - an argument for each option
    paths: Paths = None,
    *,
    config: Config = None,
    config_rev: ConfigRev = None,
    isolated: Isolated = False,
    schema: Schema = False,
    output: Documents = None,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Show the configuration that is in force, and check it."""
    from posecheck.catalog import load_catalog  # noqa: PLC0415 - help stays light

    if schema:
        from posecheck.config.json_schema import json_schema  # noqa: PLC0415

        typer.echo(json.dumps(json_schema(load_catalog(with_cases=False)), indent=2))
        return
    from posecheck.engine.effective_configuration import effective_values  # noqa: PLC0415
    from posecheck.engine.run_plan import check_configuration, configuration_of  # noqa: PLC0415
    from posecheck.engine.settings import Settings  # noqa: PLC0415

    missing = [path for path in paths or () if not os.path.lexists(path)]
    if missing:
        raise UsageError(f"no such file or folder: {', '.join(map(repr, missing))}")
    settings = Settings(
        paths=tuple(paths or ()), config=config, config_rev=config_rev, isolated=isolated
    )
    configuration = configuration_of(settings)
    check_configuration(configuration)
    found = configuration.source
    values = effective_values(configuration)
    write_documents(
        parse_documents(output),
        lambda console: _print(found.display_name if found is not None else "", values, console),
        lambda: _to_json(found.name if found is not None else "", values),
        color=not no_color,
    )


def _print(source: str, values: Sequence[EffectiveValue], console: OutputConsole) -> None:
    head = f"Configuration: {escape(source)}" if source else "There is no configuration file."
    console.print(Text(head, style="bold"))
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for title in ("key", "value", "from"):
        table.add_column(title, overflow="fold")
    for each in values:
        stated = bool(source) and each.source == source
        table.add_row(
            Text(each.key, style="bold" if stated else ""),
            Text(escape(_size(each.value) if each.key == MEMORY else _text(each.value)) or "—"),
            Text(escape(each.source), style="" if stated else "dim"),
        )
    console.print(table)
    console.print()
    console.print(Text("An option of the command line goes before each of these.", style="dim"))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(_entry(key, each) for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _size(value: int) -> str:
    return f"{value / 1024**3:g} GB"


def _entry(key: str, value: Any) -> str:
    if not value:
        return key
    if isinstance(value, Mapping) and "reason" in value:
        until = f", until {value['expires']}" if "expires" in value else ""
        if "state" in value:
            until = f", expired on {value['expires']}, so not ignored"
        return f"{key} ({value['reason']}{until})"
    return f"{key}: {_text(value)}"


def _to_json(source: str, values: Sequence[EffectiveValue]) -> str:
    return dump(
        {
            "posecheck": __version__,
            "source": source,
            "values": [dataclasses.asdict(each) for each in values],
        }
    )
