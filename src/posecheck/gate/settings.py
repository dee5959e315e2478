"""What a gate lets pass, as the command line or a program says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """What a gate lets pass.

    Attributes
    ----------
    baseline
        The file of the known findings; by default the one that the configuration names. Where the
        configuration is taken from a git revision, so is a baseline that git tracks.
    write_baseline
        Where to write what this run finds, as known from now on.
    diff_base
        The git revision since which files must have changed to be checked.
    staged
        Whether only what is staged counts as changed.
    require_content
        The fraction of the files whose content must be at hand; ``None`` if one file suffices.
    """

    baseline: Path | None = None
    write_baseline: Path | None = None
    diff_base: str | None = None
    staged: bool = False
    require_content: float | None = None
