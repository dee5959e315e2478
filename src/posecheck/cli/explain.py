"""``posecheck explain CODE``: a rule's page."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from posecheck.catalog import load_catalog, load_validators, load_writers
from posecheck.cli.error_handling import handle_errors
from posecheck.cli.option_values import complete_codes
from posecheck.cli.options import NoColor, Traceback
from posecheck.model.errors import UsageError
from posecheck.model.explanation import Explanation, ValidatorGuide
from posecheck.model.finding import Severity
from posecheck.model.rule import Parameter, Rule
from posecheck.model.wording import parts_of_remedy
from posecheck.model.writer import recipes_for
from posecheck.report.console import open_console, print_hanging
from posecheck.report.declared_fixes import DeclaredFix, declared_fixes
from posecheck.report.escapes import escape
from posecheck.report.rule_examples import accepted_cases, example_of_fix, reported_cases
from posecheck.report.summary import STYLES

_INDENT = 13

Codes = Annotated[
    list[str],
    typer.Argument(
        metavar="CODE",
        help="Codes or names, such as VID002 or external-file-missing.",
        autocompletion=complete_codes,
    ),
]


@handle_errors
def explain(codes: Codes, no_color: NoColor = False, traceback: Traceback = False) -> None:
    """Print what a code means, and what to do: a rule's, or another validator's."""
    catalog = load_catalog()
    pages: dict[str, Rule | ValidatorGuide | tuple[Explanation, ...]] = {}
    for word in codes:
        validator = find_validator(word)
        if validator is None:
            rule = find_rule(catalog, word)
            pages[rule.code] = rule
        elif "." in word:
            checks = find_checks(validator, word)
            pages[checks[0].code] = checks
        else:
            pages[validator.prefix] = validator
    console = open_console(sys.stdout, color=not no_color)
    for number, page in enumerate(pages.values()):
        if number:
            console.print()
        if isinstance(page, Rule):
            _print_page(console, page)
        elif isinstance(page, ValidatorGuide):
            text = f"{page.prefix} begins the codes of {page.title}, which explains them at "
            console.print(Text(f"{text}{page.index}"), soft_wrap=True)
        else:
            _print_checks(console, page)


def find_validator(word: str) -> ValidatorGuide | None:
    """Find the validator whose prefix begins a code, in any case; ``None`` for posecheck's own."""
    begin = word.partition(".")[0].casefold()
    validators = load_validators().values()
    return next((each for each in validators if each.prefix.casefold() == begin), None)


def find_checks(validator: ValidatorGuide, word: str) -> tuple[Explanation, ...]:
    """Find what is known of another validator's code, in any case.

    Raises
    ------
    UsageError
        If it has no such code; the sentence names the nearest.
    """
    from posecheck.config.selection import nearest  # noqa: PLC0415 - help stays light
    from posecheck.validators.explanations import explanations  # noqa: PLC0415 - it costs seconds

    known = explanations(validator.prefix)
    for code, checks in known.items():
        if code.casefold() == word.casefold():
            return checks
    near = nearest(word, list(known)) or f"; see {validator.index}"
    raise UsageError(f"{validator.title} gives no finding with the code {word!r}{near}")


def find_rule(catalog: Sequence[Rule], word: str) -> Rule:
    """Find a rule by its code, in any case, or by its name.

    Raises
    ------
    UsageError
        If there is none; the sentence names the nearest.
    """
    from posecheck.config.selection import nearest  # noqa: PLC0415 - help stays light

    for rule in catalog:
        if word.upper() == rule.code or word.lower() == rule.name:
            return rule
    known = [*(rule.code for rule in catalog), *(rule.name for rule in catalog)]
    raise UsageError(
        f"no rule has the code or name {word!r}{nearest(word, known) or '; see posecheck rules'}"
    )


def _print_page(console: Console, rule: Rule) -> None:
    console.print(Text(rule.code, style="bold").append(f"  {rule.name}"))
    facts = Text("  ").append(rule.severity.value, style=STYLES[rule.severity])
    if rule.severity_outside is not None:
        facts.append(f" ({rule.severity_outside.value} outside a dandiset)")
    facts.append(f", family {rule.family}, since {rule.since}")
    scopes = " and each ".join(scope.value for scope in rule.scopes)
    console.print(facts.append(f", evaluated on each {scopes}"), soft_wrap=True)
    for title, text in _paragraphs(rule):
        print_hanging(console, Text(f"  {title:<{_INDENT - 2}}", style="dim"), text)


def _print_checks(console: Console, checks: Sequence[Explanation]) -> None:
    """Print another validator's code: what it means, and what to do, by what its findings say."""
    first = checks[-1]
    title = load_validators()[first.code.partition(".")[0]].title
    console.print(Text(first.code, style="bold").append(f"  {first.name}", style="not bold"))
    console.print(Text(f"  a finding of {title}"), soft_wrap=True)
    console.print()
    for title, text in _of_checks(checks):
        print_hanging(console, Text(f"  {title:<{_INDENT - 2}}", style="dim"), text)


def _of_checks(checks: Sequence[Explanation]) -> Iterator[tuple[str, Text]]:
    for check in checks:
        about = f"if it says {check.says!r}: " if check.says else ""
        prose, lines = parts_of_remedy(check.remedy)
        if check.what:
            yield "what", _prose(f"{about}{check.what}")
        yield "remedy", _prose(f"{about}{prose}")
        for line in lines:
            yield "", Text(f"    {line}", style="cyan", no_wrap=True)
    yield from _recipes(checks[0].code)
    yield from _titled("page", [Text(page) for page in dict.fromkeys(c.page for c in checks)])


def _relations(rule: Rule) -> Iterator[tuple[str, Text]]:
    """Say what the rule reads and needs, and whom it replaces."""
    if rule.reads:
        yield "reads", Text(", ".join(rule.reads))
    if rule.needs:
        yield "needs", Text(", ".join(rule.needs))
    if rule.sample:
        yield "sample", Text("also evaluated where only a sample of the rows was read")
    if rule.supersedes:
        yield "supersedes", Text(", ".join(item.code for item in rule.supersedes))


def _paragraphs(rule: Rule) -> Iterator[tuple[str, Text]]:
    yield "", Text()
    yield "message", Text(rule.message)
    for variant in rule.variants.values():
        yield "", _severity(variant.severity).append(f" if {variant.name}: {variant.message}")
    yield "what", _prose(rule.what)
    yield "why", _prose(rule.why)
    yield "remedy", _prose(rule.remedy)
    for variant in rule.variants.values():
        if variant.remedy != rule.remedy:
            yield "", _prose(f"if {variant.name}: {variant.remedy}")
    yield from _recipes(rule.code)
    yield from _fixes(rule)
    yield from _titled("parameters", [_parameter(entry) for entry in rule.parameters])
    yield from _relations(rule)
    yield from _titled("references", [Text(reference) for reference in rule.references])
    yield from _examples(rule)


def _fixes(rule: Rule) -> Iterator[tuple[str, Text]]:
    fixes = declared_fixes(rule) or (DeclaredFix((), "by hand"),)
    for number, declared in enumerate(fixes):
        about = f"if {', '.join(declared.variants)}: " if declared.variants else ""
        yield ("" if number else "fix"), _prose(f"{about}{declared.text}")
    for line in example_of_fix(rule):
        yield "", Text(f">>> {escape(line)}")


def _examples(rule: Rule) -> Iterator[tuple[str, Text]]:
    for number, case in enumerate(reported_cases(rule)):
        if not number:
            yield "", Text()
        said = _severity(case.severity).append(f", {case.title}: {escape(case.message)}")
        yield ("" if number else "reported"), said
    accepted = accepted_cases(rule)
    if accepted:
        yield "accepted", Text(accepted)


def _recipes(code: str) -> Iterator[tuple[str, Text]]:
    """Print what the users of each program can do that has a recipe for a finding."""
    for writer, recipe in recipes_for(load_writers(), code):
        prose, lines = parts_of_remedy(recipe.remedy)
        about = f", if {recipe.variant}" if recipe.variant else ""
        head = Text(f"{writer.title}{about}: ", style="bold")
        yield "", head.append(prose, style="not bold")
        for line in lines:
            yield "", Text(f"    {line}", style="cyan", no_wrap=True)


def _titled(title: str, lines: Sequence[Text]) -> Iterator[tuple[str, Text]]:
    for number, line in enumerate(lines):
        yield ("" if number else title), line


def _parameter(parameter: Parameter) -> Text:
    default = f"as in {parameter.source}" if parameter.source else _toml(parameter.default)
    return Text(parameter.name, style="bold").append(
        f" = {default}  {' '.join(parameter.what.split())}", style="not bold"
    )


def _severity(severity: Severity) -> Text:
    return Text().append(severity.value, style=STYLES[severity])


def _prose(text: str) -> Text:
    return Text(" ".join(text.split()))


def _toml(value: Any) -> str:
    """Write a value as the declaration does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(value)
