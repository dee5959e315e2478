"""What the values of options mean: parsed, split, completed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer

from posecheck.archive.request_rate import LEAST_RATE, MOST_RATE
from posecheck.catalog import DeclarationError, load_catalog
from posecheck.execution.limits import LEAST_SECONDS, MOST_SECONDS
from posecheck.model.finding import NEVER, Severity, Threshold
from posecheck.validators.registry import POSE, engine_names, named_validators


def parse_size(text: str) -> int:
    """Turn ``4GB``, ``512 MiB`` or ``1000000`` into bytes, as the configuration file does.

    Raises
    ------
    typer.BadParameter
        If it is no size above zero.
    """
    from posecheck.config.value_types import parse_size as parse  # noqa: PLC0415 - help stays light

    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_seconds(text: str) -> float:
    """Turn ``90`` or ``0.5`` into seconds.

    Raises
    ------
    typer.BadParameter
        If it is no number, or below a thousandth of a second, or above ten million seconds.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if LEAST_SECONDS <= seconds <= MOST_SECONDS:
        return seconds
    raise typer.BadParameter(
        f"{text!r} is no number of seconds from {LEAST_SECONDS} to {MOST_SECONDS:.0f}"
    )


def parse_rate(text: str) -> float:
    """Turn ``10`` or ``0.5`` into requests a second.

    Raises
    ------
    typer.BadParameter
        If it is no number, or none that a run can keep to.
    """
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if LEAST_RATE <= rate <= MOST_RATE:
        return rate
    raise typer.BadParameter(
        f"{text!r} is no number of requests a second from {LEAST_RATE} to {MOST_RATE:.0f}"
    )


def parse_fraction(text: str) -> float:
    """Turn ``all``, ``0.9`` or ``90%`` into a fraction.

    Raises
    ------
    typer.BadParameter
        If it is none above 0 and up to 1.
    """
    number = text.strip().removesuffix("%")
    try:
        fraction = 1.0 if number == "all" else float(number) / (100 if "%" in text else 1)
    except ValueError:
        fraction = 0.0
    if 0 < fraction <= 1:
        return fraction
    raise typer.BadParameter(f"{text!r} is not all, a fraction such as 0.9, or a share such as 90%")


def split_codes(words: Iterable[str] | None) -> tuple[str, ...] | None:
    """Split what was given, once or several times, at its commas.

    Returns
    -------
    tuple of str or None
        ``None`` where the option was not given.

    Raises
    ------
    typer.BadParameter
        If it was given and names nothing: a gate that checks nothing must not pass.
    """
    if not words:
        return None
    codes = tuple(code.strip() for word in words for code in word.split(",") if code.strip())
    if not codes:
        raise typer.BadParameter("it names no rule; write for example VID or VID002,CNF007")
    return codes


def split_thresholds(words: Iterable[str] | None) -> dict[str, Threshold]:
    """Split ``SEVERITY`` and ``CODE=SEVERITY``, given once or several times.

    Returns
    -------
    dict
        The threshold of each selector of rules; that of all others under an empty one.

    Raises
    ------
    typer.BadParameter
        If a severity is none, or is given twice for the same.
    """
    choices = [*(severity.value for severity in Severity), NEVER]
    thresholds: dict[str, Threshold] = {}
    for word in split_codes(words) or ():
        selector, _, severity = word.rpartition("=")
        if severity not in choices or (not selector and "=" in word):
            raise typer.BadParameter(
                f"{word!r} is not one of {', '.join(choices)}, alone or behind a code (VID=warning)"
            )
        if selector in thresholds:
            raise typer.BadParameter(f"it names {selector or 'a severity for all rules'} twice")
        thresholds[selector] = NEVER if severity == NEVER else Severity(severity)
    return thresholds


def split_globs(words: Iterable[str] | None) -> tuple[tuple[str, str], ...] | None:
    """Split ``GLOB:CODE,CODE``, given once or several times, into pairs of a glob and a code.

    Returns
    -------
    tuple of pairs of str or None
        ``None`` where the option was not given.

    Raises
    ------
    typer.BadParameter
        If a glob or its codes are missing.
    """
    if not words:
        return None
    pairs: list[tuple[str, str]] = []
    for word in words:
        glob, _, listed = word.rpartition(":")
        codes = [code.strip() for code in listed.split(",") if code.strip()]
        if not glob or not codes:
            raise typer.BadParameter(f"{word!r} is not GLOB:CODE, such as sub-01/*.nwb:VID002")
        pairs += [(glob, code) for code in codes]
    return tuple(pairs)


def complete_codes(incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the codes and the names that a word may become, each with what it stands for.

    In a list that is joined by commas only the last word is completed.
    """
    before, comma, word = incomplete.rpartition(",")
    try:
        rules = load_catalog(with_cases=False)
    except DeclarationError:  # pressing Tab is no time for complaints
        return
    for rule in rules:
        if rule.code.startswith(word.upper()):
            # A shell drops what does not begin as it was typed.
            yield before + comma + word + rule.code[len(word) :], rule.name
        elif word and rule.name.startswith(word):
            yield before + comma + rule.name, rule.code


def check_engines(names: list[str] | None) -> list[str] | None:
    """Return the names of validators, if all are known.

    Raises
    ------
    typer.BadParameter
        If one is not.
    """
    known = engine_names()
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}")
    return names


def complete_engines(incomplete: str) -> Iterator[str]:
    """Offer the names of validators that a word may become."""
    return (name for name in engine_names() if name.startswith(incomplete))


def describe_engines() -> str:
    """Return the help of ``--engine``: the names of all validators."""
    named = (f"{each.name} ({each.title})" for each in named_validators())
    every = ", ".join((f"{POSE} (posecheck's rules)", *named))
    return f"Which validators run: {every}. Repeat for several."
