from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.engine.globbing import covers

PART = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*.nwb", "sub-1/a.nwb"),
        ("sub-1", "sub-1/deep/a.nwb"),
        ("sub-1/", "sub-1/deep/a.nwb"),
        ("./sub-1/*", "sub-1/a.nwb"),
        ("sub-?/*.nwb", "sub-1/a.nwb"),
        ("sub-[0-9]/a.nwb", "sub-1/a.nwb"),
        ("sub-[!a]/a.nwb", "sub-1/a.nwb"),
        ("raw/**/a.nwb", "raw/a.nwb"),
        ("raw/**/a.nwb", "raw/x/y/a.nwb"),
        ("raw/**", "raw/x/y/a.nwb"),
        ("**", "a.nwb"),
        ("a[.nwb", "a[.nwb"),
        ("../other/*", "../other/a.nwb"),
    ],
)
def test_glob_covers(glob: str, path: str) -> None:
    assert covers(glob, tuple(path.split("/")))


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*.nwb", "sub-1/a.nwb.txt"),
        ("sub-1/*.nwb", "sub-1/deep/a.nwb"),
        ("sub-?/*.nwb", "sub-12/a.nwb"),
        ("a.nwb", "aXnwb"),
        ("sub-[!1]/a.nwb", "sub-1/a.nwb"),
        ("raw/**/a.nwb", "raw/x/b.nwb"),
        ("deep/a.nwb", "sub-1/deep/a.nwb"),
        ("", "a.nwb"),
    ],
)
def test_glob_does_not_cover(glob: str, path: str) -> None:
    assert not covers(glob, tuple(path.split("/")))


@given(st.text(), st.lists(PART, min_size=1).map(tuple))
def test_any_glob_gives_an_answer(glob: str, parts: tuple[str, ...]) -> None:
    assert covers(glob, parts) in {True, False}
