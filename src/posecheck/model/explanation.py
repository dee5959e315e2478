"""What posecheck adds to the findings of other validators: what they mean, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a finding of another validator means, and what to do about it.

    Attributes
    ----------
    code
        With the validator's prefix: ``NWBI.check_subject_exists``.
    name
        The slug of its findings.
    what
        What it looks for; empty if only the validator's own page says so.
    remedy
        What to do, perhaps with lines of code (see `posecheck.model.wording.parts_of_remedy`).
    page
        The address of the page that explains it.
    says
        A text of the findings that this is for; empty for all that no other entry is for.
    """

    code: str
    name: str
    what: str
    remedy: str
    page: str
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorGuide:
    """What is known of another validator's checks, and where it explains them.

    Attributes
    ----------
    prefix, title
        What its codes begin with, and as it calls itself.
    index
        The address where it explains its checks.
    checks
        Those with a remedy of their own, by code: for findings that say one thing or another, and
        last for all others.
    sections
        The address of each section of its guide, by the section's name.
    pages
        The address of the page for the checks of each of its modules.
    """

    prefix: str
    title: str
    index: str
    checks: Mapping[str, tuple[Explanation, ...]]
    sections: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
