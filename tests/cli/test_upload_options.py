"""The options that only ``posecheck upload`` has."""

from __future__ import annotations

import pytest
import typer

from posecheck.cli.upload_options import split_jobs


@pytest.mark.parametrize(
    ("text", "numbers"), [("8", (8, 5)), ("8:2", (8, 2)), ("1:1", (1, 1)), ("64:64", (64, 64))]
)
def test_jobs_are_files_and_parts(text: str, numbers: tuple[int, int]) -> None:
    assert split_jobs(text) == numbers


@pytest.mark.parametrize("text", ["", "0", "5:0", "65", "a", "5:", ":5", "5:5:5", "-1"])
def test_other_jobs_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="FILES:PARTS"):
        split_jobs(text)
