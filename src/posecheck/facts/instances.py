"""Facts of ``SkeletonInstance.node_locations``: small arrays, read whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Mask, numbers
from posecheck.facts.rows import extremes
from posecheck.model.facts import InstanceFacts


def instance_facts(
    locations: npt.ArrayLike, visibility: npt.ArrayLike | None = None
) -> InstanceFacts:
    """Reduce the locations of one instance's nodes.

    Parameters
    ----------
    locations
        Shape (nodes, 2 or 3).
    visibility
        Shape (nodes,), true where a node is visible; where it is shorter, the rest is not marked.

    Raises
    ------
    TypeError
        If the values are not real numbers.
    ValueError
        If a shape is another.
    """
    rows = numbers(locations, 2)
    missing: Mask = ~np.logical_and.reduce(np.isfinite(rows), axis=1)
    visible_missing = 0
    if visibility is not None:
        marks = numbers(visibility, 1)[: len(rows)]
        visible = np.flatnonzero((marks != 0) & ~np.isnan(marks))
        visible_missing = int(np.count_nonzero(missing[visible]))
    finite = rows[np.isfinite(rows).all(axis=1)]
    if not finite.size:
        return InstanceFacts(visible_missing=visible_missing)
    return InstanceFacts(
        visible_missing=visible_missing,
        low=extremes(finite, np.minimum),
        high=extremes(finite, np.maximum),
    )
