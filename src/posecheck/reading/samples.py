"""Read the numeric datasets that rules need: each once, whole, block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from posecheck.facts import (
    ConfidenceReducer,
    OutsideReducer,
    PositionReducer,
    SharedSentinels,
    TimeSource,
    TimestampReducer,
    compare_clocks,
    regular,
    stamped,
)
from posecheck.model.clock import Clock
from posecheck.model.data_read import DataRead
from posecheck.model.facts import (
    HEADER_ONLY,
    ArrayInfo,
    ClockDifference,
    ConfidenceFacts,
    PositionFacts,
    TimestampFacts,
)
from posecheck.model.pose import PoseSeries
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.rule import Need
from posecheck.reading.field_reader import holds_no_numbers
from posecheck.reading.row_choice import RowChoice, blocks
from posecheck.storage import Array, StorageError

_EVERY_ROW = RowChoice()


class Samples:
    """The samples of one file.

    Parameters
    ----------
    needs
        The facts that the selected rules ask for; no other dataset is read.
    problems
        Where datasets that cannot be read are noted.
    choice
        How much of each dataset is read.
    prefetch
        What fetches rows of several datasets at once, if that helps.
    """

    def __init__(
        self,
        needs: frozenset[Need],
        problems: list[Problem],
        choice: RowChoice = _EVERY_ROW,
        prefetch: Callable[[Iterable[tuple[Array, int, int]]], None] | None = None,
    ) -> None:
        self._needs = needs
        self._problems = problems
        self._choice = choice
        self._prefetch = prefetch
        self._timestamps: dict[str, tuple[ArrayInfo, TimestampFacts | None]] = {}
        self._arrays: dict[str, Array] = {}

    def fetch(self, arrays: Iterable[Array]) -> None:
        """Fetch the samples of several datasets that will be read next, at once."""
        if self._prefetch is not None and self._choice.data is DataRead.SAMPLE:
            self._prefetch(
                (array, start, stop)
                for array in arrays
                if _is_wanted(array)
                for start, stop in self._choice.blocks(array)
            )

    def trajectory(
        self,
        data: Array | None,
        confidence: Array | None,
        outside: OutsideReducer | None = None,
        sentinels: SharedSentinels | None = None,
    ) -> tuple[ArrayInfo | None, PositionFacts | None, ArrayInfo | None, ConfidenceFacts | None]:
        """Read a series' positions and its confidence side by side.

        Parameters
        ----------
        data, confidence
            What is stored of each.
        outside
            What holds 2D positions against their frame, if its size is known.
        sentinels
            What gathers placeholders over the series of a container.

        Returns
        -------
        tuple
            Header and facts of each; facts are ``None`` where nobody needs them or the values
            cannot be read, and then the header says why.
        """
        data_info = _as_read(data, Need.POSITIONS in self._needs, dimensions=2)
        confidence_info = _as_read(
            confidence, bool({Need.CONFIDENCE, Need.POSITIONS} & self._needs), dimensions=1
        )
        positions: PositionFacts | None = None
        certainty: ConfidenceFacts | None = None
        try:
            if data is not None and data_info is not None and not data_info.unread:
                beside = confidence if confidence_info and not confidence_info.unread else None
                reducer = PositionReducer(data_info.shape[1], outside, sentinels)
                positions, certainty = self._joint(data, data_info, beside, reducer)
                if sentinels is not None and positions.frames:
                    sentinels.finish(positions.frames)
                data_info = self._as_chosen(data, data_info)
            elif confidence is not None and confidence_info and not confidence_info.unread:
                certainty = self._alone(confidence)
            if confidence is not None and confidence_info is not None and certainty is not None:
                confidence_info = _as_counted(confidence_info, certainty.count)
        except StorageError as error:
            self._note(error)
            data_info = _unread(data_info, error.detail)
            confidence_info = _unread(confidence_info, error.detail)
            positions = certainty = None
            if sentinels is not None:
                sentinels.finish(0)  # its frames are not known, so no frame is shared
        return data_info, positions, confidence_info, certainty

    def timestamps(self, array: Array) -> tuple[ArrayInfo, TimestampFacts | None]:
        """Read a timestamps dataset; one that many series link is read once."""
        known = self._timestamps.get(array.identity)
        if known is None:
            known = self._timestamps[array.identity] = self._read_timestamps(array)
            self._arrays[array.identity] = array
        return known

    def clock_differences(self, series: tuple[PoseSeries, ...]) -> tuple[ClockDifference, ...]:
        """Hold the clocks of a container's series against the one with the most samples."""
        if Need.CLOCKS not in self._needs:
            return ()
        timed = [
            one
            for one in series
            if one.frames > 0
            and one.columns in {2, 3}
            and self._source(one) is not None
            # Frames that cannot be read may be any number, and each would be counted.
            and (one.data is None or one.data.unread in {"", HEADER_ONLY})
        ]
        if not timed or any(_is_sampled(one.clock.timestamps) for one in timed):
            return ()
        # Rows may be dropped from any node: the fullest clock has most of the frames.
        fullest = max(timed, key=lambda one: one.frames)
        # Two series with few rows may share no step: the container's shortest is its frame.
        frame = min((_least_step(one.clock) for one in timed), default=math.nan)
        differences = (
            self._compare(fullest, other, frame)
            for other in timed
            if other is not fullest and not _share_samples(fullest, other)
        )
        return tuple(difference for difference in differences if difference is not None)

    def _joint(
        self,
        data: Array,
        info: ArrayInfo,
        confidence: Array | None,
        positions: PositionReducer,
    ) -> tuple[PositionFacts, ConfidenceFacts | None]:
        certainty = ConfidenceReducer() if confidence is not None else None
        rows = confidence.info.length if confidence is not None else 0
        for start, stop in self._choice.blocks(data):
            beside = None
            if confidence is not None and certainty is not None and start < rows:
                beside = confidence.read(start, min(stop, rows))
                certainty.update(beside)
            positions.update(data.read(start, stop), beside)
        if confidence is not None and certainty is not None:
            for start, stop in blocks(rows, confidence.block_rows, first=info.length):
                certainty.update(confidence.read(start, stop))
        return positions.result(), certainty.result() if certainty is not None else None

    def _as_chosen(self, array: Array, info: ArrayInfo) -> ArrayInfo:
        return _as_counted(info, self._choice.rows_read(array))

    def _alone(self, confidence: Array) -> ConfidenceFacts:
        certainty = ConfidenceReducer()
        for start, stop in self._choice.blocks(confidence):
            certainty.update(confidence.read(start, stop))
        return certainty.result()

    def _read_timestamps(self, array: Array) -> tuple[ArrayInfo, TimestampFacts | None]:
        wanted = bool({Need.TIMESTAMPS, Need.CLOCKS} & self._needs)
        info = _as_read(array, wanted, dimensions=1) or array.info
        if info.unread:
            return info, None
        reducer = TimestampReducer()
        try:
            for start, stop in self._choice.blocks(array):
                reducer.update(array.read(start, stop))
        except StorageError as error:
            self._note(error)
            return replace(info, unread=error.detail), None
        facts = reducer.result()
        return _as_counted(info, facts.count), facts

    def _source(self, series: PoseSeries) -> TimeSource | None:
        clock = series.clock
        if clock.timestamps is not None:
            facts = clock.facts
            if facts is None or facts.not_finite == facts.count:
                return None
            return stamped(facts, self._arrays[clock.timestamps.identity].read)
        start = clock.start or 0.0
        if clock.rate is None or not 0 < clock.rate < math.inf or not math.isfinite(start):
            return None
        return regular(start, clock.rate, series.frames)

    def _compare(
        self, first: PoseSeries, other: PoseSeries, frame: float
    ) -> ClockDifference | None:
        reference, source = self._source(first), self._source(other)
        if reference is None or source is None:
            return None
        try:
            found = compare_clocks(
                source, reference, series=other.name, reference_series=first.name, frame=frame
            )
        except StorageError as error:
            self._note(error)
            return None
        if found.greatest_offset == 0 and found.frames == found.reference_frames:
            return None
        return found

    def _note(self, error: StorageError) -> None:
        self._problems.append(
            Problem(kind=ProblemKind.UNREADABLE_PART, location=error.location, detail=error.detail)
        )


def _share_samples(one: PoseSeries, other: PoseSeries) -> bool:
    """Whether two series have the same times by what is stored, without expanding them."""
    first, second = one.clock, other.clock
    if first.timestamps is not None and second.timestamps is not None:
        if first.timestamps.identity == second.timestamps.identity:
            return True
        return bool(first.facts and second.facts and first.facts.digest == second.facts.digest)
    if first.timestamps is None and second.timestamps is None:
        alike = first.rate == second.rate and (first.start or 0.0) == (second.start or 0.0)
        return alike and one.frames == other.frames
    return False


def _least_step(clock: Clock) -> float:
    """Return the shortest time between two samples in seconds; infinite if there are not two."""
    if clock.facts is not None:
        return clock.facts.least_step if clock.facts.least_step > 0 else math.inf
    rate = clock.rate or 0.0
    return 1 / rate if 0 < rate < math.inf else math.inf


def _as_read(array: Array | None, wanted: bool, *, dimensions: int) -> ArrayInfo | None:
    """Return a header that says why its values will not be read, if they will not."""
    if array is None:
        return None
    info = array.info
    if info.unread:
        return info
    if holds_no_numbers(info):
        return replace(info, unread="it does not hold real numbers")
    if not wanted:
        return replace(info, unread=HEADER_ONLY)
    if len(info.shape) != dimensions:
        return replace(info, unread=f"it has {len(info.shape)} dimensions, not {dimensions}")
    if dimensions == 2 and info.shape[1] not in {2, 3}:
        return replace(info, unread=f"it has {info.shape[1]} columns, not 2 or 3")
    return info


def _as_counted(info: ArrayInfo, count: int) -> ArrayInfo:
    """Return a header that says how many rows were read, if these were not all."""
    return replace(info, rows_read=count) if count < info.length else info


def _is_sampled(info: ArrayInfo | None) -> bool:
    return info is not None and info.rows_read is not None


def _is_wanted(array: Array) -> bool:
    info = array.info
    return not info.unread and not holds_no_numbers(info) and len(info.shape) in {1, 2}


def _unread(info: ArrayInfo | None, reason: str) -> ArrayInfo | None:
    return replace(info, unread=info.unread or reason) if info is not None else None
