"""A report for a person: each file's findings as the file is done, and a summary at the end."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from posecheck.model.fail_on import ON_ERRORS, FailOn
from posecheck.model.finding import INTERNAL_ERROR, Finding, Severity, Skipped
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.model.wording import counted
from posecheck.report.by_rule import EXAMPLES, GroupBy, print_by_rule
from posecheck.report.console import print_hanging
from posecheck.report.dandiset_contents import describe_dandisets
from posecheck.report.escapes import escape, escape_all, shorten
from posecheck.report.finding_groups import (
    Fold,
    RuleBlock,
    enumerate_names,
    fold_findings,
    split_location,
)
from posecheck.report.gate import describe_baseline, describe_changes, describe_content
from posecheck.report.pose_table import print_search
from posecheck.report.remedies import INDENT, RemedyPrinter
from posecheck.report.summary import (
    STATUS_WORDS,
    STYLES,
    RuleTally,
    count_severities,
    describe_configuration,
    describe_fixes,
    describe_pose,
    describe_remembered,
    describe_rules,
    describe_statuses,
    summarize,
    tally_rules,
)

_PLACES = 5
_NAME = 48
_FEW_FILES = 3
_HANDFUL = 5
"""Up to so many files are listed one by one, unless the user says otherwise."""


class TerminalReport:
    """Print a run while it goes on.

    Parameters
    ----------
    console
        Where to print; see `posecheck.report.console.open_console`.
    verbose
        Whether to list every finding by itself, clean files, and what was skipped and why.
    quiet
        Whether to leave out files without a finding at or above ``fail_on``.
    fail_on
        The threshold of ``quiet``; ``None`` where no finding fails the run.
    group_by
        What findings are ordered by. By default a handful of files are listed one by one, and more
        are listed rule by rule at the end.
    per_rule
        How many places are shown of a rule: in a file, or over all files; 0 stands for all.
    min_severity
        The least severity that is shown.
    statistics
        Whether to show no finding, but the table of the rules.

    Notes
    -----
    A remedy is printed where it is first needed. The summary of a report that is too long to scroll
    back repeats those of the rules that reported in several files. Where the findings with one
    remedy carry edits, the lines of h5py that make them for the first finding stand under it;
    ``verbose`` shows those of all.
    """

    def __init__(  # noqa: PLR0913 - each has its default
        self,
        console: Console,
        *,
        verbose: bool = False,
        quiet: bool = False,
        fail_on: FailOn = ON_ERRORS,
        group_by: GroupBy | None = None,
        per_rule: int | None = None,
        min_severity: Severity = Severity.HINT,
        statistics: bool = False,
    ) -> None:
        self.console = console
        self._group_by = group_by
        self._per_rule = per_rule
        self._min_severity = min_severity
        self._statistics = statistics
        self._verbose = verbose
        self._quiet = quiet
        self._fail_on = fail_on
        self._remedies = RemedyPrinter(console, verbose=verbose)
        self._begun = False

    def begin(self, files: int) -> None:
        """Take note of how many files there are, which decides what findings are ordered by."""
        if self._group_by is None and files > _HANDFUL and not self._verbose:
            self._group_by = GroupBy.RULE

    def shows(self, file: FileReport) -> bool:
        """Whether `add` would print anything for a file."""
        if self._statistics or self._group_by not in {None, GroupBy.FILE}:
            return False
        if self._quiet:
            return any(self._fail_on.fails(each.code, each.severity) for each in file.active)
        return bool(self._shown_of(file)) or self._verbose

    def add(self, file: FileReport) -> None:
        """Print what was found in one file.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        """
        if not self.shows(file):
            return
        with self.console:  # one write for the whole block
            if self._begun and file.active:
                self.console.print()
            self._begun = True
            self._print_head(file)
            self._remedies.begin_file()
            for block in fold_findings(self._shown_of(file)):
                self._print_block(block)
            if self._verbose:
                self._print_skipped(file.skipped)

    def finish(self, report: Report) -> None:
        """Print the summary of a finished run.

        Raises
        ------
        BrokenPipeError
            If the reader went away.
        """
        if self._begun:
            self.console.print()
        with self.console:
            self._print_rules(report)
        self._print(summarize(report))
        hidden = sum(
            number
            for (severity, code), number in report.active_kinds.items()
            if not self._is_shown(severity, code)
        )
        if hidden and not self._quiet:
            least = self._min_severity.value
            text = f"{counted(hidden, 'finding')} below --min-severity {least}: not shown."
            self._print(Text(text, style="dim"))
        for line in (*describe_dandisets(report), *describe_fixes(report)):
            self._print(Text(line))
        print_search(self.console, report)
        for line in (
            *describe_remembered(report),
            *describe_statuses(report),
            *describe_rules(report, verbose=self._verbose),
        ):
            self._print(Text(line, style="dim"))
        gate = (
            *describe_changes(report),
            *describe_content(report, verbose=self._verbose),
            *describe_baseline(report, verbose=self._verbose),
        )
        for line in gate:
            self._print(Text(line, style="dim"))
        for line in describe_configuration(report.configuration, verbose=self._verbose):
            self._print(Text(line, style="dim"))

    def _print_rules(self, report: Report) -> None:
        """Print what is said rule by rule, where there are too many files to go through."""
        touched = sum(totals.with_active for totals in report.totals)
        if self._group_by in {GroupBy.RULE, GroupBy.SEVERITY} and not self._statistics:
            if any(self._is_visible(*kind) for kind in report.active_kinds):
                most = EXAMPLES if self._per_rule is None else self._per_rule or None
                print_by_rule(
                    self.console,
                    report,
                    self._remedies,
                    shows=lambda each: self._is_visible(each.severity, each.code),
                    most=None if self._verbose else most,
                    headings=self._group_by is GroupBy.SEVERITY,
                )
                self.console.print()
        elif touched > _FEW_FILES or self._statistics:
            tallies = [
                each
                for each in tally_rules(report.blocks)
                if self._is_visible(each.severity, each.code)
            ]
            if tallies:
                self._print_tallies(tallies)
                self.console.print()

    def _is_shown(self, severity: Severity, code: str) -> bool:
        return severity.reaches(self._min_severity) or code == INTERNAL_ERROR

    def _shown_of(self, file: FileReport) -> list[Finding]:
        return [each for each in file.active if self._is_shown(each.severity, each.code)]

    def _is_visible(self, severity: Severity, code: str) -> bool:
        """Whether a report over many files includes such findings."""
        if code == INTERNAL_ERROR:
            return True
        if self._quiet and not self._fail_on.fails(code, severity):
            return False
        return severity.reaches(self._min_severity)

    def _print(self, text: Text, *, indent: str = "") -> None:
        print_hanging(self.console, Text(indent), text)

    def _print_head(self, file: FileReport) -> None:
        head = Text(escape(file.path), style="bold")
        if file.status is not FileStatus.CHECKED:
            head.append(f"  {STATUS_WORDS[file.status]}", style="not bold magenta")
        if file.active:
            head.append("  ").append_text(count_severities(file.count, style="not bold"))
        elif file.findings:
            head.append("  no new findings", style="not bold green")
        elif file.status is FileStatus.CHECKED:
            head.append("  clean", style="not bold green")
        self._print(head)
        if self._verbose:
            details = [
                describe_pose(file.pose),
                counted(file.rules_run, "rule"),
                f"{file.seconds:.1f} s",
            ]
            self._print(Text(", ".join(filter(None, details)), style="dim"), indent="  ")

    def _print_block(self, block: RuleBlock) -> None:
        most = _PLACES if self._per_rule is None else self._per_rule or None
        shown = block.folds if self._verbose else block.folds[:most]
        for fold in shown:
            self._print_fold(block, fold)
        hidden = block.folds[len(shown) :]
        if hidden:
            findings = counted(sum(len(fold.findings) for fold in hidden), "finding")
            places = counted(len(hidden), "more place")
            self._remedies.print_rest(f"{findings} of {escape(block.code)} in {places}")

    def _print_fold(self, block: RuleBlock, fold: Fold) -> None:
        head = Text("  ").append(f"{block.severity.value:<9}", style=STYLES[block.severity])
        title = _title(block.code, block.name)
        if len(fold.findings) > 1:
            title.append(f" × {len(fold.findings):,}", style="bold")
        if len(fold.findings) > 1 and not fold.is_one_place and not self._verbose:
            names = [shorten(name, _NAME) for name in escape_all(fold.names)]
            title.append(f": {enumerate_names(names)}")
        print_hanging(self.console, head, title)
        self._print_messages(fold)
        place = fold.first.location if fold.is_one_place else fold.parent
        if place.strip("/"):
            self._print(Text(f"in {self._remedies.cut(place)}", style="dim"), indent=INDENT)
        self._print_remedies(block, fold)

    def _print_messages(self, fold: Fold) -> None:
        if fold.is_one_place:
            # Several things said of one object (two missing files of one video): nothing to fold.
            messages = list(dict.fromkeys(finding.message for finding in fold.findings))
        elif self._verbose:
            named = ((split_location(f.location)[1], f.message) for f in fold.findings)
            messages = [f"{name}: {message}" for name, message in named]
        elif fold.differ:
            messages = [f"e.g. {fold.first.message}"]
        else:
            messages = [fold.first.message]
        visible = messages if self._verbose else messages[:_PLACES]
        for message in visible:
            self._print(Text(self._remedies.cut(message)), indent=INDENT)
        if len(visible) < len(messages):
            self._remedies.print_rest(f"{len(messages) - len(visible):,} more")

    def _print_remedies(self, block: RuleBlock, fold: Fold) -> None:
        for remedy in list(dict.fromkeys(finding.remedy for finding in fold.findings))[:_PLACES]:
            is_new = self._remedies.print_remedy(remedy, fold.first.code)
            if self._verbose:
                for finding in fold.findings:
                    if finding.remedy == remedy:
                        self._remedies.print_edits(finding)
            elif is_new:
                self._print_first_edits(block, fold, remedy)

    def _print_first_edits(self, block: RuleBlock, fold: Fold, remedy: str) -> None:
        """Print what fixes the first finding with a remedy, and count the others of the file."""
        here = [item for item in fold.findings if item.remedy == remedy and item.edits]
        if not here:
            return
        self._remedies.print_edits(here[0])
        others = {
            item.edits
            for other in block.folds
            for item in other.findings
            if item.remedy == remedy and item.edits
        }
        if len(others) > 1:
            self._remedies.print_rest(f"the like for {len(others) - 1:,} more")

    def _print_skipped(self, skipped: Iterable[Skipped]) -> None:
        places: dict[tuple[str, str], list[str]] = {}
        for skip in skipped:
            places.setdefault((skip.code, skip.reason), []).append(skip.location)
        for (code, reason), locations in places.items():
            head = Text("  ").append(f"{'skipped':<9}", style="dim")
            text = Text(f"{escape(code)}: {escape(reason)}", style="dim")
            named = [escape(location) for location in locations if location.strip("/")]
            if named:
                text.append(f" (in {enumerate_names(named, width=120)})")
            print_hanging(self.console, head, text)

    def _print_tallies(self, tallies: Iterable[RuleTally]) -> None:
        self._print(Text("By rule", style="bold"))
        for tally in tallies:
            head = Text("  ").append(f"{tally.severity.value:<9}", style=STYLES[tally.severity])
            title = _title(tally.code, tally.name)
            findings, files = counted(tally.findings, "finding"), counted(tally.files, "file")
            print_hanging(self.console, head, title.append(f": {findings} in {files}"))
            if tally.files > 1 and tally.remedy and not self._statistics:
                self._remedies.repeat_remedy(tally.remedy, tally.code)


def _title(code: str, name: str) -> Text:
    title = Text().append(escape(code), style="bold")
    return title if name == code else title.append(f" {escape(name)}")
