"""What is typed after an option, and what is made of it."""

from __future__ import annotations

import pytest
import typer

from posecheck.cli.option_values import (
    complete_codes,
    parse_seconds,
    parse_size,
    split_codes,
    split_globs,
    split_thresholds,
)
from posecheck.model.finding import NEVER, Severity


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (None, None),
        ([], None),
        (["VID002"], ("VID002",)),
        (["VID002,CNF", " FIL001 ,"], ("VID002", "CNF", "FIL001")),
    ],
)
def test_codes_are_split_at_commas(words: list[str] | None, codes: tuple[str, ...] | None) -> None:
    assert split_codes(words) == codes


@pytest.mark.parametrize("words", [[""], [","], [" , ", ""]])
def test_an_option_that_names_nothing_is_refused(words: list[str]) -> None:
    with pytest.raises(typer.BadParameter):
        split_codes(words)


def test_globs_carry_codes_and_may_hold_a_drive() -> None:
    assert split_globs(["sub-01/*.nwb:VID002,CNF", r"D:\lab\*.nwb:FIL"]) == (
        ("sub-01/*.nwb", "VID002"),
        ("sub-01/*.nwb", "CNF"),
        (r"D:\lab\*.nwb", "FIL"),
    )
    assert split_globs(None) is None


@pytest.mark.parametrize("word", ["VID002", ":VID002", "*.nwb:", "*.nwb:,"])
def test_a_glob_without_codes_is_refused(word: str) -> None:
    with pytest.raises(typer.BadParameter, match="GLOB:CODE"):
        split_globs([word])


@pytest.mark.parametrize(("text", "seconds"), [("90", 90.0), ("0.5", 0.5), (" 1e2 ", 100.0)])
def test_seconds(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "10 s", "1e-4", "10000001", "1e300"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_seconds(text)


def test_sizes() -> None:
    assert parse_size("4GB") == 4 * 1024**3
    assert parse_size("512 MiB") == 512 * 1024**2
    for text in ("", "0", "-1GB", "4 parsec", "GB", "9999999TB"):
        with pytest.raises(typer.BadParameter):
            parse_size(text)


def test_thresholds() -> None:
    assert split_thresholds(None) == {}
    assert split_thresholds(["never"]) == {"": NEVER}
    assert split_thresholds(["error,VID=warning", "NWBI=hint"]) == {
        "": Severity.ERROR,
        "VID": Severity.WARNING,
        "NWBI": Severity.HINT,
    }
    for text in ("", "fatal", "=error", "VID=", "VID", "error,warning", "VID=error,VID=hint"):
        with pytest.raises(typer.BadParameter):
            split_thresholds([text])


def test_completion_keeps_what_was_typed_before_the_last_comma() -> None:
    offered = [word for word, _ in complete_codes("FIL001,CNF00")]
    assert "FIL001,CNF007" in offered
    assert all(word.startswith("FIL001,CNF00") for word in offered)
