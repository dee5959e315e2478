"""Commands as they are typed into a shell, in the folder where the user stands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath

from posecheck.files.dataset_roots import find_dandiset
from posecheck.report.escapes import escape
from posecheck.report.organize.display_paths import place


def spell_command(words: Sequence[str]) -> str:
    """Write a command so that it can be pasted into a shell.

    Parameters
    ----------
    words
        The program and its arguments.

    Returns
    -------
    str
        Safe to show: what would not show as itself is written as an escape that a shell reads.
    """
    if sys.platform == "win32":
        return escape(subprocess.list2cmdline(words))
    return " ".join(map(_quote, words))


def organize_command(option: str, dandiset: str | PurePath | None) -> str:
    """Write ``posecheck organize`` with an option, for a dandiset.

    Parameters
    ----------
    option
        Such as ``--undo``.
    dandiset
        Its folder; ``None`` for the one around the current folder. Where the user stands in it, it
        need not be named.
    """
    words = ["posecheck", "organize", option]
    if dandiset is not None and not _is_around(dandiset):
        folder = place(os.path.abspath(dandiset))  # noqa: PTH100 - links are kept
        # What begins with a hyphen would be taken for an option.
        words += ["-d", f".{os.sep}{folder}" if folder.startswith("-") else folder]
    return spell_command(words)


def fix_command(option: str, folder: str | PurePath | None) -> str:
    """Write ``posecheck fix`` with an option, for a folder in which files were fixed.

    Parameters
    ----------
    option
        Such as ``--undo``.
    folder
        The folder; ``None`` for the one around the current folder. Where the user stands in it, it
        need not be named.
    """
    words = ["posecheck", "fix", option]
    if folder is not None and not _holds_current(folder):
        named = place(os.path.abspath(folder))  # noqa: PTH100 - links are kept
        words.append(f".{os.sep}{named}" if named.startswith("-") else named)
    return spell_command(words)


def _holds_current(folder: str | PurePath) -> bool:
    try:
        current = Path.cwd()
        return any(above.samefile(folder) for above in (current, *current.parents))
    except OSError:
        return False


def _is_around(dandiset: str | PurePath) -> bool:
    try:
        around = find_dandiset(Path.cwd())
        return around is not None and around.samefile(dandiset)
    except OSError:
        return False


def _quote(word: str) -> str:
    if escape(word) == word:
        return shlex.quote(word)
    quoted = (
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"'\\" else f"\\x{byte:02x}"
        for byte in os.fsencode(word)
    )
    return f"$'{''.join(quoted)}'"
