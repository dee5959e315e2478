"""The rules that are marked as fixable."""

from __future__ import annotations

from tests.mutations.evaluation import CATALOG

from posecheck.model.rule import Rule

WITHOUT_EDITS = {
    "VID001": "the frames have to be exported to a video file first",
}
"""Rules that are marked as fixable and give no edits, and why."""


def is_fixable(rule: Rule) -> bool:
    return any([rule.fix, *(variant.fix for variant in rule.variants.values())])


FIXABLE = {code for code, rule in CATALOG.items() if is_fixable(rule)}
