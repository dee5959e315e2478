"""What is said after the demo was checked: what somebody did to each file, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from posecheck.demo.mistakes import STORIES, Story
from posecheck.model.report import Report
from posecheck.report.commands import spell_command
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape

_CODES = 16


def print_tour(console: Console, folder: Path, report: Report | None) -> None:
    """Print the tour.

    Parameters
    ----------
    console
        Where to print.
    folder
        The folder of the demo, as typed.
    report
        What was found in it; ``None`` if nobody looked.
    """
    if report is not None:
        _print_title(console, "What happened to these files")
        for story in STORIES:
            _print_story(console, story, _found(report, story))
        console.print()
    _print_title(console, "Where to go from here")
    for command, purpose in _steps(folder, checked=report is not None):
        # never wrapped: it is there to be copied
        console.print(Text(f"  {command}", style="bold"), soft_wrap=True)
        print_hanging(console, Text("      "), Text(purpose))
    clean = STORIES[0].draft()
    video = (folder / clean.path).parent / clean.views[0].reference
    console.print(Text(f"  And watch the mouse: {escape(str(video))}"), soft_wrap=True)


def _print_title(console: Console, title: str) -> None:
    console.print(Text(title, style="bold"))


def _print_story(console: Console, story: Story, found: frozenset[str]) -> None:
    title = Text(f"sub-{story.subject}", style="bold").append(f"  {story.title}", style="not bold")
    print_hanging(console, Text("  "), title)
    for mistake in story.mistakes:
        codes = [code for code in mistake.codes if code in found]
        if codes:
            head = Text(f"    {' '.join(codes):<{_CODES}}", style="cyan")
            print_hanging(console, head, Text(mistake.description))


def _found(report: Report, story: Story) -> frozenset[str]:
    """Return the codes that were found in a story's file."""
    name = Path(story.path).name
    return frozenset(
        finding.code
        for file in report.files
        if Path(file.path).name == name
        for finding in file.findings
    )


def _steps(folder: Path, *, checked: bool) -> Iterator[tuple[str, str]]:
    """Yield commands to try, and what each is good for."""
    by_subject = {story.subject: folder / story.path for story in STORIES}
    if not checked:
        yield _command("validate", folder), "check all of it"
    yield (
        _command("explain", "VID008", "TIM006"),
        "what a rule looks for, why it matters, and what to do",
    )
    yield (
        _command("info", by_subject["rig"]),
        "what is in a file: containers, skeletons, series, clocks, videos",
    )
    yield (
        _command("validate", by_subject["skeleton"], "--select", "NOD"),
        "one file, and only the rules on skeletons",
    )
    yield (
        _command("validate", folder, "--output", "json"),
        "the same report for a program; the exit code says whether anything is an error",
    )
    yield _command("validate", "."), "your own recordings: this folder and all below it"


def _command(*arguments: str | Path) -> str:
    return spell_command(["posecheck", *map(str, arguments)])
