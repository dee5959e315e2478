from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.config.globs import check_glob, covers

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
def test_any_glob_gives_an_answer_or_is_refused(glob: str, parts: tuple[str, ...]) -> None:
    try:
        check_glob(glob)
    except ValueError:
        return
    assert covers(glob, parts) in {True, False}


def reference(glob: str) -> re.Pattern[str]:
    """Say in a regular expression what a glob of the tokens below means."""
    meaning = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]", "[!a]": "[^a/]"}
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|\[!?a?b?\]|.", glob)
    return re.compile("".join(meaning.get(token, token) for token in tokens))


@given(
    st.lists(st.sampled_from(["**/", "**", "*", "?", "[ab]", "[!a]", "a", "b", "/"])).map("".join),
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4).map(tuple),
)
def test_a_glob_means_what_its_regular_expression_means(glob: str, parts: tuple[str, ...]) -> None:
    glob = f"a/{glob}b".removeprefix("./")
    expected = any(
        reference(glob).fullmatch("/".join(parts[:depth])) for depth in range(1, len(parts) + 1)
    )
    assert covers(glob, parts) == expected


@pytest.mark.parametrize(
    "glob",
    ["*a" * 40 + "c", "**/" * 40 + "c", "**/a" * 40 + "/c", "**a" * 40 + "c", "*" * 4000 + "c"],
)
def test_no_glob_takes_for_ever(glob: str) -> None:
    assert not covers(glob, ("a" * 250,) * 16)
    assert covers(glob, ("c",)) == (glob.strip("*/") == "c")


@pytest.mark.parametrize("glob", ["[z-a]", "raw/[!9-0]*", "a" * 5000])
def test_a_glob_that_means_nothing_is_refused(glob: str) -> None:
    with pytest.raises(ValueError, match=r"runs backwards|longer than any path"):
        check_glob(glob)


@pytest.mark.parametrize("glob", ["[]", "[!]", "[a", "[]a]", "[a-]", "[--a]", "[&&|~]"])
def test_a_class_that_is_none_stands_for_itself(glob: str) -> None:
    check_glob(glob)
    inside = glob if glob in {"[]", "[!]", "[a"} else glob[1]
    assert covers(glob, (inside,))
