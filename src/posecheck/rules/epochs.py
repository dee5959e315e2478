"""The calendar behind a clock: from which moment its seconds seem to be counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from posecheck.model.recording import Recording

DAY = 86_400.0
YEAR = 365.25 * DAY

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTS = (
    ("Unix seconds", _UNIX, 1.0),
    ("Unix milliseconds", _UNIX, 1e-3),
    ("Unix microseconds", _UNIX, 1e-6),
    ("Unix nanoseconds", _UNIX, 1e-9),
    ("seconds since 1904", datetime(1904, 1, 1, tzinfo=UTC), 1.0),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A date that a time would be, if it were counted otherwise.

    Attributes
    ----------
    counted
        How it would be counted: ``Unix seconds`` …
    moment
        The date; ``None`` if no calendar reaches so far.
    """

    counted: str
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class SessionDates:
    """When a session's time is zero, and when the session began.

    Attributes
    ----------
    text
        What is stored as the reference of time: ``timestamps_reference_time``, or where there is
        none, ``session_start_time``.
    reference, start
        The two as dates; ``None`` if the file does not say them, or not as dates.
    """

    text: str | None
    reference: datetime | None
    start: datetime | None

    def seconds_into_session(self, seconds: float) -> float:
        """Turn seconds after the reference into seconds after the session's start."""
        if self.reference is None or self.start is None:
            return seconds
        return seconds - (self.start - self.reference).total_seconds()

    @property
    def counts_from_1970(self) -> bool:
        """Whether Unix seconds are what the file promises, whatever day the session was."""
        reference = self.reference
        return reference is not None and abs(reference - _UNIX) <= timedelta(days=1)

    def seconds_off(self, seconds: float) -> float:
        """Return by how much a time lies after the session's start, where the dates show it.

        0 where they promise Unix seconds, or say nothing.
        """
        if self.reference is None or self.counts_from_1970:
            return 0.0
        return self.seconds_into_session(seconds)

    def read_otherwise(self, seconds: float) -> Reading:
        """Read a time as counted from another moment: the one that lies nearest to the session."""
        readings = [Reading(name, _date(zero, seconds * unit)) for name, zero, unit in _COUNTS]
        start = self.start
        if start is not None:
            for reading in readings:
                moment = reading.moment
                if moment is not None and abs(moment - start) <= timedelta(days=366):
                    return reading
        return readings[0]


def session_dates(recording: Recording) -> SessionDates:
    """Read the dates of a session; one without a time zone counts as UTC."""
    text = recording.timestamps_reference_time
    if text is None:
        text = recording.session_start_time
    return SessionDates(text, _parsed(text), _parsed(recording.session_start_time))


def _parsed(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar, in another time zone
        return None


def _date(zero: datetime, seconds: float) -> datetime | None:
    try:
        return zero + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
