"""Why a clock may pause: the file says so in a table of intervals, or another video file begins."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from posecheck.model.facts import Gap
from posecheck.model.recording import Recording, TimeIntervals

_INVALID = "invalid_times"
_SLACK = 1.5
"""Median steps by which the end of an interval may miss a sample."""
_LATENCY = 0.1
"""The share of a gap for which a camera may start late or stop early in an epoch."""


class Pauses:
    """What a file says of the times in which nothing was recorded.

    ``invalid_times`` must cover a gap. Epochs, trials and any other intervals are when something
    was recorded: a gap that lies between two of them, and in none, was meant. So was one that comes
    where the next file of a video begins.
    """

    def __init__(self, recording: Recording) -> None:
        tables = [_Table(table) for table in recording.intervals if table.spans]
        self._invalid = [table for table in tables if table.name == _INVALID]
        self._recorded = [table for table in tables if table.name != _INVALID]
        self._between_files = tuple(_between_files(recording))

    def explain(self, gap: Gap, step: float) -> bool:
        """Whether the file says why there is no sample for a while.

        Parameters
        ----------
        gap
            A step between two samples.
        step
            The median step, in seconds.
        """
        slack = _SLACK * step
        return (
            any(table.covers(gap, slack) for table in self._invalid)
            or any(
                table.leaves_out(gap, max(slack, _LATENCY * gap.length)) for table in self._recorded
            )
            or any(
                abs(gap.begin - other.begin) <= slack and abs(gap.end - other.end) <= slack
                for other in self._between_files
            )
        )


class _Table:
    """The intervals of a table, to be looked up."""

    def __init__(self, table: TimeIntervals) -> None:
        self.name = table.name
        spans = sorted(table.spans)
        self._starts = [start for start, _ in spans]
        # Of all intervals up to one, the latest end.
        self._stops = list(itertools.accumulate((stop for _, stop in spans), max))

    def covers(self, gap: Gap, slack: float) -> bool:
        """Whether the intervals, one after the other, hold a gap."""
        reached = gap.begin + slack
        while reached < gap.end:
            begun = bisect_right(self._starts, reached)
            latest = self._stops[begun - 1] + slack if begun else reached
            if latest <= reached:
                return False
            reached = latest
        return True

    def leaves_out(self, gap: Gap, slack: float) -> bool:
        """Whether a gap lies after an interval and before another, and in none."""
        begun = bisect_left(self._starts, gap.end - slack)
        meets = begun > 0 and self._stops[begun - 1] > gap.begin + slack
        return self._starts[0] <= gap.begin and self._stops[-1] >= gap.end and not meets


def _between_files(recording: Recording) -> Iterator[Gap]:
    """Yield the gaps of a video that come where its next file begins."""
    for video in recording.videos:
        facts, starts = video.clock.facts, (video.starting_frame or ())[1:]
        for gap in facts.longest_gaps if facts is not None and starts else ():
            if gap.index in starts:
                yield gap
