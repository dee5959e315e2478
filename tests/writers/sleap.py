"""SLEAP's estimates, in a file of a program that says nothing of them."""

from __future__ import annotations

from typing import Any

from tests.writers import neuroconv
from tests.writers.trial import Names, trials


def _undefined(metadata: Any) -> None:
    for pose in metadata["Pose"]["PoseEstimations"].values():
        for series in pose["PoseEstimationSeries"].values():
            series["confidence_definition"] = "Confidence."


def _converted() -> Names:
    return neuroconv.sleap(_undefined, high=1.4)


TRIALS = trials("CNF001", before=_converted)
