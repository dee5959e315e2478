"""The documents of a checkout, and what they hold: fenced blocks, links, headings."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CHECKOUT = Path(__file__).parents[2]

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<language>.*)$")
_INLINE = re.compile(r"\]\(([^)\s]+)\)")
_REFERENCE = re.compile(r"^\[[^\]]+\]: +(\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it begins, its language, and its lines without its indentation."""

    document: str
    line: int
    language: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def tracked_files() -> frozenset[PurePosixPath]:
    """Return the files of the checkout that git tracks or would add: none that a build wrote."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    paths = filter(None, listed.stdout.split("\0"))
    return frozenset(PurePosixPath(path) for path in paths if (CHECKOUT / path).exists())


def documents() -> list[PurePosixPath]:
    """Return the documents, in order."""
    return sorted(path for path in tracked_files() if path.suffix == ".md")


def read(document: PurePosixPath) -> str:
    """Return the text of a document."""
    return (CHECKOUT / document).read_text(encoding="utf-8")


def blocks(document: PurePosixPath) -> Iterator[Block]:
    """Yield the fenced blocks of a document."""
    begin, lines, opened = 0, list[str](), None
    for number, line in enumerate(read(document).splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None and fence is not None:
            begin, lines, opened = number, [], fence
        elif opened is not None and line.strip() == opened["fence"]:
            yield Block(str(document), begin, opened["language"].strip(), tuple(lines))
            opened = None
        elif opened is not None:
            lines.append(line.removeprefix(opened["indent"]))
    assert opened is None, f"{document}: the block of line {begin} has no end"


def prose(document: PurePosixPath) -> str:
    """Return a document without its fenced blocks."""
    kept, opened = [], None
    for line in read(document).splitlines():
        fence = _FENCE.match(line)
        if opened is None and fence is None:
            kept.append(line)
        elif opened is None:
            opened = fence
        elif line.strip() == opened["fence"]:
            opened = None
    return "\n".join(kept)


def links(document: PurePosixPath) -> list[str]:
    """Return the targets of a document's links."""
    text = prose(document)
    return [*_INLINE.findall(text), *_REFERENCE.findall(text)]


def anchors(document: PurePosixPath) -> set[str]:
    """Return the anchors of a document's headings, as git hosts make them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-")
        for heading in _HEADING.findall(prose(document))
    }
