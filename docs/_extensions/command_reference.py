"""Write the reference of the command line from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from posecheck.cli.app import app as command_line

FILE = Path("_generated") / "commands.md"
"""What ``reference/commands.md`` includes."""


def write_reference(app: Any) -> None:
    """Write the sections of all commands, for the page that includes them."""
    path = Path(app.srcdir) / FILE
    content = reference(command_line)
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def reference(commands: typer.Typer) -> str:
    """Return a section for each command.

    Raises
    ------
    TypeError
        If it is no group of commands.
    LookupError
        If there is no command, or one without a help text: a reference that is empty must not pass.
    """
    group = typer.main.get_command(commands)
    if not isinstance(group, TyperGroup):
        raise TypeError(f"{group.name!r} is no group of commands")
    context = typer.Context(group, info_name="posecheck")
    return "\n".join(sections(group, context))


def sections(group: TyperGroup, context: typer.Context) -> list[str]:
    """Return the lines of the commands of a group, and of the groups in it.

    Raises
    ------
    LookupError
        If there is no command, or one without a help text.
    """
    lines: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, TyperGroup):
            lines += sections(command, typer.Context(command, info_name=name, parent=context))
            continue
        if not isinstance(command, TyperCommand) or not command.help:
            raise LookupError(f"{name!r} is no command that can be described: {command!r}")
        if not command.hidden:
            lines += section(command, typer.Context(command, info_name=name, parent=context))
    if not lines:
        raise LookupError(f"{context.command_path} has no command to describe")
    return lines


def section(command: TyperCommand, context: typer.Context) -> Iterator[str]:
    """Yield the lines of one command: usage, help, arguments and options."""
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    yield from (f"## {context.command_path}", "", "```text", usage, "```", "")
    yield from (text(command.help), "")
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield from (f"`{record[0].strip()}`", f": {text(record[1])}", "")


def text(help_text: str | None) -> str:
    """Return a help text as one paragraph per paragraph, form feeds and markers removed."""
    cleaned = (help_text or "").replace("\b", "").replace("\f", "").strip()
    return "\n\n".join(" ".join(part.split()) for part in cleaned.split("\n\n"))


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_reference)
    return {"parallel_read_safe": True}
