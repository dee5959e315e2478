"""A plan to organize on the screen: made, shown, agreed to, and followed while it is applied."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from posecheck.cli.options import OutputFormat
from posecheck.cli.progress import ProgressBar
from posecheck.model.errors import UsageError
from posecheck.report.console import is_terminal, open_console, print_hanging
from posecheck.report.escaping import escape
from posecheck.report.folding import counted
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from posecheck.organize.applying import Applied, OnProgress, Undone
    from posecheck.organize.plan.values import OrganizePlan

_LONGEST_PLAN = 2 * 1024**3
"""Bytes of a plan file beyond which it is none."""


class Screen:
    """What a run shows: the plan on standard output, everything else on standard error.

    Parameters
    ----------
    color
        Whether colors are allowed.
    output_format
        How the plan is shown.
    quiet, verbose
        How much of it is shown to a person.
    """

    def __init__(
        self, *, color: bool, output_format: OutputFormat, quiet: bool, verbose: bool
    ) -> None:
        self._color = color
        self._json = output_format is OutputFormat.JSON
        self._quiet, self._verbose = quiet, verbose

    def plan(self, paths: Sequence[str], **choices: Any) -> OrganizePlan:
        """Make a plan, with a bar if it takes long."""
        from posecheck import api  # noqa: PLC0415 - help stays light

        with ProgressBar(sys.stderr, sys.stdout, color=self._color, doing="Reading") as bar:
            return api.plan_organize(paths, on_progress=bar.advance, **choices)

    def show(self, plan: OrganizePlan) -> None:
        """Print a plan."""
        from posecheck.report.organize import PlanReport  # noqa: PLC0415 - help stays light

        if self._json:
            sys.stdout.write(plan_to_json(plan))
            return
        console = open_console(sys.stdout, color=self._color)
        PlanReport(console, verbose=self._verbose, quiet=self._quiet).print(plan)

    def ask(self, plan: OrganizePlan) -> bool:
        """Ask whether to apply a plan; anything but a yes is a no.

        Raises
        ------
        UsageError
            If there is nobody to ask.
        """
        from posecheck.report.organize import question  # noqa: PLC0415 - help stays light

        if sys.stdin is None or not is_terminal(sys.stdin):
            raise UsageError(
                "nothing was touched: there is no terminal to ask on. Say --yes to do it, or "
                "--dry-run to see the plan only"
            )
        sys.stdout.flush()
        aside = open_console(sys.stderr, color=self._color)
        aside.print(Text(f"{question(plan)} [y/N] ", style="bold"), end="")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def apply(self, plan: OrganizePlan, *, jobs: int | None) -> None:
        """Apply a plan, and say what was done."""
        from posecheck import api  # noqa: PLC0415 - help stays light

        with self._following("Bringing") as follow:
            applied = api.apply(plan, jobs=jobs, on_progress=follow)
        self._tell(*_describe_applied(applied))

    def continue_run(self, option: str, dandiset: Path | None, *, jobs: int | None) -> None:
        """Finish the last run, take it back, or make it final, and say so.

        Parameters
        ----------
        option
            ``--resume``, ``--undo`` or ``--finalize``.
        dandiset
            As typed.
        jobs
            How many files to bring at a time.
        """
        from posecheck import api  # noqa: PLC0415 - help stays light

        if option == "--finalize":
            api.finalize_organize(dandiset)
            self._tell("The last run is final: it can no longer be undone.")
        elif option == "--resume":
            with self._following("Bringing") as follow:
                applied = api.resume_organize(dandiset, jobs=jobs, on_progress=follow)
            self._tell(*_describe_applied(applied))
        else:
            with self._following("Taking back") as follow:
                undone = api.undo_organize(dandiset, on_progress=follow)
            self._tell(*_describe_undone(undone))

    @contextmanager
    def _following(self, doing: str) -> Iterator[OnProgress]:
        """Show how far a run is."""

        def amount(done: int, total: int) -> str:
            return f"{sized(done)} of {sized(total)}"

        bar = ProgressBar(sys.stderr, sys.stdout, color=self._color, doing=doing, amount=amount)
        with bar:
            yield lambda progress: bar.advance(progress.done, progress.total)

    def _tell(self, *sentences: str) -> None:
        console = open_console(sys.stderr if self._json else sys.stdout, color=self._color)
        for sentence in sentences:
            print_hanging(console, Text(), Text(escape(sentence)))


def plan_to_json(plan: OrganizePlan) -> str:
    r"""Write a plan as one JSON document: ASCII, strict, ending in a line feed.

    A byte of a file name that is no text is written as the escape of a lone surrogate (``\udce9``),
    since a plan that is read again has to name the same file.
    """
    from posecheck.organize.plan.document import to_document  # noqa: PLC0415 - help stays light

    return json.dumps(to_document(plan), indent=2, allow_nan=False) + "\n"


def read_plan(path: Path) -> OrganizePlan:
    """Read a plan that was saved.

    Raises
    ------
    UsageError
        If the file cannot be read, or holds no plan.
    """
    from posecheck.organize.plan.document import from_document  # noqa: PLC0415 - help stays light

    try:
        if path.stat().st_size > _LONGEST_PLAN:
            raise UsageError(f"--from-plan: {path} is too large for a plan")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"--from-plan: {path} cannot be read: {error.strerror or error}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--from-plan: {path} is no JSON document: {error}") from error
    try:
        return from_document(document)
    except UsageError as error:
        raise UsageError(f"--from-plan: {path}: {error}") from error


def _describe_applied(applied: Applied) -> tuple[str, ...]:
    brought = f"{counted(applied.recordings, 'recording')} and {_count_media(applied.media)}"
    return (
        f"Done in {applied.seconds:.1f} s: {brought} ({sized(applied.bytes)}) are in their places. "
        "posecheck organize --undo takes it back.",
        *applied.notes,
    )


def _describe_undone(undone: Undone) -> tuple[str, ...]:
    back = f"{counted(undone.recordings, 'recording')} and {_count_media(undone.media)}"
    return (f"Taken back in {undone.seconds:.1f} s: {back}.", *undone.notes)


def _count_media(count: int) -> str:
    return counted(count, "video") if count < 2 else f"{count:,} videos and images"
