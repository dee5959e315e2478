"""NOD, the positions: whether a whole, moving, finite trajectory stands behind each node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from posecheck.model.edit import Edit, MarkMissing
from posecheck.model.facts import PositionFacts
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.rule import Hit, Params
from posecheck.rules.agreement import comparable_series, lengths_unexplained
from posecheck.rules.body_part_names import listed
from posecheck.rules.shared_edits import path_of
from posecheck.rules.texts import mentions


def nod010(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report series of different lengths whose times do not say which frames they are."""
    if not lengths_unexplained(container):
        return
    by_length: dict[int, list[str]] = defaultdict(list)
    for series in comparable_series(container):
        by_length[series.frames].append(series.name)
    groups = [f"{frames} ({listed(names, 3)})" for frames, names in sorted(by_length.items())]
    yield Hit(container.path, groups=listed(groups, 4), lengths=tuple(sorted(by_length)))


def nod011(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container that mixes 2D and 3D series."""
    flat = tuple(series.name for series in container.sampled if series.columns == 2)
    deep = tuple(series.name for series in container.sampled if series.columns == 3)
    if flat and deep:
        yield Hit(
            container.path,
            flat_names=listed(flat),
            deep_names=listed(deep),
            flat=flat,
            deep=deep,
        )


def nod012(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report data that is not one row of two or three coordinates per frame."""
    if series.data is None:
        yield Hit(series.path, "absent", series=series.name)
        return
    if series.data.length == 0 or _is_well_formed(series):
        return
    shape = series.data.shape
    transposed = len(shape) == 2 and shape[0] in {2, 3} and shape[1] > shape[0]
    yield Hit(
        series.path,
        "transposed" if transposed else "",
        series=series.name,
        stored=str(shape),
        wanted=str(shape[::-1]),
        shape=shape,
    )


def nod013(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a series without a single frame."""
    if series.data is not None and series.data.length == 0:
        yield Hit(series.path, series=series.name, stored=str(series.data.shape))


def nod014(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a node that was never found, and of which nobody says so."""
    positions = series.positions
    if mentions(series.description, params.words("explained")):
        return
    if positions is not None and 0 < positions.frames == positions.missing:
        yield Hit(series.path, series=series.name, frames=positions.frames)


def nod015(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a node that was found in less than half of the frames, and nobody says why."""
    positions = series.positions
    if positions is None or not positions.frames or positions.missing == positions.frames:
        return
    if mentions(series.description, params.words("explained")):
        return
    share = positions.missing / positions.frames
    if share > params.number("share"):
        yield Hit(
            series.path,
            series=series.name,
            share=share,
            missing=positions.missing,
            frames=positions.frames,
        )


def nod016(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a node that stands still for most of the recording."""
    positions = series.positions
    if (
        positions is None
        or not positions.finite
        or positions.frozen_frames <= params.number("longest")
    ):
        return
    # Both the run and these placeholders fill half of the samples: they are the same, and NOD019's.
    if positions.unlikely_sentinels >= positions.frozen_frames:
        return
    share = positions.frozen_frames / positions.finite
    if share > params.number("share"):
        yield Hit(
            series.path,
            series=series.name,
            run=positions.frozen_frames,
            first=positions.frozen_at,
            share=share,
        )


def nod017(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report infinite coordinates."""
    positions = series.positions
    if positions is not None and positions.infinite:
        yield Hit(
            series.path, series=series.name, infinite=positions.infinite, frames=positions.frames
        )


def nod018(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report nodes that were given one and the same trajectory."""
    alike: dict[str, list[PoseSeries]] = defaultdict(list)
    for series in container.sampled:
        positions = series.positions
        if positions is None or not positions.digest or positions.finite < params.number("fewest"):
            continue
        # A few samples of one position are what two objects in one place would give.
        if positions.finite < params.number("samples") and positions.low == positions.high:
            continue
        # Nodes that were never found, all written as 0 or as -1, are alike and NOD019's.
        if positions.zeros + positions.minus_ones < positions.finite:
            alike[positions.digest].append(series)
    for group in alike.values():
        if len(group) > 1:
            facts = group[0].positions
            finite = facts.finite if facts else 0
            names = tuple(series.name for series in group)
            yield Hit(
                container.path,
                "short" if finite < params.number("samples") else "",
                names=listed(names),
                series=names,
                finite=finite,
            )


def nod019(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report placeholders that a reader takes for positions."""
    positions = series.positions
    if positions is None or not positions.frames:
        return
    together = positions.shared_sentinels > positions.unlikely_sentinels
    count = max(positions.unlikely_sentinels, positions.shared_sentinels)
    share = count / positions.frames
    if share > params.number("share"):
        absent = series.confidence_data is None
        yield Hit(
            series.path,
            "together" if together else "without-confidence" if absent else "",
            series=series.name,
            count=count,
            frames=positions.frames,
            share=share,
            value=_sentinel(positions),
        ).with_edits(*_marked_missing(series, positions))


def _marked_missing(series: PoseSeries, positions: PositionFacts) -> Iterator[Edit]:
    """Write NaN for placeholders; nothing where some of these values are confident positions."""
    stored = series.data
    if stored is None or not stored.dtype.startswith("float"):
        return  # whole numbers have no NaN
    if positions.zeros + positions.minus_ones > positions.unlikely_sentinels:
        return  # a confidence that stays above 0.5 where nothing is would be CNF006's
    if positions.zeros:
        yield MarkMissing(path_of(series, "data"), 0.0)
    if positions.minus_ones:
        yield MarkMissing(path_of(series, "data"), -1.0)


def _is_well_formed(series: PoseSeries) -> bool:
    return series.columns in {2, 3}


def _sentinel(positions: PositionFacts) -> str:
    values = [text for text, rows in (("0", positions.zeros), ("-1", positions.minus_ones)) if rows]
    return " or ".join(f"({', '.join([value] * positions.columns)})" for value in values)
