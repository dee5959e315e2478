"""How frames follow each other in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_UNEVEN = 0.1
_ROUNDING = 1.01
_MILLISECOND = 0.00101


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The times of the frames, in seconds.

    Attributes
    ----------
    rate
        Frames per second on average.
    duration
        To the end of the last frame, which is taken to last as long as the median.
    is_variable
        Whether a step differs from the median by more than a tenth of it, and by more than
        rounding explains: to the unit of time, and to the milliseconds of Matroska or FLV, which
        stay in a file that was rewrapped from one.
    """

    first: float
    rate: float
    duration: float
    least_step: float
    median_step: float
    greatest_step: float
    is_variable: bool


def pace_of(stamps: Sequence[int], unit: float) -> Pace | None:
    """Measure the steps between frames.

    Parameters
    ----------
    stamps
        Time stamps in any order (B-frames are stored before those that they lie between), in
        ``unit``.
    unit
        Seconds.

    Returns
    -------
    Pace or None
        ``None`` for fewer than two different stamps.
    """
    sorted_stamps = np.sort(np.asarray(stamps, np.int64))
    steps = np.diff(sorted_stamps)
    if not len(steps) or sorted_stamps[0] == sorted_stamps[-1] or unit <= 0:
        return None
    least, greatest = int(steps.min()), int(steps.max())
    span = float(sorted_stamps[-1] - sorted_stamps[0])
    mean = span / len(steps)
    median = float(np.median(steps))
    typical = median or mean
    slack = max(_UNEVEN * typical, _ROUNDING, _MILLISECOND / unit)
    return Pace(
        first=float(sorted_stamps[0]) * unit,
        rate=1 / (mean * unit),
        duration=(span + typical) * unit,
        least_step=least * unit,
        median_step=median * unit,
        greatest_step=greatest * unit,
        is_variable=greatest - typical > slack or typical - least > slack,
    )
