"""Project 3D points into each calibrated view, and hold them against that view's own points."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from posecheck.facts import Camera, ReprojectionReducer
from posecheck.model.clock import Clock
from posecheck.model.facts import ReprojectionFacts
from posecheck.model.pose import Device, PoseContainer, PoseSeries
from posecheck.reading.inventory import Inventory
from posecheck.rules.body_part_names import fold
from posecheck.storage import Array, StorageError

_MOST_TIMES = 10_000_000
"""Timestamps that are held in memory at once; a longer view is compared only if it shares a clock
with the 3D pose."""

_MOST_ROWS = 1_000_000
"""Rows that are read at once."""

Rows = npt.NDArray[np.int64]
Matcher = Callable[[int, int], Rows]
"""From a range of rows of the 3D series to the 2D series' rows of the same times; -1 for none."""


def reproject(
    container: PoseContainer, devices: tuple[Device, ...], inventory: Inventory
) -> tuple[ReprojectionFacts, ...]:
    """Compare the views of a MultiCameraPoseEstimation with its 3D series.

    Series are paired by name, folded as for nodes, and their samples by time. A view is left out
    if its camera is not calibrated, or if no sample has a counterpart.

    Parameters
    ----------
    container
        A MultiCameraPoseEstimation with its views.
    devices
        The devices of the file.
    inventory
        Where the arrays are found again.
    """
    cameras = {device.path: device for device in devices if device.calibrated}
    spatial = _by_name(container, columns=3)
    stored = _Stored(inventory) if spatial else None
    found = []
    for view in container.views if stored is not None else ():
        camera = next((cameras[path] for path in view.devices if path in cameras), None)
        model = _model(camera) if camera is not None else None
        if camera is None or model is None or stored is None:
            continue
        comparison = _Comparison(model, stored)
        for name, flat in _by_name(view, columns=2).items():
            if name in spatial:
                comparison.add(spatial[name], flat)
        facts = comparison.result(view.path, camera.path)
        if facts.samples or facts.behind:
            found.append(facts)
    return tuple(found)


def _by_name(container: PoseContainer, columns: int) -> dict[str, PoseSeries]:
    """Return the series by folded name; a name that two of them bear pairs with nothing."""
    named: dict[str, list[PoseSeries]] = {}
    for series in container.sampled:
        if series.columns == columns:
            named.setdefault(fold(series.name), []).append(series)
    return {name: several[0] for name, several in named.items() if len(several) == 1}


def _model(device: Device) -> Camera | None:
    intrinsic, rotation = device.intrinsic_matrix, device.rotation_matrix
    if intrinsic is None or rotation is None or device.translation_vector is None:
        return None
    translation, distortion = device.translation_vector, device.distortion_coefficients
    rows = (*intrinsic, *rotation, translation, distortion or ())
    if not all(math.isfinite(item) for row in rows for item in row):
        return None  # CAM004, CAM005, CAM009 and CAM010 report it
    try:
        return Camera(intrinsic, rotation, translation, distortion)
    except (TypeError, ValueError):  # a malformed calibration is reported by other rules
        return None


class _Stored:
    """The arrays behind the series of one file."""

    def __init__(self, inventory: Inventory) -> None:
        self._entries = {entry.path: entry for entry in inventory.entries.values()}

    def positions(self, series: PoseSeries) -> Array | None:
        """Return the positions, if their values can be read."""
        return self._array(series, "data") if series.positions is not None else None

    def timestamps(self, series: PoseSeries) -> Array | None:
        """Return the timestamps, if they are known to increase."""
        facts = series.clock.facts
        if facts is None or facts.not_finite or facts.not_increasing or not facts.count:
            return None
        return self._array(series, "timestamps")

    def _array(self, series: PoseSeries, name: str) -> Array | None:
        entry = self._entries.get(series.path)
        return entry.array(name) if entry is not None else None


class _Comparison:
    """The 2D points of one view, compared with where its camera projects the 3D points.

    ndx-pose does not say whether a camera's translation is in the unit of the series or in that of
    the values as they are stored. Where the two differ, the reading that fits better counts.
    """

    def __init__(self, camera: Camera, stored: _Stored) -> None:
        self._stored = stored
        self._in_unit = ReprojectionReducer(camera)
        self._as_stored = ReprojectionReducer(camera)

    def add(self, spatial: PoseSeries, flat: PoseSeries) -> None:
        """Add the samples of one node."""
        points, pixels = self._stored.positions(spatial), self._stored.positions(flat)
        if points is None or pixels is None:
            return
        try:
            match = _matcher(spatial, flat, self._stored)
            if match is None:
                return
            for start in range(0, spatial.frames, points.block_rows):
                stop = min(start + points.block_rows, spatial.frames)
                for piece in _pieces(start, match(start, stop)):
                    world = points.read(piece.start, piece.stop)
                    image = pixels.read(piece.low, piece.high)
                    self._compare(spatial, world[piece.kept], flat, image[piece.rows])
        except StorageError:
            return  # the samples of both were read before: that they cannot be is noted already

    def result(self, view: str, camera: str) -> ReprojectionFacts:
        """Return the facts of the better reading."""
        readings = (self._in_unit.result(view, camera), self._as_stored.result(view, camera))
        return min(readings, key=lambda facts: (facts.behind > facts.samples, facts.median))

    def _compare(
        self,
        spatial: PoseSeries,
        world: npt.NDArray[np.floating],
        flat: PoseSeries,
        image: npt.NDArray[np.floating],
    ) -> None:
        with np.errstate(all="ignore"):
            image = image * flat.conversion + flat.offset
            self._in_unit.update(world * spatial.conversion + spatial.offset, image)
        self._as_stored.update(world, image)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of 3D rows and the 2D rows that go with it.

    Attributes
    ----------
    start, stop, kept
        The 3D rows to read, and which of them have a counterpart.
    low, high, rows
        The 2D rows to read, and which of them are the counterparts, in order.
    """

    start: int
    stop: int
    kept: Rows
    low: int
    high: int
    rows: Rows


def _pieces(start: int, matched: Rows) -> Iterator[_Piece]:
    """Cut a block so that no piece asks for more 2D rows than may be read at once."""
    waiting = [(start, matched)]
    while waiting:
        first, rows = waiting.pop()
        kept = np.flatnonzero(rows >= 0)
        if not kept.size:
            continue
        low, high = int(rows[kept].min()), int(rows[kept].max()) + 1
        if high - low > _MOST_ROWS and len(rows) > 1:
            half = len(rows) // 2
            waiting += [(first, rows[:half]), (first + half, rows[half:])]
        else:
            yield _Piece(first, first + len(rows), kept, low, high, rows[kept] - low)


def _matcher(spatial: PoseSeries, flat: PoseSeries, stored: _Stored) -> Matcher | None:
    """Say how the samples of two series go together; ``None`` if nobody can know."""
    if _share_clock(spatial.clock, flat.clock):
        return _by_row(flat.frames)
    when = _times(spatial, stored)
    if when is None or not _has_times(flat, stored):
        return _by_row(flat.frames) if spatial.frames == flat.frames else None
    if flat.clock.timestamps is None:
        return _by_rate(when, flat)
    array = stored.timestamps(flat)
    if array is None or array.info.length > _MOST_TIMES:
        return None
    times = np.asarray(array.read(0, min(array.info.length, flat.frames)), np.float64)
    return _by_nearest(when, times)


def _share_clock(one: Clock, other: Clock) -> bool:
    if one.timestamps is not None and other.timestamps is not None:
        if one.timestamps.identity and one.timestamps.identity == other.timestamps.identity:
            return True
        return bool(one.facts and other.facts and one.facts.digest == other.facts.digest)
    if one.timestamps is not None or other.timestamps is not None or one.rate is None:
        return False
    return one.rate == other.rate and (one.start or 0.0) == (other.start or 0.0)


def _has_times(series: PoseSeries, stored: _Stored) -> bool:
    if series.clock.timestamps is not None:
        return stored.timestamps(series) is not None
    return series.clock.rate is not None and 0 < series.clock.rate < float("inf")


def _times(
    series: PoseSeries, stored: _Stored
) -> Callable[[int, int], npt.NDArray[np.float64]] | None:
    """Return a function that gives the times of rows, or ``None`` if there are none."""
    if not _has_times(series, stored):
        return None
    array = stored.timestamps(series) if series.clock.timestamps is not None else None
    if array is not None:
        length = array.info.length
        found = array

        def read(start: int, stop: int) -> npt.NDArray[np.float64]:
            times = np.full(stop - start, np.nan)
            if start < length:
                part = found.read(start, min(stop, length))
                times[: len(part)] = part
            return times

        return read
    begin, rate = series.clock.start or 0.0, series.clock.rate or 1.0
    return lambda start, stop: begin + np.arange(start, stop) / rate


def _by_row(frames: int) -> Matcher:
    def match(start: int, stop: int) -> Rows:
        rows = np.arange(start, stop)
        return np.where(rows < frames, rows, -1)

    return match


def _by_rate(when: Callable[[int, int], npt.NDArray[np.float64]], flat: PoseSeries) -> Matcher:
    begin, rate = flat.clock.start or 0.0, flat.clock.rate or 1.0

    def match(start: int, stop: int) -> Rows:
        with np.errstate(all="ignore"):
            nearest = np.rint((when(start, stop) - begin) * rate)
            inside = (nearest >= 0) & (nearest < flat.frames)
            return np.where(inside, nearest, -1).astype(np.int64)

    return match


def _by_nearest(
    when: Callable[[int, int], npt.NDArray[np.float64]], times: npt.NDArray[np.float64]
) -> Matcher:
    """Match by the nearest timestamp, if it is nearer than half the usual step."""
    slack = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.0

    def match(start: int, stop: int) -> Rows:
        wanted = when(start, stop)
        with np.errstate(all="ignore"):
            after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
            after = np.minimum(after, len(times) - 1)
            before = np.maximum(after - 1, 0)
            is_before = np.abs(wanted - times[before]) <= np.abs(wanted - times[after])
            nearest = np.where(is_before, before, after)
            near = np.abs(wanted - times[nearest]) <= slack
            return np.where(near, nearest, -1).astype(np.int64)

    return match
