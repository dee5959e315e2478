"""A plan to fix on the screen: made, printed, confirmed, and followed while it is applied."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from posecheck.cli.confirmation import ask, confirm
from posecheck.cli.output_formats import JSON, Output, with_console, write_documents
from posecheck.cli.progress_bar import ProgressBar
from posecheck.fix.plan.values import FixChoice, FixPlan
from posecheck.model.progress import Phase
from posecheck.model.wording import counted
from posecheck.report.console import OutputConsole, open_console, print_hanging
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from posecheck.fix.apply import Fixed
    from posecheck.fix.settings import FixSettings

_DRY = "--dry-run to see the plan only"


class FixScreen:
    """What a run shows: the plan on standard output, everything else on standard error.

    Parameters
    ----------
    outputs
        In which formats the plan is shown, and where; a person sees it unless standard output is
        taken.
    color
        Whether colors are allowed.
    diff
        Whether every change is shown.
    quiet, verbose
        How much of the rest is shown to a person.
    """

    def __init__(
        self, outputs: Sequence[Output], *, color: bool, diff: bool, quiet: bool, verbose: bool
    ) -> None:
        self._outputs = with_console(outputs)
        self._color = color
        self._json = Output(JSON) in self._outputs
        self._diff, self._quiet, self._verbose = diff, quiet, verbose

    def plan(self, settings: FixSettings) -> FixPlan:
        """Make a plan, with a bar if it takes long."""
        from posecheck.api.fix import plan_fix_from_settings  # noqa: PLC0415 - help stays light

        with self._progress(Phase.CHECKING) as listener:
            return plan_fix_from_settings(settings, listener)

    def show(self, plan: FixPlan) -> None:
        """Print a plan."""
        from posecheck.report.fix import FixPlanReport  # noqa: PLC0415 - help stays light

        def full(console: OutputConsole) -> None:
            FixPlanReport(console, diff=self._diff, verbose=self._verbose, quiet=self._quiet).print(
                plan
            )

        write_documents(self._outputs, full, lambda: _to_json(plan), color=self._color)

    def choose(self, plan: FixPlan, settings: FixSettings) -> FixSettings:
        """Ask for each rule, or for each of its files, and return the settings with the answers.

        Raises
        ------
        UsageError
            If there is nobody to ask.
        """
        from posecheck.report.fix import FixPlanReport  # noqa: PLC0415 - help stays light

        declined = set(settings.declined)
        for code in sorted(plan.codes):
            files = [file for file in plan.files if any(fix.code == code for fix in file.fixes)]
            part = replace(plan, files=tuple(file.only(code) for file in files))
            FixPlanReport(self._open(), diff=True, verbose=self._verbose).print_files(part)
            count = counted(plan.codes[code], "finding")
            choices = "y/N/f(ile by file)/q(uit)" if len(files) > 1 else "y/N/q(uit)"
            where = counted(len(files), "file")
            reply = self._ask(f"Fix {count} of {code} in {where}? [{choices}]")
            if reply in {"q", "quit"}:
                declined |= {FixChoice(other) for other in plan.codes if other >= code}
                break
            if reply in {"f", "file"} and len(files) > 1:
                declined |= {
                    FixChoice(code, file.path)
                    for file in files
                    if self._ask(f"Fix {code} in {escape(file.path)}? [y/N]") not in {"y", "yes"}
                }
            elif reply not in {"y", "yes"}:
                declined.add(FixChoice(code))
        return replace(settings, declined=frozenset(declined))

    def confirm(self, plan: FixPlan) -> bool:
        """Ask whether to apply a plan; anything but a yes is a no.

        Raises
        ------
        UsageError
            If there is nobody to ask.
        """
        from posecheck.report.fix import question  # noqa: PLC0415 - help stays light

        return confirm(question(plan), otherwise=_DRY, color=self._color)

    def apply(self, plan: FixPlan, *, jobs: int | None) -> Fixed:
        """Apply a plan, and say what was done."""
        from posecheck import api  # noqa: PLC0415 - help stays light

        with self._progress(Phase.PLACING) as listener:
            fixed = api.apply(plan, jobs=jobs, progress=listener)
        self._report_fixed(fixed, plan.root)
        return fixed

    def resume(self, path: Path | None, *, jobs: int | None, trust_journal: bool) -> Fixed:
        """Finish the last run, and say so."""
        from posecheck import api  # noqa: PLC0415 - help stays light

        with self._progress(Phase.PLACING) as listener:
            fixed = api.resume_fix(path, jobs=jobs, trust_journal=trust_journal, progress=listener)
        self._report_fixed(fixed, path)
        return fixed

    def undo(self, path: Path | None, *, trust_journal: bool) -> None:
        """Undo the last run, and say so."""
        from posecheck import api  # noqa: PLC0415 - help stays light
        from posecheck.report.fix import describe_undone  # noqa: PLC0415 - help stays light

        with self._progress(Phase.UNDOING) as listener:
            undone = api.undo_fix(path, trust_journal=trust_journal, progress=listener)
        self._report(*describe_undone(undone))

    def finalize(self, path: Path | None, *, trust_journal: bool) -> None:
        """Make the runs final, and say so."""
        from posecheck import api  # noqa: PLC0415 - help stays light

        done = api.finalize_fix(path, trust_journal=trust_journal)
        runs = "The run is" if done.runs == 1 else f"{done.runs:,} runs are"
        self._report(
            f"{runs} final and can no longer be undone; {sized(done.bytes)} are free.",
            *done.notes,
        )

    def status(self, path: Path | None, *, trust_journal: bool) -> None:
        """Show the runs that can be resumed or undone."""
        from posecheck import api  # noqa: PLC0415 - help stays light

        for run in api.list_fix_runs(path, trust_journal=trust_journal):
            self._report(
                f"{run.run}: {run.placed:,} of {counted(run.files, 'file')} fixed, {run.state}."
            )

    def _ask(self, question: str) -> str:
        return ask(question, otherwise=_DRY, color=self._color)

    def _progress(self, phase: Phase) -> ProgressBar:
        return ProgressBar(sys.stderr, sys.stdout, color=self._color, phase=phase)

    def _report_fixed(self, fixed: Fixed, folder: str | Path | None) -> None:
        from posecheck.report.commands import fix_command  # noqa: PLC0415 - help stays light
        from posecheck.report.fix import describe_fixed, print_undone_files  # noqa: PLC0415

        print_undone_files(self._open(), fixed)
        self._report(*describe_fixed(fixed))
        if fixed.files:
            command = fix_command("--undo", folder)
            self._open().print(Text("To undo it: ").append(command, style="bold"), soft_wrap=True)

    def _report(self, *sentences: str) -> None:
        console = self._open()
        for sentence in sentences:
            print_hanging(console, Text(), Text(escape(sentence)))

    def _open(self) -> OutputConsole:
        return open_console(sys.stderr if self._json else sys.stdout, color=self._color)


def _to_json(plan: FixPlan) -> str:
    from posecheck.fix.plan.document import plan_to_json  # noqa: PLC0415 - help stays light

    return plan_to_json(plan)
