"""Every mutation, and every near miss, of all families."""

from __future__ import annotations

from tests.mutations import (
    cameras,
    clocks,
    files,
    frames,
    images,
    layout,
    provenance,
    references,
    skeletons,
    training,
    values,
    videos,
)

_FAMILIES = (
    *(values, skeletons, clocks, frames, references, videos, images),
    *(provenance, training, cameras, files, layout),
)

MUTATIONS = tuple(change for family in _FAMILIES for change in family.MUTATIONS)
"""Changes that the rule in question must report."""

NEAR_MISSES = tuple(change for family in _FAMILIES for change in family.NEAR_MISSES)
"""Changes that the rule in question must check, and say nothing of."""
