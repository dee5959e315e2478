"""How large the workloads are, and how often each is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `python -m benchmarks` is given.

    Attributes
    ----------
    rounds
        How often each command runs; the median counts.
    files
        How many small pose files there are.
    many
        How many files the run over many files has.
    gigabytes
        The size of the large file.
    recordings
        How many recordings are organized, and uploaded.
    megabytes
        The size of the large video that is uploaded.
    jobs
        How many workers check the many files.
    corpus
        Where the files lie that other programs wrote.
    """

    rounds: int
    files: int
    many: int
    gigabytes: float
    recordings: int
    megabytes: int
    jobs: int
    corpus: Path
