"""A reference means the same whichever machine spelled it, and spelling it again keeps it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posecheck.model.reference import (
    Reference,
    ReferenceKind,
    collapse,
    join,
    parse_reference,
    relative,
)

SPELLINGS = [
    # text, kind, anchor, parts
    ("", ReferenceKind.BLANK, "", ()),
    (" \t", ReferenceKind.BLANK, "", ()),
    ("\0 \0", ReferenceKind.BLANK, "", ()),
    ("a.mp4", ReferenceKind.RELATIVE, "", ("a.mp4",)),
    ("./videos//a.mp4", ReferenceKind.RELATIVE, "", ("videos", "a.mp4")),
    ("../videos/a.mp4", ReferenceKind.RELATIVE, "", ("..", "videos", "a.mp4")),
    ("videos\\a.mp4", ReferenceKind.RELATIVE, "", ("videos", "a.mp4")),
    ("..\\videos/a.mp4", ReferenceKind.RELATIVE, "", ("..", "videos", "a.mp4")),
    ("~/a.mp4", ReferenceKind.RELATIVE, "", ("~", "a.mp4")),
    ("./a:b.mp4", ReferenceKind.RELATIVE, "", ("a:b.mp4",)),
    ("http:/a.mp4", ReferenceKind.RELATIVE, "", ("http:", "a.mp4")),
    ("/data/a.mp4", ReferenceKind.POSIX_ABSOLUTE, "/", ("data", "a.mp4")),
    ("///data/a.mp4", ReferenceKind.POSIX_ABSOLUTE, "/", ("data", "a.mp4")),
    ("/data/a\\b.mp4", ReferenceKind.POSIX_ABSOLUTE, "/", ("data", "a\\b.mp4")),
    ("//", ReferenceKind.POSIX_ABSOLUTE, "/", ()),
    ("C:\\data\\a.mp4", ReferenceKind.DRIVE, "C:", ("data", "a.mp4")),
    ("c:/data/a.mp4", ReferenceKind.DRIVE, "c:", ("data", "a.mp4")),
    ("D:a.mp4", ReferenceKind.DRIVE, "D:", ("a.mp4",)),
    ("\\data\\a.mp4", ReferenceKind.DRIVE, "/", ("data", "a.mp4")),
    ("\\\\?\\C:\\data\\a.mp4", ReferenceKind.DRIVE, "C:", ("data", "a.mp4")),
    ("//?/C:/data/a.mp4", ReferenceKind.DRIVE, "C:", ("data", "a.mp4")),
    ("\\\\nas\\lab\\a.mp4", ReferenceKind.UNC, "//nas/lab", ("a.mp4",)),
    ("//nas/lab/x/a.mp4", ReferenceKind.UNC, "//nas/lab", ("x", "a.mp4")),
    ("\\\\?\\UNC\\nas\\lab\\a.mp4", ReferenceKind.UNC, "//nas/lab", ("a.mp4",)),
    ("file:///data/a%20b.mp4", ReferenceKind.FILE_URL, "/", ("data", "a b.mp4")),
    ("file:/data/a.mp4", ReferenceKind.FILE_URL, "/", ("data", "a.mp4")),
    ("FILE://localhost/data/a.mp4", ReferenceKind.FILE_URL, "/", ("data", "a.mp4")),
    ("file:///C:/data/a.mp4", ReferenceKind.FILE_URL, "C:", ("data", "a.mp4")),
    ("file://C:/data/a.mp4", ReferenceKind.FILE_URL, "C:", ("data", "a.mp4")),
    ("file://C:\\data\\a.mp4", ReferenceKind.FILE_URL, "C:", ("data", "a.mp4")),
    ("file:\\\\\\C:\\data\\a.mp4", ReferenceKind.FILE_URL, "C:", ("data", "a.mp4")),
    ("file://nas/lab/x/a.mp4", ReferenceKind.FILE_URL, "//nas/lab", ("x", "a.mp4")),
    ("file:////nas/lab/a.mp4", ReferenceKind.FILE_URL, "//nas/lab", ("a.mp4",)),
    ("file:a.mp4", ReferenceKind.FILE_URL, "/", ("a.mp4",)),
    ("https://host/x/a%20b.mp4?v=1", ReferenceKind.URL, "https://host", ("x", "a b.mp4")),
    ("s3://bucket/a.mp4", ReferenceKind.URL, "s3://bucket", ("a.mp4",)),
    ("http://[::1/a.mp4", ReferenceKind.URL, "http://[::1/a.mp4", ()),
]

FREE_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="aC:/\\.?~% \0[]filehtpsUN@#"),
    st.builds("".join, st.lists(st.sampled_from(["..", ".", "/", "\\", "C:", "file:", "//", "a"]))),
)
COMPONENT = st.text(min_size=1, max_size=8).filter(
    lambda part: part not in {".", ".."} and not set(part) & set("/\\")
)
PATH = st.lists(COMPONENT, max_size=5)


@pytest.mark.parametrize(("text", "kind", "anchor", "parts"), SPELLINGS)
def test_every_spelling(
    text: str, kind: ReferenceKind, anchor: str, parts: tuple[str, ...]
) -> None:
    assert parse_reference(text) == Reference(text, kind, parts, anchor)


@pytest.mark.parametrize(
    ("text", "posix"),
    [
        ("videos\\a.mp4", "videos/a.mp4"),
        (".\\..\\a.mp4", "../a.mp4"),
        ("./C:/a.mp4", "./C:/a.mp4"),
        ("./", "."),
        ("C:\\data\\a.mp4", "C:/data/a.mp4"),
        ("\\data\\a.mp4", "/data/a.mp4"),
        ("\\\\nas\\lab\\a.mp4", "//nas/lab/a.mp4"),
        ("/data//a.mp4", "/data/a.mp4"),
        ("file:///C:/a%20b.mp4", "C:/a b.mp4"),
        ("https://host/a.mp4?v=1", "https://host/a.mp4?v=1"),
        (" ", " "),
    ],
)
def test_posix_spelling(text: str, posix: str) -> None:
    assert parse_reference(text).posix == posix


@pytest.mark.parametrize(
    ("text", "name", "suffix"),
    [
        ("videos/a.MP4", "a.MP4", ".MP4"),
        ("C:\\a.tar.gz", "a.tar.gz", ".gz"),
        ("videos/.mp4", ".mp4", ""),
        ("videos/...mp4", "...mp4", ""),
        ("videos/clip", "clip", ""),
        ("videos.d/clip", "clip", ""),
        ("videos/a.mp4 ", "a.mp4 ", ".mp4 "),
        ("..", "..", ""),
        ("", "", ""),
    ],
)
def test_name_and_suffix(text: str, name: str, suffix: str) -> None:
    reference = parse_reference(text)
    assert (reference.name, reference.suffix) == (name, suffix)


def test_only_a_relative_reference_has_a_backslash_to_fix() -> None:
    assert parse_reference("videos\\a.mp4").has_backslash
    assert not parse_reference("videos/a.mp4").has_backslash
    assert not parse_reference("C:\\a.mp4").has_backslash


@pytest.mark.parametrize("kind", ReferenceKind)
def test_absolute_kinds(kind: ReferenceKind) -> None:
    expected = kind not in {ReferenceKind.BLANK, ReferenceKind.RELATIVE, ReferenceKind.URL}
    assert Reference("x", kind).is_absolute is expected


@given(FREE_TEXT)
def test_parsing_never_fails_and_keeps_the_text(text: str) -> None:
    reference = parse_reference(text)
    assert reference.text == text
    assert not {"", "."} & set(reference.parts)
    assert (reference.anchor == "") == (
        reference.kind in {ReferenceKind.BLANK, ReferenceKind.RELATIVE}
    )


@given(FREE_TEXT)
@example("./C:/a")
@example("././ ")
@example("\\\\?\\x")
@example("a/../C:")
def test_posix_spelling_means_the_same(text: str) -> None:
    reference = parse_reference(text)
    again = parse_reference(reference.posix)
    assert again.posix == reference.posix
    assert again.parts == reference.parts
    assert again.is_absolute == reference.is_absolute
    assert not again.has_backslash


@given(PATH, PATH)
@example(["a:b.mp4"], [])
@example([" "], [])
@example([], ["a"])
@example(["a"], ["a"])
@example(["file:", "a"], ["b"])
def test_relative_then_join_returns_to_the_target(target: list[str], folder: list[str]) -> None:
    reference = parse_reference(relative(target, folder))
    assert reference.kind is ReferenceKind.RELATIVE
    assert join(folder, reference) == tuple(target)


@given(PATH, PATH)
def test_the_same_path_from_windows_and_posix(target: list[str], folder: list[str]) -> None:
    posix = relative(target, folder)
    assert parse_reference(posix.replace("/", "\\")).parts == parse_reference(posix).parts


@given(st.lists(st.one_of(COMPONENT, st.just(".."))), PATH)
def test_join_never_leaves_the_root(parts: list[str], folder: list[str]) -> None:
    target = join(folder, Reference("x", ReferenceKind.RELATIVE, tuple(parts)))
    depth = len(folder)
    lowest = depth
    for part in parts:
        depth += -1 if part == ".." else 1
        lowest = min(lowest, depth)
    if lowest < 0:
        assert target is None
    else:
        assert target is not None
        assert len(target) == depth
        assert ".." not in target


def test_join_follows_and_refuses() -> None:
    assert join(("sub-a",), parse_reference("../sub-b/x/a.mp4")) == ("sub-b", "x", "a.mp4")
    assert join(("sub-a",), parse_reference("../../a.mp4")) is None
    # Whoever leaves the root cannot come back: the root's own name is not known here.
    assert join(("sub-a",), parse_reference("../../root/sub-a/a.mp4")) is None
    with pytest.raises(ValueError, match="not a relative reference: '/a'"):
        join((), parse_reference("/a"))


def test_relative_is_as_short_as_can_be() -> None:
    assert relative(("sub-a", "v", "a.mp4"), ("sub-a",)) == "v/a.mp4"
    assert relative(("sub-b", "a.mp4"), ("sub-a", "x")) == "../../sub-b/a.mp4"


def test_collapse_keeps_only_leading_climbs() -> None:
    assert collapse(("..", "a", "..", "..", "b", "c", "..")) == ("..", "..", "b")
