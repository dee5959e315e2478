"""The text of a baseline: what is written is read, and whatever else it holds is refused."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.samples import finding
from tests.report.strategies import TEXT

from posecheck.gate.baseline_document import read_entries, write_entries
from posecheck.model.baseline import KnownFinding
from posecheck.model.errors import ConfigurationError

ENTRY = KnownFinding(path="sub-M01/a.nwb", code="VID002", location="/acquisition/front")


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(TEXT, TEXT, TEXT, st.integers(1, 9), TEXT)
def test_every_name_comes_back_as_it_was(
    path: str, location: str, subject: str, count: int, reason: str
) -> None:
    stored = KnownFinding.of(replace(finding(location=location), subject=subject), path)
    storable = KnownFinding.of(finding(), reason).path
    entry = replace(stored, count=count, reason=storable)
    text = write_entries([entry])
    assert read_entries(text, "known.toml") == (entry,)
    assert all(each.isprintable() or each == "\n" for each in text)


def test_entries_are_sorted_so_that_git_merges_them() -> None:
    other = KnownFinding(path="sub-M02/a.nwb", code="VID002", location="/")
    assert write_entries([other, ENTRY]) == write_entries([ENTRY, other])


def test_of_an_entry_that_a_merge_left_twice_the_larger_count_holds() -> None:
    text = write_entries([ENTRY])
    twice = text + text.split("\n\n")[1].rstrip() + '\ncount = 3\nreason = "lost"\n'
    (entry,) = read_entries(twice, "known.toml")
    assert (entry.count, entry.reason) == (3, "lost")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no baseline of posecheck"),
        ("format = true", "is no baseline of posecheck"),
        ("format = 2", "is a baseline of format 2, and this posecheck reads format 1"),
        ("format = 1\nknow = []", "unknown key 'know'"),
        ("format = 1\nknown = 3", "wanted a list of tables"),
        ("format = 1\nknown = [3]", "entry 1: wanted a table"),
        ('format = 1\n[[known]]\npath = "a"', "entry 1: has no code"),
        ("format = 1\n[[known]]\npath = 1\ncode = 2\nlocation = 3", "entry 1: path: wanted text"),
        (write_entries([ENTRY]) + "count = 0", "count: wanted a whole number above 0"),
        (write_entries([ENTRY]) + "count = true", "count: wanted a whole number above 0"),
        (write_entries([ENTRY]) + 'because = "x"', "entry 1: unknown key 'because'"),
        ("format = " + "9" * 5000, "holds a number of thousands of digits"),
        ("format = 1\nknown = " + "[" * 50_000, "is not TOML"),
        ("format = 1\nknown = " + "\n[" * 50_000, "is not TOML"),
        ("a" * 200_000, "has a line that is too long"),
        ("\n" * 20_000_001, "is too large"),
    ],
)
def test_what_is_no_baseline_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_entries(text, "known.toml")
    assert str(caught.value).startswith("known.toml")


@pytest.mark.slow
def test_thousands_of_entries_are_read_at_once() -> None:
    entries = [
        KnownFinding(path=f"sub-{number:04}/a.nwb", code="VID002", location="/acquisition/front")
        for number in range(5000)
    ]
    text = write_entries(entries)
    began = time.process_time()
    assert len(read_entries(text, "known.toml")) == 5000
    assert time.process_time() - began < 5
