"""The rules that are marked as fixable."""

from __future__ import annotations

from tests.mutations.evaluation import CATALOG

FIXABLE = {code for code, rule in CATALOG.items() if rule.fix_safeties}
