"""Write a page per rule, and the catalogue as one table, from the declarations."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from posecheck.catalog import load_catalog
from posecheck.model.finding import Severity
from posecheck.model.rule import Case, Rule


def write_pages(app: Any) -> None:
    """Write ``reference/rules/`` anew; pages that did not change keep their time."""
    folder = Path(app.srcdir) / "reference" / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    rules = load_catalog()
    pages = {f"{rule.code}.md": page(rule) for rule in rules}
    pages["index.md"] = index(rules)
    for stale in {path.name for path in folder.glob("*.md")} - set(pages):
        (folder / stale).unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def index(rules: tuple[Rule, ...]) -> str:
    """Return the catalogue: a table per family, and the tree of pages."""
    lines = [
        "# Rules",
        "",
        f"posecheck has {len(rules)} rules of its own. Select or ignore them by code, by the "
        "beginning of a code (`VID`), or by name; LAY007 and LAY008 are asked by `posecheck "
        "upload` alone. *Error*: data would be misread, lost or refused. "
        "*Warning*: a best practice is violated. *Hint*: could be better.",
        "",
    ]
    by_family = sorted(rules, key=lambda rule: (rule.family, rule.code))
    for family, members in groupby(by_family, key=lambda rule: rule.family):
        lines += [f"## {family.replace('_', ' ').capitalize()}", ""]
        lines += ["| Code | Name | Severity | Fix |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.code}]({rule.code}.md) | {rule.name} | {severities(rule)} "
            f"| {rule.fix.value if rule.fix else ''} |"
            for rule in members
        ]
        lines.append("")
    lines += ["```{toctree}", ":hidden:", "", *[rule.code for rule in rules], "```", ""]
    return "\n".join(lines)


def page(rule: Rule) -> str:
    """Return one rule's page."""
    lines = [
        f"# {rule.code} {rule.name}",
        "",
        f"Severity: **{severities(rule)}** · judges: {rule.scope.value} · since {rule.since}"
        + (f" · fix: {rule.fix.value}" if rule.fix else ""),
        "",
        "## What",
        "",
        rule.what,
        "",
        "## Why",
        "",
        rule.why,
        "",
        "## Remedy",
        "",
        rule.remedy,
        "",
    ]
    for variant in rule.variants.values():
        if variant.remedy != rule.remedy:
            lines += [f"As `{variant.name}`: {variant.remedy}", ""]
    lines += example(rule)
    if rule.parameters:
        lines += ["## Parameters", "", "| Name | Default | Meaning |", "|---|---|---|"]
        lines += [
            f"| `{parameter.name}` | `{parameter.source or parameter.default}` | {parameter.what} |"
            for parameter in rule.parameters
        ]
        lines += ["", f"Set them under `[rules.{rule.code}]` in `posecheck.toml`.", ""]
    if rule.supersedes:
        quiet = ", ".join(f"`{code}`" for code in rule.supersedes)
        lines += ["## Supersedes", "", f"Where this rule speaks, {quiet} stays silent.", ""]
    if rule.references:
        lines += ["## References", ""]
        lines += [f"- {reference_link(reference)}" for reference in rule.references]
        lines.append("")
    return "\n".join(lines)


def severities(rule: Rule) -> str:
    """Return the severities a rule speaks with, the gravest first."""
    used = {rule.severity, *(variant.severity for variant in rule.variants.values())}
    return " or ".join(severity.value for severity in Severity if severity in used)


def example(rule: Rule) -> list[str]:
    """Return the messages of the cases that report."""
    reported: list[Case] = [case for case in rule.cases if case.expect]
    lines = ["## Example", ""]
    for case in reported:
        lines += [f"- {case.id}: `{message}`" for message in case.expect]
    accepted = ", ".join(case.id for case in rule.cases if not case.expect)
    return [*lines, "", f"Accepted: {accepted}.", ""]


def reference_link(reference: str) -> str:
    """Return an address as a link, anything else as it is."""
    return f"<{reference}>" if reference.startswith("http") else reference


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}
