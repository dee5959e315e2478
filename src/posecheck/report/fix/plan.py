"""A plan to fix: each place before and after, what is left as it is and why, and how much it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.text import Text

from posecheck.fix.plan.values import FixPlan, PlannedChange, PlannedFile, PlannedFix, UntouchedFile
from posecheck.model.edit import FixSafety
from posecheck.model.wording import counted
from posecheck.report.console import OutputConsole, print_hanging
from posecheck.report.escapes import escape, shorten_inside
from posecheck.report.sizes import sized

_MOST_CHANGES = 40
"""Changes beyond which rules are shown in place of files."""
_MOST_ALIKE = 3
_MOST_REFUSED = 5
_LONGEST = 160
_LITTLE = 100_000
"""Bytes of replaced data that are worth no word."""
_GAP = "  "


class FixPlanReport:
    """Prints a plan to fix.

    Parameters
    ----------
    console
        Where to print.
    diff
        Whether every change of every file is shown, each by itself.
    verbose
        Whether to cut nothing.
    quiet
        Whether to show no more than what is left as it is, and the totals.
    """

    def __init__(
        self,
        console: OutputConsole,
        *,
        diff: bool = False,
        verbose: bool = False,
        quiet: bool = False,
    ) -> None:
        self._console = console
        self._diff = diff
        self._verbose = verbose
        self._quiet = quiet
        self._repack = False

    def print(self, plan: FixPlan) -> None:
        """Print a plan."""
        self._repack = plan.repack
        changes = sum(len(file.changes) for file in plan.files)
        if self._diff or (not self._quiet and (self._verbose or changes <= _MOST_CHANGES)):
            self.print_files(plan)
            self._print_assumptions(plan)
        elif not self._quiet:
            self._print_rules(plan)
        self._print_refused(plan)
        self._print_totals(plan)

    def print_files(self, plan: FixPlan) -> None:
        """Print what becomes of each file."""
        for file in plan.files:
            self._print_file(file)

    def _print_file(self, file: PlannedFile) -> None:
        self._line(f"--- {escape(file.path)}", "bold")
        self._line(f"+++ {escape(file.path)} (fixed)", "bold")
        alike = _one_by_one if self._diff or self._verbose else _alike
        for several in alike(file.changes):
            self._print_changes(several, file)
        if file.left_behind > max(_LITTLE, file.stamp.size // 100) and not self._repack:
            self._line(
                f"{sized(file.left_behind)} of replaced data stay in the file: HDF5 does not give "
                "their space back; --repack does.",
                "dim",
            )
        self._console.print()

    def _print_changes(self, changes: Sequence[PlannedChange], file: PlannedFile) -> None:
        codes = dict.fromkeys(
            fix.code for fix in file.fixes if not {*changes}.isdisjoint(file.changed_by(fix))
        )
        shown = changes if len(changes) <= _MOST_ALIKE + 1 else changes[:_MOST_ALIKE]
        for change in shown:
            attribute = f" attribute {change.place.attribute}" if change.place.attribute else ""
            why = f"  ({escape(', '.join(codes))})" if codes else ""
            self._line(f"@@ {escape(change.place.path)}{escape(attribute)}{why}", "cyan")
        if len(shown) < len(changes):
            self._line(f"@@ … and {len(changes) - len(shown):,} more places alike", "cyan")
        if changes[0].before == changes[0].after:
            self._line(f"  {self._cut(changes[0].after)}", "dim")
            return
        if changes[0].before:
            self._line(f"-{self._cut(changes[0].before)}", "red")
        if changes[0].after:
            self._line(f"+{self._cut(changes[0].after)}", "green")

    def _print_assumptions(self, plan: FixPlan) -> None:
        """Print what fixes rest on, each once."""
        assumptions = {
            (fix.code, fix.assumption): None
            for file in plan.files
            for fix in file.fixes
            if fix.assumption
        }
        for code, assumption in sorted(assumptions):
            head = Text(f"{escape(code)} ", style="bold yellow")
            print_hanging(self._console, head, Text(escape(assumption)))
        if assumptions:
            self._console.print()

    def _print_rules(self, plan: FixPlan) -> None:
        for code, count in sorted(plan.codes.items()):
            held = [(file, fix) for file in plan.files for fix in file.fixes if fix.code == code]
            files = len({file.path for file, _ in held})
            head = Text(escape(code), style="bold")
            head.append(f"  {escape(held[0][1].name)}", style="default")
            where = f"{counted(count, 'finding')} in {counted(files, 'file')}"
            self._console.print(head.append(f"  {where}", style="dim"), soft_wrap=True)
            self._print_example(held)
        self._console.print()

    def _print_example(self, held: Sequence[tuple[PlannedFile, PlannedFix]]) -> None:
        for what in dict.fromkeys(fix.what for _, fix in held):
            print_hanging(self._console, Text(_GAP), Text(escape(what)))
        for assumption in dict.fromkeys(fix.assumption for _, fix in held if fix.assumption):
            print_hanging(self._console, Text(_GAP), Text(escape(assumption), style="yellow"))
        file, fix = held[0]
        change = next(iter(file.changed_by(fix)), None)
        if change is not None:
            text = Text(f"{escape(file.path)} {escape(str(change.place))}: ", style="dim")
            text.append(self._cut(change.before) or "nothing", style="red")
            text.append(" → ").append(self._cut(change.after) or "nothing", style="green")
            print_hanging(self._console, Text(f"{_GAP}for example "), text)

    def _print_refused(self, plan: FixPlan) -> None:
        untouched: Iterable[UntouchedFile] = plan.untouched
        if not self._verbose:
            untouched = plan.untouched[:_MOST_REFUSED]
        for file in untouched:
            text = Text(f"{escape(file.path)}: ", style="bold")
            text.append(f"not fixed: {escape(file.reason)}", style="default")
            text.append(f". {escape(file.remedy)}" if file.remedy else "", style="green")
            print_hanging(self._console, Text("! ", style="yellow"), text)
        refused = [(file, one) for file in plan.files for one in file.refused]
        for changed, one in refused if self._verbose else refused[:_MOST_REFUSED]:
            text = Text(f"{escape(changed.path)} ", style="bold")
            text.append(
                f"{escape(one.code)} at {escape(one.location)} is not fixed: {escape(one.reason)}",
                style="default",
            )
            print_hanging(self._console, Text("! ", style="yellow"), text)
        hidden = max(0, len(plan.untouched) - _MOST_REFUSED) + max(0, len(refused) - _MOST_REFUSED)
        if hidden and not self._verbose:
            self._line(f"… and {hidden:,} more; --verbose lists them", "dim")
        if plan.untouched or refused:
            self._console.print()

    def _print_totals(self, plan: FixPlan) -> None:
        for sentence in _totals(plan):
            print_hanging(self._console, Text(), Text(sentence))

    def _cut(self, text: str) -> str:
        shown = escape(text)
        return shown if self._verbose or self._diff else shorten_inside(shown, _LONGEST)

    def _line(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)


def _totals(plan: FixPlan) -> Iterator[str]:
    if plan.is_empty:
        yield f"Nothing to fix in {counted(plan.checked, 'file')}."
    else:
        unsafe = sum(fix.safety is FixSafety.UNSAFE for file in plan.files for fix in file.fixes)
        safe = plan.fixes - unsafe
        parts = [f"{_fixes(safe, 'safe ')}"] if safe else []
        if unsafe:
            parts.append(f"{_fixes(unsafe)} with an assumption")
        yield (f"{' and '.join(parts)} in {len(plan.files):,} of {counted(plan.checked, 'file')}.")
    available = sum(count for _, count in plan.available)
    if available:
        codes = escape(", ".join(code for code, _ in plan.available[:8]))
        more = ", …" if len(plan.available) > 8 else ""
        yield (
            f"{counted(available, 'more finding')} can be fixed with --unsafe-fixes, "
            f"which assumes something: {codes}{more}. `posecheck explain CODE` says what."
        )
    left = sum(count for _, count in plan.left)
    if left:
        yield (
            f"{counted(left, 'finding')} {'is' if left == 1 else 'are'} left, which no fix is "
            "for: `posecheck validate` shows them."
        )


def _fixes(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}{'fix' if count == 1 else 'fixes'}"


def question(plan: FixPlan) -> str:
    """Return the question whether to do it, in one sentence that says how much."""
    return f"Fix {counted(plan.fixes, 'finding')} in {counted(len(plan.files), 'file')}?"


def _one_by_one(changes: Sequence[PlannedChange]) -> Iterator[list[PlannedChange]]:
    for change in changes:
        yield [change]


def _alike(changes: Sequence[PlannedChange]) -> Iterator[list[PlannedChange]]:
    """Yield changes together that say the same of places that follow each other."""
    keyed = groupby(changes, lambda one: (one.place.attribute, one.before, one.after))
    for _, several in keyed:
        yield list(several)
