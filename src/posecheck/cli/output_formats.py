"""``--output FORMAT[=FILE]``: in which formats a report is written, and where each goes."""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import typer

from posecheck.cli.output_file import check_output_file, write_output_file
from posecheck.report.console import OutputConsole, open_console
from posecheck.report.formats import FORMATS

FULL = "full"
"""The report for a person."""

JSON = "json"
JSON_LINES = "json-lines"
GITHUB = "github"
_SHARE = {FULL, "concise", GITHUB}
"""What may stand on one standard output: people read it, and so does GitHub's runner."""


@dataclass(frozen=True, slots=True)
class Output:
    """A format, and the file that it goes to; ``None`` is standard output."""

    format: str
    path: Path | None = None


def parse_outputs(
    words: Iterable[str] | None, formats: Iterable[str] = tuple(FORMATS)
) -> tuple[Output, ...]:
    """Read ``FORMAT`` and ``FORMAT=FILE``, given once or several times.

    Parameters
    ----------
    words
        As typed.
    formats
        Those that the command can write.

    Raises
    ------
    typer.BadParameter
        If a format is unknown, a file is missing after ``=`` or named twice, or more goes to
        standard output than can be told apart there.
    """
    outputs: list[Output] = []
    for word in words or ():
        name, has_file, file = word.partition("=")
        if name not in formats:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(formats)}")
        if has_file and not file:
            raise typer.BadParameter(f"{word!r} names no file; write for example {name}=report.txt")
        outputs.append(Output(name, Path(file) if file else None))
    _refuse_mixed(outputs)
    return tuple(outputs)


def _refuse_mixed(outputs: Sequence[Output]) -> None:
    on_stdout = [output.format for output in outputs if output.path is None]
    if len(on_stdout) > 1 and not (
        set(on_stdout) <= _SHARE and len(set(on_stdout)) == len(on_stdout)
    ):
        raise typer.BadParameter(
            f"{' and '.join(on_stdout)} cannot both go to standard output; "
            f"write one to a file, such as {on_stdout[-1]}=FILE"
        )
    files = [os.path.abspath(output.path) for output in outputs if output.path is not None]  # noqa: PTH100 - resolve() follows links
    if len(set(files)) < len(files):
        raise typer.BadParameter("two formats cannot go to one file")


def parse_documents(words: Iterable[str] | None) -> tuple[Output, ...]:
    """Read ``full`` and ``json``, and the files they go to, for commands that write no report.

    Raises
    ------
    typer.BadParameter
        As `parse_outputs`.
    """
    return parse_outputs(words, (FULL, JSON))


def with_console(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Add what a person reads, where nothing else goes to standard output."""
    if any(output.path is None for output in outputs):
        return tuple(outputs)
    return (*outputs, Output(FULL))


def write_json(outputs: Iterable[Output], text: str) -> None:
    """Write a document wherever JSON was asked for.

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    for output in outputs:
        if output.format == JSON and output.path is None:
            sys.stdout.write(text)
        elif output.format == JSON and output.path is not None:
            write_output_file(output.path, text)


def write_documents(
    outputs: Sequence[Output],
    full: Callable[[OutputConsole], None],
    json: Callable[[], str],
    *,
    color: bool,
) -> None:
    """Write what a command has to say, in each format that was asked for.

    Parameters
    ----------
    outputs
        Of `parse_documents`; none stands for `FULL` on standard output.
    full
        Prints it for a person.
    json
        Writes it for a program.
    color
        Whether a terminal may be colored.

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    check_outputs(outputs)
    for output in outputs or (Output(FULL),):
        if output.path is None:
            if output.format == JSON:
                sys.stdout.write(json())
            else:
                full(open_console(sys.stdout, color=color))
            continue
        text = io.StringIO()
        if output.format == JSON:
            text.write(json())
        else:
            full(open_console(text, color=False))
        write_output_file(output.path, text.getvalue(), "--output")


def complete_formats(incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the formats that a word may become, each with what it is for."""
    return ((name, what) for name, what in FORMATS.items() if name.startswith(incomplete))


def resume_file_of(outputs: Iterable[Output]) -> Path | None:
    """Return where a run over an archive keeps what it knows: beside the file that it writes.

    Returns
    -------
    Path or None
        ``audit.jsonl.resume.sqlite`` for ``json-lines=audit.jsonl``, else the same of the first
        file; ``None`` where none is written.
    """
    files = [(output.format != JSON_LINES, output.path) for output in outputs if output.path]
    if not files:
        return None
    _, path = min(files, key=lambda each: each[0])
    return path.with_name(f"{path.name}.resume.sqlite")


def check_outputs(outputs: Iterable[Output]) -> None:
    """Refuse, before the work is done, files that cannot or must not be written.

    Raises
    ------
    UsageError
        If one is a folder or a device, would replace a recording, or lies in no folder.
    """
    for output in outputs:
        if output.path is not None:
            check_output_file(output.path, "--output")


def is_on_github() -> bool:
    """Whether this is a step of GitHub Actions, whose runner reads commands from the output."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def without_commands(stream: IO[str]) -> Iterator[None]:
    """Keep GitHub's runner from taking text for commands, as a name in a recording could be one.

    The runner takes commands again after a word that nobody can guess.
    """
    if not is_on_github():
        yield
        return
    word = secrets.token_hex(16)
    stream.write(f"::stop-commands::{word}\n")
    try:
        yield
    finally:
        stream.write(f"::{word}::\n")
        stream.flush()
