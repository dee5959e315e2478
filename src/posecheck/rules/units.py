"""UNI: whether the unit says what the numbers are."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from types import MappingProxyType

from posecheck.model.edit import Edit, SetAttribute
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params
from posecheck.rules.shared_edits import path_of
from posecheck.rules.texts import grouped, shortened
from posecheck.rules.timed import distinct_clocks

PIXELS = "pixels"
"""The unit that ndx-pose assumes where none is stored."""

_SPELLINGS = {
    PIXELS: ("px", "pix", "pxs", "pixel", "pixel(s)"),
    "meters": ("m", "meter", "metre", "metres", "meter(s)"),
    "centimeters": ("cm", "cms", "centimeter", "centimetre", "centimetres"),
    "millimeters": ("mm", "mms", "millimeter", "millimetre", "millimetres"),
    "micrometers": ("um", "µm", "micron", "microns", "micrometer", "micrometre", "micrometres"),
    "degrees": ("deg", "degs", "degree", "°"),
    "radians": ("rad", "rads", "radian"),
    "n.a.": ("n.a", "n/a", "na", "not available", "not applicable"),
}
_SYNONYMS = MappingProxyType(
    # casefold turns the micro sign into a Greek mu, here and in what is looked up
    {word.casefold(): unit for unit, words in _SPELLINGS.items() for word in words}
)
_PLACEHOLDERS = frozenset(
    {
        *("", "-", "?", "...", "…", "none", "null", "nan", "unit", "units", "tbd", "todo"),
        *("unknown", "unknown unit", "unspecified", "not specified", "undefined", "no unit"),
        *("a.u.", "a.u", "au", "arb. unit", "arb. units", "arbitrary unit", "arbitrary units"),
    }
)
_UNKNOWN = "n.a."
_ANGLES = frozenset({"degrees", "radians"})


def effective_unit(series: PoseSeries) -> str:
    """Return the unit of a series in NWB's spelling, and ``pixels`` where none is stored.

    A word that is no known unit comes back in lower case.
    """
    return PIXELS if series.unit is None else _spelled(series.unit)


def uni001(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a unit that NWB does not spell like that, or does not know."""
    accepted = params.words("accepted")
    unit = series.unit
    if unit is None or unit in accepted or _is_placeholder(unit):
        return
    wanted = _spelled(unit)
    if wanted in accepted:
        edit = SetAttribute(path_of(series, "data"), "unit", wanted)
        yield Hit(series.path, unit=shortened(unit), wanted=wanted).with_edits(edit)
        return
    near = difflib.get_close_matches(wanted, accepted, n=1, cutoff=0.7)
    if near:
        yield Hit(series.path, "similar", unit=shortened(unit), nearest=near[0])
    else:
        yield Hit(series.path, "unfamiliar", unit=shortened(unit), accepted=accepted)


def uni002(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a unit that says nothing, and hint at one that is absent."""
    if series.unit is None:
        if series.data is not None:
            yield Hit(series.path, "absent")
    elif not series.unit.strip():
        yield Hit(series.path, "empty")
    elif _is_placeholder(series.unit):
        yield Hit(series.path, unit=series.unit.strip())


def uni003(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container whose series are in different units."""
    units = _units(container)
    if len(set(units.values())) > 1:
        yield Hit(
            container.path,
            count=len(set(units.values())),
            units=grouped((unit, name) for name, unit in units.items()),
        )


def uni004(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report pixels that a conversion turns into something else."""
    tolerance = params.number("tolerance")
    if not _keeps_values(series):
        return  # UNI005's
    if effective_unit(series) == PIXELS and not abs(series.conversion - 1) <= tolerance:
        yield Hit(series.path, conversion=f"{series.conversion:.6g}")


def uni005(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container whose series scale their values differently, or lose them."""
    lost = [
        (f"× {series.conversion:.6g} + {series.offset:.6g}", series.name)
        for series in container.sampled
        if not _keeps_values(series)
    ]
    if lost:
        yield Hit(container.path, "lost", scales=grouped(lost))
        return
    if len(set(_units(container).values())) > 1:
        return  # different units need different conversions, and are UNI003's
    pairs = [
        (f"× {series.conversion:.6g} + {series.offset:.6g}", series.name)
        for series in container.sampled
    ]
    if len({scale for scale, _ in pairs}) > 1:
        yield Hit(container.path, scales=grouped(pairs))


def uni006(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report meters that reach as far as the pixels of a video frame."""
    for unit in ("meters", "centimeters"):
        bounds = [
            _bounds(series)
            for series in container.sampled
            if series.unit is not None and effective_unit(series) == unit
        ]
        found = [bound for bound in bounds if bound is not None]
        if not found:
            continue
        low, high = min(low for low, _ in found), max(high for _, high in found)
        # a frame has no negative pixels, an arena measured from its center has negative meters
        if high - low >= params.number(unit) and low >= -params.number("margin") * (high - low):
            hit = Hit(container.path, unit=unit, low=low, high=high)
            yield hit.with_edits(*_called_pixels(container, unit))


def uni007(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report pixels that are shares of the frame."""
    with_positions = [series for series in container.sampled if series.positions is not None]
    if not with_positions or len(with_positions) < len(container.sampled):
        return
    if any(effective_unit(series) != PIXELS or series.columns == 3 for series in with_positions):
        return
    bounds = [bound for series in with_positions if (bound := _bounds(series)) is not None]
    samples = sum(series.positions.finite for series in with_positions if series.positions)
    if not bounds or samples < params.number("least_samples"):
        return
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    if low >= 0 and 0 < high <= 1:
        yield Hit(container.path, low=low, high=high, samples=samples)


def uni008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report time that is not in seconds."""
    wanted = params.words("accepted")
    for timed in distinct_clocks(recording):
        unit = timed.clock.unit
        if unit is not None and unit not in wanted:
            of = "starting_time" if timed.clock.timestamps is None else "timestamps"
            yield Hit(timed.location, of=of, unit=shortened(unit))


def uni009(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a position that is given as an angle."""
    unit = effective_unit(series)
    if unit in _ANGLES:
        yield Hit(series.path, unit=unit)


def uni010(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report three-dimensional positions in pixels."""
    if container.multi_camera or container.parent is not None:
        return  # CAM001's, and CAM012's for a view
    for series in container.sampled:
        if series.unit is not None and series.columns == 3 and effective_unit(series) == PIXELS:
            yield Hit(series.path)


def _keeps_values(series: PoseSeries) -> bool:
    """Whether conversion and offset leave a number of each value, and not one number of all."""
    return (
        math.isfinite(series.conversion) and series.conversion != 0 and math.isfinite(series.offset)
    )


def _called_pixels(container: PoseContainer, unit: str) -> Iterator[Edit]:
    """Call what a unit was given pixels; nothing where they would not be those of the video."""
    found = [item for item in container.sampled if item.unit and effective_unit(item) == unit]
    if all(map(_may_be_pixels, found)):
        for series in found:
            yield SetAttribute(path_of(series, "data"), "unit", PIXELS)


def _may_be_pixels(series: PoseSeries) -> bool:
    positions = series.positions
    outside = (
        positions is not None and positions.against_frame and positions.against_frame.far_outside
    )
    return series.conversion == 1 and series.offset == 0 and not outside


def _spelled(unit: str) -> str:
    folded = unit.strip().casefold()
    return _SYNONYMS.get(folded, folded)


def _is_placeholder(unit: str) -> bool:
    return unit.strip().casefold() in _PLACEHOLDERS


def _units(container: PoseContainer) -> dict[str, str]:
    """Return the unit of each series with samples that states one, by the series' name."""
    return {
        series.name: unit
        for series in container.sampled
        if (unit := effective_unit(series)) != _UNKNOWN and not _is_placeholder(unit)
    }


def _bounds(series: PoseSeries) -> tuple[float, float] | None:
    """Return the least and the greatest x or y in the unit of the series, if they are known."""
    if series.positions is None or not series.positions.low:
        return None
    ends = [
        series.scaled(value) for value in (*series.positions.low[:2], *series.positions.high[:2])
    ]
    return (min(ends), max(ends)) if all(map(math.isfinite, ends)) else None
