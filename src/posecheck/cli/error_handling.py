"""What goes wrong, as a sentence on standard error and an exit code."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import signal
import sys
import traceback as tracebacks
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, ParamSpec

import typer
from rich.text import Text

from posecheck.model.errors import (
    Argument,
    ExitCode,
    InternalError,
    Name,
    PosecheckError,
)
from posecheck.report.console import open_console, print_hanging
from posecheck.report.escapes import escape

if TYPE_CHECKING:
    from posecheck.api.verdict import Verdict

READER_GONE = 141
"""What a shell reports of a program that wrote into a closed pipe: 128 + SIGPIPE."""

_FULL = frozenset(
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG") if hasattr(errno, name)
)

_OPTIONS = {"engines": "engine"}
"""Options that are not called like the arguments of the functions."""

_AFTER = {
    "plan": "--plan-file FILE",
    "resume": "--resume",
    "undo": "--undo",
    "finalize": "--finalize",
}
"""The option of a command for the first word of each function that a message names."""

P = ParamSpec("P")


class Terminated(KeyboardInterrupt):
    """The system or a scheduler ends this process, by a signal other than Ctrl-C's."""

    def __init__(self, number: int) -> None:
        super().__init__("terminated")
        self.number = number


def end_like_an_interrupt() -> None:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does: workers first, then itself."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Terminated(number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


def exit_code_of(interrupt: KeyboardInterrupt) -> int:
    """Return what a shell reports of a program that a signal ended: 128 and its number."""
    return 128 + (interrupt.number if isinstance(interrupt, Terminated) else signal.SIGINT)


def handle_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command, so that whatever it raises becomes a sentence and an exit code.

    Parameters
    ----------
    command
        A command. Its options ``traceback`` and ``no_color``, where it has them, are honoured.

    Returns
    -------
    callable
        It raises nothing but `typer.Exit`: 1 for a plan that could not be carried out to its end,
        2 for what the user can fix, 3 for what only posecheck's developers can, 130 when
        interrupted, 141 when the reader went away.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        color = not kwargs.get("no_color")
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except typer.Exit:
            raise
        except KeyboardInterrupt as interrupt:
            print_error(_reason_of(interrupt), color=color)
            raise typer.Exit(exit_code_of(interrupt)) from None
        except BrokenPipeError:
            _abandon_output()
            raise typer.Exit(READER_GONE) from None
        except Exception as error:  # noqa: BLE001 - the one place where an error becomes words
            if isinstance(error, OSError) and _is_of_output(error):
                _abandon_output()
                print_error(f"standard output cannot be written: {error.strerror}", color=color)
                raise typer.Exit(ExitCode.USAGE) from None
            if kwargs.get("traceback"):
                _show_traceback(error)
            print_error(_sentence(error), color=color)
            code = error.exit_code if isinstance(error, PosecheckError) else ExitCode.INTERNAL
            raise typer.Exit(code) from None

    return wrapped


def end_with(verdict: Verdict) -> NoReturn:
    """Say why a command ends as it does, where its report does not, and end it.

    Raises
    ------
    typer.Exit
        Always.
    """
    if verdict.reason is not None:
        print_error(verdict.reason.worded(spell))
    raise typer.Exit(verdict.exit_code)


def spell(name: Name) -> str:
    """Write what a message names as it is typed at the command line.

    Parameters
    ----------
    name
        An argument, which is an option here, or a function, which is a command.
    """
    if not isinstance(name, Argument):
        verb, _, command = name.name.partition("_")
        if not name.dandiset:
            return f"`posecheck {command} {_AFTER[verb]}`"
        # Most errors name no command, and help stays light.
        from posecheck.report.commands import fix_command, organize_command  # noqa: PLC0415

        spell_out = fix_command if command == "fix" else organize_command
        return f"`{spell_out(_AFTER[verb], name.dandiset)}`"
    option = _OPTIONS.get(name.keyword, name.keyword).replace("_", "-")
    return f"--{option} {name.value}".rstrip()


def print_error(sentence: str, *, color: bool = True) -> None:
    """Print an error, as a sentence, to standard error."""
    console = open_console(sys.stderr, color=color)
    with contextlib.suppress(BrokenPipeError):
        print_hanging(console, Text("posecheck: ", style="bold red"), Text(escape(sentence)))


def print_note(sentence: str, *, color: bool = True) -> None:
    """Print what the user should know beforehand, as a sentence, to standard error."""
    console = open_console(sys.stderr, color=color)
    with contextlib.suppress(BrokenPipeError):
        print_hanging(console, Text("posecheck: ", style="bold"), Text(escape(sentence)))


def _reason_of(interrupt: KeyboardInterrupt) -> str:
    (reason,) = interrupt.args[:1] or ("",)
    said = reason.worded(spell) if isinstance(reason, PosecheckError) else str(reason)
    return said or "interrupted"


def _sentence(error: Exception) -> str:
    if isinstance(error, PosecheckError) and not isinstance(error, InternalError):
        return error.worded(spell)
    lines = str(error).splitlines() or [""]
    if not isinstance(error, PosecheckError):
        lines[0] = f"{type(error).__name__}: {lines[0]}".rstrip(": ")
    # What an internal error quotes (a worker's traceback) begins and ends with what matters.
    said = " … ".join(lines[:1] + lines[1:][-1:])
    return (
        f"this is a failure of posecheck, not of your files ({said}). "
        "Run it again with --traceback, and please report what that shows."
    )


def _show_traceback(error: Exception) -> None:
    console = open_console(sys.stderr, color=False)
    for line in "".join(tracebacks.format_exception(error)).splitlines():
        console.print(Text(escape(line)), soft_wrap=True)


def _is_of_output(error: OSError) -> bool:
    """Whether it is standard output that takes no more: an error about a file names the file."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return error.filename is None and error.errno in _FULL


def _abandon_output() -> None:
    # The interpreter flushes standard output once more when it exits, which would complain again.
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
