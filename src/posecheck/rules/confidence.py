"""CNF: is a confidence a probability, one per frame?"""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.recording import PoseSeries
from posecheck.model.rule import Hit, Params


def cnf007(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report confidence far outside 0 … 1."""
    seen = series.confidence
    if seen is None or not seen.finite:
        return
    if params.number("lowest") <= seen.low and seen.high <= params.number("highest"):
        return
    percent = 0 <= seen.low and seen.high <= 100
    yield Hit(series.path, "percent" if percent else "", low=seen.low, high=seen.high)
