"""What fixing has to do, as the command line or a program says it."""

from __future__ import annotations

from dataclasses import dataclass, field

from posecheck.engine.settings import Settings
from posecheck.fix.plan.values import FixChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSettings:
    """What the user asked for.

    Attributes
    ----------
    check
        Which files are checked, by which rules and validators.
    unsafe_fixes
        Whether fixes are made that rest on an assumption.
    repack
        Whether changed files are written again, so that the space of what is replaced is free.
    declined
        Fixes that are left out, although they could be made.
    """

    check: Settings = field(default_factory=Settings)
    unsafe_fixes: bool = False
    repack: bool = False
    declined: frozenset[FixChoice] = frozenset()
