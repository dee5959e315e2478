"""What to do, for a person: each remedy once, and the lines of h5py that make a fix."""

from __future__ import annotations

from pathlib import PurePosixPath

from rich.console import Console
from rich.text import Text

from posecheck.model.edit import Edit, FixSafety
from posecheck.model.finding import Finding
from posecheck.model.h5py_lines import h5py_lines
from posecheck.model.wording import counted, parts_of_remedy
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape, shorten, shorten_inside
from posecheck.sources.remote_access import is_address

INDENT = " " * 11
_LONGEST = 600
_LINES = 8
_LONGEST_LINE = 240
_CONSENT = {FixSafety.SAFE: "", FixSafety.UNSAFE: ", if you agree"}


class RemedyPrinter:
    """Prints remedies below the findings that they belong to.

    Parameters
    ----------
    console
        Where to print.
    verbose
        Whether to cut nothing.
    """

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._console = console
        self._verbose = verbose
        self._printed: set[tuple[str, str]] = set()
        self._recipes: dict[str, str] = {}
        self._shown_edits: set[Edit] = set()

    def begin_file(self) -> None:
        """Take note that what follows is about another file: its fixes are shown from the first."""
        self._shown_edits = set()

    def print_remedy(self, remedy: str, rule: str) -> bool:
        """Print a remedy of a rule unless it stands above already; return whether it was new."""
        is_new = (rule, remedy) not in self._printed
        self._printed.add((rule, remedy))
        if remedy and is_new:
            self.repeat_remedy(remedy, rule)
        return is_new

    def repeat_remedy(self, remedy: str, rule: str) -> None:
        """Print a remedy; one with lines of code that stands above already is only named."""
        prose, code = parts_of_remedy(remedy)
        first = self._recipes.setdefault(remedy, rule)
        if code and first != rule:
            self._print(Text(f"→ as for {escape(first)} above", style="green"))
            return
        self._print(Text(f"→ {self.cut(prose)}", style="green"))
        for line in code:
            # Never wrapped: a person copies it.
            text = Text(f"{INDENT}    ").append(escape(line), style="cyan")
            self._console.print(text, soft_wrap=True)

    def print_edits(self, finding: Finding) -> None:
        """Print the lines that fix a finding, unless they stand above for the same file."""
        edits = [edit for edit in finding.edits if edit not in self._shown_edits]
        if finding.fix is None or not edits:
            return
        first = not self._shown_edits
        self._shown_edits.update(edits)
        opening = _opening(finding.file) if first else ""
        text = f"fix with h5py{_CONSENT[finding.fix]}{escape(opening)}:"
        self._print(Text(text, style="dim"))
        lines = h5py_lines(edits)
        whole = self._verbose or len(lines) <= _LINES + 1
        for line in lines if whole else lines[:_LINES]:
            code = escape(line) if self._verbose else shorten(escape(line), _LONGEST_LINE)
            # Never wrapped: a person copies it.
            self._console.print(Text(f"{INDENT}>>> ").append(code, style="cyan"), soft_wrap=True)
        if not whole:
            self.print_rest(counted(len(lines) - _LINES, "more line"))

    def print_rest(self, what: str, option: str = "--verbose lists them") -> None:
        """Say what was left out, and which option shows it."""
        self._print(Text(f"… and {what}; {option}", style="dim"))

    def cut(self, text: str) -> str:
        """Escape a text, and cut one that is too long to read."""
        return escape(text) if self._verbose else shorten_inside(escape(text), _LONGEST)

    def _print(self, text: Text) -> None:
        print_hanging(self._console, Text(INDENT), text)


def _opening(file: str) -> str:
    """Say how a file is opened to be changed; one elsewhere, once it is downloaded."""
    if is_address(file):
        return f"; download the file, file = h5py.File({PurePosixPath(file).name!r}, 'r+')"
    return f"; keep a copy, file = h5py.File({file!r}, 'r+')"
