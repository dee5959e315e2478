"""Write a page per rule, and the catalogue as one table, from the declarations.

Documents link to a declaration (``../../rules/file/FIL006.toml``), which a checkout has; where they
are rendered, the link leads to the rule's page.
"""

from __future__ import annotations

import os
import re
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from posecheck.catalog import load_catalog, load_writers
from posecheck.model.finding import Severity
from posecheck.model.rule import Rule
from posecheck.model.wording import parts_of_remedy
from posecheck.model.writer import recipes_for
from posecheck.report.declared_fixes import declared_fixes
from posecheck.report.rule_examples import accepted_cases, example_of_fix, reported_cases

TABLES = Path("_generated") / "rules.md"
"""What ``reference/rules/index.md`` includes."""

WRITERS = Path("_generated") / "writers.md"
"""What ``how-to/writers.md`` includes."""

_LINK = re.compile(r"(?<=\]\()[^()\s:#]+(?=\))")


def write_pages(app: Any) -> None:
    """Write the pages of all rules; those that did not change keep their time."""
    source = Path(app.srcdir)
    folder = source / "reference" / "rules"
    rules = load_catalog()
    pages = {folder / f"{rule.code}.md": page(rule) for rule in rules}
    for stale in set(folder.glob("[A-Z]*.md")) - set(pages):
        stale.unlink()
    pages[source / TABLES] = tables(rules)
    pages[source / WRITERS] = writers()
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def lead_to_pages(app: Any, document: str, source: list[str]) -> None:
    """Let links to declarations lead to their pages; Sphinx calls it with each document's text."""
    source[0] = _LINK.sub(lambda link: page_of(link[0], document), source[0])


def page_of(target: str, document: str) -> str:
    """Return the page that a link to a declaration, or to their folder, leads to.

    Parameters
    ----------
    target
        The link, relative to the document.
    document
        The document's name: its path in the documentation, without a suffix.

    Returns
    -------
    str
        The page's address in the documentation; any other link as it is.
    """
    folder = PurePosixPath("docs", document).parent
    place = PurePosixPath(os.path.normpath(folder / target))
    if place.parts[:1] != ("rules",):
        return target
    return f"/reference/rules/{place.stem if place.suffix else 'index'}.md"


def tables(rules: tuple[Rule, ...]) -> str:
    """Return the catalogue: a table per family, and the tree of pages."""
    lines = [f"There are {len(rules)} rules.", ""]
    by_family = sorted(rules, key=lambda rule: (rule.family, rule.code))
    for family, members in groupby(by_family, key=lambda rule: rule.family):
        lines += [f"## {family.replace('_', ' ').capitalize()}", ""]
        lines += ["| Code | Name | Severity | Fix |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.code}]({rule.code}.md) | {rule.name} | {severities(rule)} "
            f"| {safeties(rule)} |"
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
        f"Severity: **{severities(rule)}** · scope: {rule.scope.value} · since {rule.since}"
        + (f" · fix: {safeties(rule)}" if rule.fix_safeties else ""),
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
    lines += recipes(rule.code)
    lines += fix(rule)
    lines += example(rule)
    if rule.parameters:
        lines += ["## Parameters", "", "| Name | Default | Meaning |", "|---|---|---|"]
        lines += [
            f"| `{parameter.name}` | `{parameter.source or parameter.default}` | {parameter.what} |"
            for parameter in rule.parameters
        ]
        lines += ["", f"Set them under `[rules.{rule.code}]` in `posecheck.toml`.", ""]
    if rule.supersedes:
        quiet = ", ".join(f"`{item.code}`" for item in rule.supersedes)
        lines += ["## Supersedes", "", f"Where this rule reports, {quiet} is dropped.", ""]
    if rule.references:
        lines += ["## References", ""]
        lines += [f"- {reference_link(reference)}" for reference in rule.references]
        lines.append("")
    return "\n".join(lines)


def fix(rule: Rule) -> list[str]:
    """Return what a fix changes, or why there is none, and the lines that fix the first case."""
    declared = declared_fixes(rule)
    if not declared:
        return []
    lines = ["## Fix", ""]
    for item in declared:
        about = f"As {', '.join(f'`{name}`' for name in item.variants)}: " if item.variants else ""
        text = f"{about}{item.text}"
        lines += [text[0].upper() + text[1:], ""]
    code = example_of_fix(rule)
    return [*lines, "With h5py, for example:", "", "```python", *code, "```", ""] if code else lines


def safeties(rule: Rule) -> str:
    """Return whether its fixes may be made without asking; empty if it has none."""
    return ", ".join(safety.value for safety in rule.fix_safeties)


def severities(rule: Rule) -> str:
    """Return the severities a rule reports with, the most severe first."""
    used = {rule.severity, *(variant.severity for variant in rule.variants.values())}
    usual = " or ".join(severity.value for severity in Severity if severity in used)
    outside = rule.severity_outside
    return usual if outside is None else f"{usual}; {outside.value} outside a dandiset"


def example(rule: Rule) -> list[str]:
    """Return what it says of the cases that it reports, and which it accepts."""
    lines = ["## Examples", ""]
    lines += [
        f"- {case.severity.value}, {case.title}: `{case.message}`"
        for case in reported_cases(rule, most=None)
    ]
    return [*lines, "", accepted_cases(rule), ""]


def recipes(code: str) -> list[str]:
    """Return what the users of each program can do about a finding."""
    lines = []
    for writer, recipe in recipes_for(load_writers(), code):
        about = f", as `{recipe.variant}`" if recipe.variant else ""
        lines += [f"**{writer.title}**{about}: {remedy(recipe.remedy)}", ""]
    return lines


def remedy(text: str) -> str:
    """Return a remedy with its lines of code as such."""
    prose, code = parts_of_remedy(text)
    return "\n".join([prose, "", "```python", *code, "```"]) if code else prose


def writers() -> str:
    """Return what is known of each program that writes pose files."""
    lines = []
    for writer in load_writers():
        lines += [f"## {writer.title}", "", writer.notes, ""]
        if writer.recipes:
            codes = sorted({recipe.code for recipe in writer.recipes})
            linked = ", ".join(
                f"`{code}`" if "." in code else f"[{code}](/reference/rules/{code}.md)"
                for code in codes
            )
            lines += [f"Tried with: {writer.tried}. Recipes for: {linked}.", ""]
    return "\n".join(lines)


def reference_link(reference: str) -> str:
    """Return an address as a link, anything else as it is."""
    return f"<{reference}>" if reference.startswith("http") else reference


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages)
    app.connect("source-read", lead_to_pages)
    return {"parallel_read_safe": True}
