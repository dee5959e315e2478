"""The tutorial, step by step: what it shows is what one sees."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.command import Outcome, posecheck

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_step_shows_what_the_tutorial_says(
    outcome: Outcome, dandiset: Path, tmp_path: Path
) -> None:
    shutil.copytree(dandiset, tmp_path / dandiset.name)
    blocks = BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))
    assert [language for language, _ in blocks].count("python") == 1
    for language, text in blocks:
        if language == "python":
            subprocess.run([sys.executable, "-c", text], cwd=tmp_path, check=True)
            continue
        first, *shown = text.splitlines()
        program, command, *arguments = shlex.split(first.removeprefix("$ "))
        assert program == "posecheck"
        # the demo itself was run for all tests of it
        if command == "demo":
            seen = outcome.stdout
        else:
            seen = posecheck(command, *arguments, cwd=tmp_path).stdout
        assert shown
        for line in shown:
            assert line in seen, (first, line, seen)
