"""A plan to organize on the screen: made, printed, confirmed, and followed while it is applied."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from posecheck.cli.confirmation import confirm
from posecheck.cli.output_formats import JSON, Output, with_console, write_documents
from posecheck.cli.progress_bar import ProgressBar
from posecheck.model.progress import Phase
from posecheck.model.wording import counted
from posecheck.report.console import OutputConsole, open_console, print_hanging
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from posecheck.organize.apply import Applied, Undone
    from posecheck.organize.plan.values import OrganizePlan
    from posecheck.organize.settings import OrganizeSettings
    from posecheck.transaction.outcomes import Finalized


class Screen:
    """What a run shows: the plan on standard output, everything else on standard error.

    Parameters
    ----------
    outputs
        In which formats the plan is shown, and where; a person sees it unless standard output is
        taken.
    color
        Whether colors are allowed.
    quiet, verbose
        How much of it is shown to a person.
    """

    def __init__(
        self, outputs: Sequence[Output], *, color: bool, quiet: bool, verbose: bool
    ) -> None:
        self._outputs = with_console(outputs)
        self._color = color
        self._json = Output(JSON) in self._outputs
        self._quiet, self._verbose = quiet, verbose

    def plan(self, settings: OrganizeSettings) -> OrganizePlan:
        """Make a plan, with a bar if it takes long."""
        from posecheck.api.organize import plan_organize_from_settings  # noqa: PLC0415

        with self._progress(Phase.READING) as listener:
            return plan_organize_from_settings(settings, listener)

    def show(self, plan: OrganizePlan) -> None:
        """Print a plan."""
        from posecheck.report.organize import PlanReport  # noqa: PLC0415 - help stays light

        def full(console: OutputConsole) -> None:
            PlanReport(console, verbose=self._verbose, quiet=self._quiet).print(plan)

        write_documents(self._outputs, full, lambda: _to_json(plan), color=self._color)

    def confirm(self, plan: OrganizePlan) -> bool:
        """Ask whether to apply a plan; anything but a yes is a no.

        Raises
        ------
        UsageError
            If there is nobody to ask.
        """
        from posecheck.report.organize import question  # noqa: PLC0415 - help stays light

        return confirm(
            question(plan), otherwise="--dry-run to see the plan only", color=self._color
        )

    def apply(self, plan: OrganizePlan, *, jobs: int | None) -> None:
        """Apply a plan, and say what was done."""
        from posecheck import api  # noqa: PLC0415 - help stays light
        from posecheck.report.organize import total  # noqa: PLC0415 - help stays light

        with self._progress(Phase.PLACING) as listener:
            applied = api.apply(plan, jobs=jobs, progress=listener)
        self._report(*_describe_applied(applied, total(plan).media))
        self._report_undo(plan.dandiset)

    def continue_run(
        self,
        option: str,
        dandiset: Path | None,
        *,
        jobs: int | None,
        trust_journal: bool,
        yes: bool,
    ) -> bool:
        """Finish the last run, undo it, or make the runs final, and say so.

        Parameters
        ----------
        option
            ``--resume``, ``--undo`` or ``--finalize``.
        dandiset
            As typed.
        jobs
            How many files to place at a time.
        trust_journal
            Whether a run of another user is meant, too.
        yes
            Whether not to ask before originals are removed.

        Returns
        -------
        bool
            Whether it was done: ``False`` if the user was asked and said no.
        """
        from posecheck import api  # noqa: PLC0415 - help stays light

        if option == "--finalize":
            lost = api.finalize_organize(dandiset, trust_journal=trust_journal, dry_run=True)
            if lost.originals and not yes and not confirm(_describe_loss(lost), color=self._color):
                return False
            done = api.finalize_organize(dandiset, trust_journal=trust_journal)
            self._report(*_describe_finalized(done))
        elif option == "--resume":
            with self._progress(Phase.PLACING) as listener:
                applied = api.resume_organize(
                    dandiset, jobs=jobs, trust_journal=trust_journal, progress=listener
                )
            self._report(*_describe_applied(applied, _count_media(applied.media)))
            self._report_undo(dandiset)
        else:
            with self._progress(Phase.UNDOING) as listener:
                undone = api.undo_organize(dandiset, trust_journal=trust_journal, progress=listener)
            self._report(*_describe_undone(undone))
        return True

    def _progress(self, phase: Phase) -> ProgressBar:
        """Show how far a run is."""
        return ProgressBar(sys.stderr, sys.stdout, color=self._color, phase=phase)

    def _report(self, *sentences: str) -> None:
        console = self._open()
        for sentence in sentences:
            print_hanging(console, Text(), Text(escape(sentence)))

    def _report_undo(self, dandiset: str | Path | None) -> None:
        """Say how to undo the run, on a line that can be pasted where the user stands."""
        from posecheck.report.commands import organize_command  # noqa: PLC0415 - help stays light

        command = organize_command("--undo", dandiset)
        self._open().print(Text("To undo it: ").append(command, style="bold"), soft_wrap=True)

    def _open(self) -> OutputConsole:
        return open_console(sys.stderr if self._json else sys.stdout, color=self._color)


def _to_json(plan: OrganizePlan) -> str:
    from posecheck.organize.plan.document import plan_to_json  # noqa: PLC0415 - help stays light

    return plan_to_json(plan)


def _describe_applied(applied: Applied, media: str) -> tuple[str, ...]:
    placed = " and ".join(filter(None, (counted(applied.recordings, "recording"), media)))
    is_one = applied.recordings + applied.media == 1
    where = "is in its place" if is_one else "are in their places"
    return (
        f"Done in {applied.seconds:.1f} s: {placed} ({sized(applied.bytes)}) {where}.",
        *applied.notes,
    )


def _describe_undone(undone: Undone) -> tuple[str, ...]:
    media = _count_media(undone.media)
    back = " and ".join(filter(None, (counted(undone.recordings, "recording"), media)))
    return (
        f"Undone in {undone.seconds:.1f} s: {back or 'nothing was in its place'}.",
        *undone.notes,
    )


def _describe_loss(lost: Finalized) -> str:
    originals = counted(lost.originals, "original")
    return (
        f"Remove {originals} of videos that came into another container, free {sized(lost.bytes)}, "
        "and be unable to undo the runs?"
    )


def _describe_finalized(done: Finalized) -> tuple[str, ...]:
    what = "The run is" if done.runs == 1 else f"{done.runs:,} runs are"
    return (
        f"{what} final and can no longer be undone; {sized(done.bytes)} are free.",
        *done.notes,
    )


def _count_media(count: int) -> str:
    # A journal does not distinguish videos from images.
    return counted(count, "media file") if count else ""
