"""Write the reference of the command line from the commands themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import typer

from posecheck.cli.app import app as command_line


def write_reference(app: Any) -> None:
    """Write ``reference/commands.md``."""
    group = typer.main.get_command(command_line)
    lines = ["# Commands", "", text(group.help), ""]
    if isinstance(group, click.Group):
        context = click.Context(group, info_name="posecheck")
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is not None and not command.hidden:
                lines += section(command, click.Context(command, info_name=name, parent=context))
    path = Path(app.srcdir) / "reference" / "commands.md"
    content = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def section(command: click.Command, context: click.Context) -> list[str]:
    """Return the section of one command: usage, help, options."""
    usage = command.get_usage(context).removeprefix("Usage: ")
    lines = [f"## {context.command_path}", "", "```text", usage, "```", "", text(command.help), ""]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            lines += [f"`{record[0].strip()}`", f": {text(record[1]) or 'No description.'}", ""]
    return lines


def text(help_text: str | None) -> str:
    """Return a help text as one paragraph per paragraph, form feeds and markers removed."""
    cleaned = (help_text or "").replace("\b", "").replace("\f", "").strip()
    return "\n\n".join(" ".join(part.split()) for part in cleaned.split("\n\n"))


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_reference)
    return {"parallel_read_safe": True}
