"""``posecheck rules``: the catalogue as a table."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from posecheck.catalog import load_catalog
from posecheck.cli.failures import failing_in_words
from posecheck.cli.options import Format, NoColor, OutputFormat, Select, Traceback, split_codes
from posecheck.model.errors import Argument
from posecheck.model.rule import Rule
from posecheck.model.version import __version__
from posecheck.model.wording import counted
from posecheck.report.console import open_console
from posecheck.report.json import dump
from posecheck.report.summary import STYLES


@failing_in_words
def rules(
    select: Select = None,
    output_format: Format = OutputFormat.TERMINAL,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """List the rules."""
    from posecheck.engine.selection import codes_matching  # noqa: PLC0415 - help stays light

    chosen = load_catalog(with_cases=False)
    selectors = split_codes(select)
    if selectors is not None:
        codes = {
            code
            for selector in selectors
            for code in codes_matching(chosen, selector, key=Argument("select"))
        }
        chosen = tuple(rule for rule in chosen if rule.code in codes)
    if output_format is OutputFormat.JSON:
        sys.stdout.write(_rules_to_json(chosen))
        return
    console = open_console(sys.stdout, color=not no_color)
    console.print(_rules_table(chosen))
    console.print()
    console.print(
        Text(f"{counted(len(chosen), 'rule')}; posecheck explain CODE tells more.", style="dim")
    )


def _rules_table(chosen: Sequence[Rule]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for title in ("code", "name", "severity", "family", "fix", "since"):
        table.add_column(title, overflow="fold")
    for rule in chosen:
        table.add_row(
            Text(rule.code, style="bold"),
            rule.name,
            Text(rule.severity.value, style=STYLES[rule.severity]),
            rule.family,
            rule.fix.value if rule.fix else "",
            rule.since,
        )
    return table


def _rules_to_json(chosen: Sequence[Rule]) -> str:
    fields = [field.name for field in dataclasses.fields(Rule) if field.name != "cases"]
    listed = [{name: getattr(rule, name) for name in fields} for rule in chosen]
    return dump({"posecheck": __version__, "rules": listed})
