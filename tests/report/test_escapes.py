"""No string from a file may steer a terminal, forge a line, or hide what it says."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.report.escapes import escape, shorten, shorten_inside

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nose", "nose"),
        ("Schnauze 鼻 أنف", "Schnauze 鼻 أنف"),
        (r"C:\videos\x1.mp4", r"C:\videos\x1.mp4"),
        ("[bold]nose[/bold] :boom:", "[bold]nose[/bold] :boom:"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("one\r\ntwo\tthree\x00", r"one\r\ntwo\tthree\x00"),
        ("gp\u202e4pm.exe", r"gp\u202e4pm.exe"),
        ("a\u2066b\u2069c", r"a\u2066b\u2069c"),
        ("no\u200bse\ufeff", r"no\u200bse\ufeff"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("filler\u3164\u2800", r"filler\u3164\u2800"),
        ("variant\ufe0f\U000e0100", r"variant\ufe0f\U000e0100"),
        ("byte\udce9", r"byte\udce9"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("narrow\u202fspace", r"narrow\u202fspace"),
    ],
)
def test_what_does_not_show_as_itself_is_spelled_out(text: str, shown: str) -> None:
    assert escape(text) == shown


@given(ANY_TEXT)
def test_nothing_invisible_is_left(text: str) -> None:
    shown = escape(text)
    assert shown.isprintable()
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(c) for c in shown}
    shown.encode()


@given(ANY_TEXT)
def test_escaping_again_changes_nothing(text: str) -> None:
    assert escape(escape(text)) == escape(text)


@given(ANY_TEXT, st.integers(1, 30))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    cut = shorten(text, limit)
    assert len(cut) <= limit
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


@given(ANY_TEXT, st.integers(8, 60))
def test_a_sentence_keeps_its_beginning_and_its_end(text: str, limit: int) -> None:
    short = shorten_inside(text, limit)
    assert len(short) <= limit
    assert short[:1] == text[:1]
    assert short[-1:] == text[-1:]
    assert short == text or "…" in short


def test_what_a_sentence_quotes_is_cut_first() -> None:
    name = "x" * 500
    assert shorten_inside(f"The file '{name}' is not there, and '{name}' is.", 100) == (
        f"The file '{'x' * 11}…{'x' * 11}' is not there, and '{'x' * 11}…{'x' * 11}' is."
    )
