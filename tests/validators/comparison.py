"""The results of both sides on the written files and on the corpus, each asked for once."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.corpus.folder import find_corpus
from tests.validators.recordings import WRITTEN, write_all

CORPUS = find_corpus()
OF_CORPUS = (
    {path.relative_to(CORPUS).as_posix(): path for path in sorted(CORPUS.rglob("*.nwb"))}
    if CORPUS
    else {}
)
NAMES = (*WRITTEN, *OF_CORPUS)


@dataclass(frozen=True)
class Comparison:
    """What was said, by the name of the file."""

    ours: dict[str, Any]
    theirs: dict[str, Any]
    foreign: list[str]
    leaked: str
    paths: dict[str, Path]


def compare_all(folder: Path) -> Comparison:
    """Write the files, and let both sides check them in processes of their own."""
    paths = write_all(folder) | OF_CORPUS
    running = {side: _start(side, paths) for side in ("ours", "theirs")}
    (ours, leaked), (theirs, _) = (_finish(each) for each in running.values())
    return Comparison(
        ours={name: ours[str(path)] for name, path in paths.items()},
        theirs={name: theirs[str(path)] for name, path in paths.items()},
        foreign=ours["foreign"],
        leaked=leaked,
        paths=paths,
    )


def _start(side: str, paths: dict[str, Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.validators.sides", side, *map(str, paths.values())],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    said: dict[str, Any] = json.loads(output)
    return said, errors
