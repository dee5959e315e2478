"""``posecheck rules``: the catalogue as a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from posecheck.catalog import load_catalog
from posecheck.cli.error_handling import handle_errors
from posecheck.cli.option_values import split_codes
from posecheck.cli.options import Documents, NoColor, Select, Traceback
from posecheck.cli.output_formats import parse_documents, write_documents
from posecheck.model.errors import Argument
from posecheck.model.rule import Rule
from posecheck.model.version import __version__
from posecheck.model.wording import counted
from posecheck.report.console import OutputConsole
from posecheck.report.json_document import dump
from posecheck.report.summary import STYLES


@handle_errors
def rules(
    select: Select = None,
    output: Documents = None,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """List the rules."""
    from posecheck.config.selection import codes_matching  # noqa: PLC0415 - help stays light

    chosen = load_catalog(with_cases=False)
    selectors = split_codes(select)
    if selectors is not None:
        codes = {
            code
            for selector in selectors
            for code in codes_matching(chosen, selector, key=Argument("select"))
        }
        chosen = tuple(rule for rule in chosen if rule.code in codes)
    write_documents(
        parse_documents(output),
        lambda console: _print_table(chosen, console),
        lambda: _rules_to_json(chosen),
        color=not no_color,
    )


def _print_table(chosen: Sequence[Rule], console: OutputConsole) -> None:
    console.print(_rules_table(chosen))
    console.print()
    console.print(
        Text(f"{counted(len(chosen), 'rule')}; posecheck explain CODE shows more.", style="dim")
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
            ", ".join(safety.value for safety in rule.fix_safeties),
            rule.since,
        )
    return table


def _rules_to_json(chosen: Sequence[Rule]) -> str:
    fields = [field.name for field in dataclasses.fields(Rule) if field.name != "cases"]
    listed = [{name: getattr(rule, name) for name in fields} for rule in chosen]
    return dump({"posecheck": __version__, "rules": listed})
