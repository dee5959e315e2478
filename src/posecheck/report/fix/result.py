"""What came of a plan to fix, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from posecheck.model.wording import counted
from posecheck.report.console import OutputConsole, print_hanging
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from posecheck.fix.apply import Fixed, FixUndone


def describe_fixed(fixed: Fixed) -> tuple[str, ...]:
    """Say what was done."""
    what = f"{counted(fixed.findings, 'finding')} fixed in {counted(fixed.files, 'file')}"
    sentences = [f"Done in {fixed.seconds:.1f} s: {what} ({sized(fixed.bytes)})."]
    if fixed.report is not None and fixed.files:
        where = "the fixed file" if fixed.files == 1 else "the fixed files"
        undone = {file.path for file in fixed.undone}
        left = sum(finding.file not in undone for finding in fixed.report.active)
        are = "is" if left == 1 else "are"
        sentences.append(
            f"Checked again: {counted(left, 'finding')} {are} left in {where}; "
            "`posecheck validate` shows them."
            if left
            else "Checked again: nothing is left."
        )
    return (*sentences, *fixed.notes)


def print_undone_files(console: OutputConsole, fixed: Fixed) -> None:
    """Print which files were undone because they were not as planned afterwards."""
    for file in fixed.undone:
        text = Text(f"{escape(file.path)}: ", style="bold").append(
            f"is again what it was: {escape(file.reason.rstrip('.'))}. Unless a video was "
            "exchanged since the plan was made, this is a fault of posecheck; please report it.",
            style="default",
        )
        print_hanging(console, Text("! ", style="red"), text)


def describe_undone(undone: FixUndone) -> tuple[str, ...]:
    """Say what was undone."""
    are = "is" if undone.files == 1 else "are"
    return (
        f"Undone in {undone.seconds:.1f} s: {counted(undone.files, 'file')} {are} again what "
        f"{'it was' if undone.files == 1 else 'they were'}.",
        *undone.notes,
    )
