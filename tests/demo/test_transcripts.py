"""Transcripts in the documents: what they show is what one sees, but for the seconds.

A block of the language ``console`` begins with a command. What follows is the output, line by line;
a line of `…` alone stands for any number of lines. The blocks of a document, and its lines of
Python, are run one after the other in one folder, in which the demo was written.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest
from tests.documentation.documents import Block, blocks, documents
from tests.end_to_end.command import Outcome, environment

pytestmark = pytest.mark.slow

REST = "…"
_SECONDS = re.compile(r"\b[\d,.]+ s\b")

DOCUMENTS = [
    document
    for document in documents()
    if any(block.language == "console" for block in blocks(document))
]


def without_seconds(line: str) -> str:
    return _SECONDS.sub("0.0 s", line).rstrip()


def agrees(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether what is shown is all that is seen, but for what a line of ``…`` stands for."""
    if not shown:
        return not printed
    if shown[0] == REST:
        return any(agrees(shown[1:], printed[begin:]) for begin in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and agrees(shown[1:], printed[1:])


def run(command: str, folder: Path) -> str:
    """Run a command as printed: the installed program is the one beside this Python."""
    programs = str(Path(sys.executable).parent)
    path = environment()["PATH"]
    done = subprocess.run(  # noqa: S602 - the documents print commands for a shell
        command,
        shell=True,
        cwd=folder,
        env=environment({"PATH": f"{programs}:{path}", "PYTHONUTF8": "1"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


def check(block: Block, folder: Path, demo: Outcome) -> None:
    first, *shown = block.lines
    assert first.startswith("$ posecheck "), block
    assert shown, block
    command = first.removeprefix("$ ")
    # the demo itself was run once for all tests of it
    text = demo.stdout if command == "posecheck demo" else run(command, folder)
    printed = [without_seconds(line) for line in text.splitlines()]
    while printed and not printed[-1]:
        del printed[-1]
    wanted = [without_seconds(line) for line in shown]
    assert agrees(wanted, printed), f"{block}: {command} writes\n" + "\n".join(printed)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_transcripts_show_what_one_sees(
    document: PurePosixPath, outcome: Outcome, dandiset: Path, tmp_path: Path
) -> None:
    shutil.copytree(dandiset, tmp_path / dandiset.name)
    for block in blocks(document):
        if block.language == "console":
            check(block, tmp_path, outcome)
        elif block.language == "python":
            program = [sys.executable, "-c", "\n".join(block.lines)]
            subprocess.run(program, cwd=tmp_path, check=True)


def test_the_readme_and_the_tutorial_have_transcripts() -> None:
    assert {"README.md", "docs/tutorial.md"} <= set(map(str, DOCUMENTS))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ([], [], True),
        (["a"], ["a"], True),
        (["a"], ["a", "b"], False),
        (["a", REST], ["a", "b", "c"], True),
        ([REST, "c"], ["a", "b", "c"], True),
        ([REST, "b", REST], ["a", "b", "c"], True),
        ([REST, "c", "b"], ["a", "b", "c"], False),
        (["a", REST, "c"], ["a", "c"], True),
        (["a", "…b"], ["a", "b"], False),
    ],
)
def test_only_a_line_of_dots_leaves_something_out(
    shown: list[str], printed: list[str], same: bool
) -> None:
    assert agrees(shown, printed) is same
