"""A call of git that runs nothing which a repository contains or configures.

A gate checks the checkout of a stranger. git runs programs on the way to an answer: filters that
attributes name, hooks, a monitor of the file system, external diffs. None of them runs here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from posecheck.model.errors import UsageError

_SILENT = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "diff.external": "",
    "protocol.allow": "never",
    "core.quotePath": "false",
}
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
FETCHING: Mapping[str, str] = {
    "protocol.allow": "user",
    "protocol.ext.allow": "never",
    "maintenance.auto": "false",
}
"""What a fetch needs otherwise: every protocol but the one that runs a command."""

_PROGRAMS = ("clean", "smudge", "process")


def run_git(
    root: Path,
    settings: Mapping[str, str],
    *arguments: str,
    content: bytes = b"",
    own_session: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a work tree, and wait for it.

    Parameters
    ----------
    root
        The top level of the work tree.
    settings
        Configuration for this call; it goes before that of the repository.
    arguments
        The command and what follows it.
    content
        What it reads from standard input.
    own_session
        Whether it goes on when Ctrl-C is pressed in the terminal.

    Raises
    ------
    UsageError
        If git is not installed.
    """
    environment = dict(os.environ) | _ENVIRONMENT
    environment.pop("GIT_EXTERNAL_DIFF", None)
    # Through the environment a setting may have any name; an option `-c` ends it at `=`.
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    every = {**_SILENT, **settings}
    for number, (name, value) in enumerate(every.items(), start=first):
        environment[f"GIT_CONFIG_KEY_{number}"] = name
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    environment["GIT_CONFIG_COUNT"] = str(first + len(every))
    try:
        return subprocess.run(  # noqa: S603 - no shell, and git alone
            ["git", "-C", str(root), "--literal-pathspecs", *arguments],  # noqa: S607
            env=environment,
            input=content,
            capture_output=True,
            check=False,
            start_new_session=own_session,
        )
    except FileNotFoundError:
        raise UsageError("git is not installed, or not on the PATH") from None


def emptied_filters(root: Path) -> Mapping[str, str]:
    """Return settings that empty each filter that is configured: an attribute could name it."""
    done = run_git(root, {}, "config", "--null", "--name-only", "--get-regexp", r"^filter\.")
    keys = (os.fsdecode(key) for key in done.stdout.split(b"\0") if key)
    settings: dict[str, str] = {}
    for name in sorted({key.rpartition(".")[0] for key in keys}):
        settings.update({f"{name}.{program}": "" for program in _PROGRAMS})
        settings[f"{name}.required"] = "false"
    return settings
