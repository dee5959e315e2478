"""Ask whether something may be done; anything but a yes is a no."""

from __future__ import annotations

import sys

from rich.text import Text

from posecheck.model.errors import UsageError
from posecheck.report.console import is_terminal, open_console


def confirm(question: str, *, otherwise: str = "", color: bool = True) -> bool:
    """Ask on the terminal.

    Parameters
    ----------
    question
        In one sentence, safe to show.
    otherwise
        What can be said in place of ``--yes`` where there is nobody to ask.
    color
        Whether colors are allowed.

    Raises
    ------
    UsageError
        If there is nobody to ask.
    """
    return ask(f"{question} [y/N]", otherwise=otherwise, color=color) in {"y", "yes"}


def ask(question: str, *, otherwise: str = "", color: bool = True) -> str:
    """Ask on the terminal, and return what is typed, in lower case and without blanks around it.

    Raises
    ------
    UsageError
        If there is nobody to ask.
    """
    if sys.stdin is None or not is_terminal(sys.stdin):
        raise UsageError(
            "nothing was touched: there is no terminal to ask on. Say --yes to do it"
            + (f", or {otherwise}" if otherwise else "")
        )
    sys.stdout.flush()
    aside = open_console(sys.stderr, color=color)
    try:
        aside.print(Text(f"{question} ", style="bold"), end="")
        reply = sys.stdin.readline()
    except KeyboardInterrupt as interrupt:
        # What is said next begins a line of its own. The console may hold the question still.
        sys.stderr.write("\n")
        interrupt.args = (f"{str(interrupt) or 'interrupted'}: nothing was touched",)
        raise
    if not (reply.endswith("\n") and is_terminal(sys.stderr)):
        aside.print()
    return reply.strip().lower()
