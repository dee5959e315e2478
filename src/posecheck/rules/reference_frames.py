"""REF: what is zero, which way the axes run, and how large the frame is.

A reference frame is free text. It is classified by the words in it, and in doubt for the author: a
careful sentence in unforeseen words must give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from posecheck.model.edit import Edit, ReorderColumns
from posecheck.model.external_file import TargetState
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.shared_edits import path_of, put
from posecheck.rules.texts import grouped, shortened
from posecheck.rules.units import PIXELS, effective_unit

_READ = 2000
_NO_SIZE = "the size of the frame is not known"
_VERBS = frozenset({"is", "are", "corresponds", "correspond", "to", "at", "means", "the", "a"})
_PLACEHOLDERS = frozenset(
    {
        *("", "unknown", "none", "null", "nan", "na", "n a", "tbd", "todo", "to be determined"),
        *("no description", "no reference", "no reference frame", "no frame", "placeholder"),
        *("unspecified", "undefined", "not specified", "not known", "not available"),
        *("reference frame", "unknown reference frame", "reference frame unknown"),
    }
)
_CORNERS = (
    *("top left", "topleft", "upper left", "upperleft", "left top", "left upper"),
    *("top right", "topright", "upper right", "upperright", "right top", "right upper"),
    *("bottom left", "bottomleft", "lower left", "lowerleft", "left bottom", "left lower"),
    *("bottom right", "bottomright", "lower right", "lowerright", "right bottom", "right lower"),
)
_TOP_LEFT_FRAME = (
    "(0, 0) is the top-left pixel of the video frame; x increases to the right, y downward."
)
_BOTTOM_LEFT = ("bottom left", "bottomleft", "lower left", "lowerleft", "left bottom", "left lower")
_TOP_LEFT = ("top left", "topleft", "upper left", "upperleft", "left top", "left upper")
_FLIPPED = ("flip", "flipped", "inverted", "mirrored", "reversed", "converted", "transformed")
_CENTERS = ("center", "centre", "centered", "centred", "middle", "midpoint", "centroid")


def ref001(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a reference frame that is empty or a placeholder."""
    is_known = _is_top_left(container, params)
    for series in container.series:
        if _words(series):
            continue
        text = (series.reference_frame or "").strip()
        spatial = series.columns == 3
        if text:
            hit = Hit(series.path, "spatial" if spatial else "", text=shortened(text))
        else:
            hit = Hit(series.path, "spatial-absent" if spatial else "absent")
        in_image = series.columns == 2 and effective_unit(series) == PIXELS
        yield hit.with_edits(_set_top_left(series)) if is_known and in_image else hit


def ref002(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report a reference frame that leaves the origin or the axes open."""
    words = _words(series)
    if not words:
        return  # REF001's
    corner = _has(words, _CORNERS)
    origin = corner or _has(words, params.words("origin"))
    # of an image's corner the axes can only run inwards; a third one could run either way
    axes = (corner and series.columns != 3) or _has(words, params.words("axes"))
    text = shortened(series.reference_frame or "")
    if not origin and not axes:
        yield Hit(series.path, text=text)
    elif not origin:
        yield Hit(series.path, "origin", text=text)
    elif not axes:
        yield Hit(series.path, "axes", text=text)


def ref003(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container whose series say different things of their frame."""
    texts: dict[str, str] = {}
    pairs = []
    for series in container.series:
        words = _words(series)
        if words:
            text = texts.setdefault(words, f"'{shortened(series.reference_frame or '')}'")
            pairs.append((text, series.name))
    if len(texts) > 1:
        yield Hit(container.path, count=len(texts), frames=grouped(pairs))


def ref004(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report an origin at the bottom left where the tracker has it at the top left."""
    if not _is_top_left(container, params):
        return
    for series in container.series:
        words = _words(series)
        if effective_unit(series) != PIXELS or series.columns == 3:
            continue  # an arena may well be measured from its lower left
        if _has(words, _BOTTOM_LEFT) and not _has(words, (*_TOP_LEFT, *_FLIPPED)):
            yield Hit(
                series.path,
                text=shortened(series.reference_frame or ""),
                software=shortened(container.source_software or ""),
            ).with_edits(_set_top_left(series))


def ref005(series: PoseSeries, params: Params) -> Iterator[Hit | Skip]:
    """Report positions far outside the frame."""
    positions = series.positions
    if not _is_in_image(series) or positions is None or not positions.finite:
        return
    facts = positions.against_frame
    if facts is None:
        yield Skip(series.path, _NO_SIZE)
        return
    share = facts.far_outside / positions.finite
    if share <= params.number("share"):
        return
    stated = facts.frame.source != "video"
    is_severe = not stated and share >= params.number("severe")
    size = (facts.frame.width, facts.frame.height)
    axis, extreme = _extreme(series, size)
    yield Hit(
        series.path,
        "stated" if stated else "most" if is_severe else "",
        count=facts.far_outside,
        share=share,
        width=size[0],
        height=size[1],
        source=facts.frame.source,
        axis=axis,
        extreme=extreme,
    )


def ref006(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report positions that fit the frame only if x and y are exchanged."""
    for container in recording.every_container():
        for series in container.series:
            for answer in _swapped(series, params):
                if isinstance(answer, Hit) and not answer.variant:
                    yield answer.with_edits(*_exchanged(container, params))
                else:
                    yield answer


def _swapped(series: PoseSeries, params: Params) -> Iterator[Hit | Skip]:
    positions = series.positions
    if not _is_in_image(series) or positions is None or not positions.finite:
        return
    facts = positions.against_frame
    if facts is None:
        yield Skip(series.path, _NO_SIZE)
        return
    outside, swapped = facts.outside / positions.finite, facts.outside_swapped / positions.finite
    if outside < params.number("outside") or swapped > 1 - params.number("inside"):
        return
    axis, extreme = _extreme(series, (facts.frame.width, facts.frame.height))
    yield Hit(
        series.path,
        "" if facts.frame.source == "video" else "stated",
        share=outside,
        fitting=1 - swapped,
        width=facts.frame.width,
        height=facts.frame.height,
        source=facts.frame.source,
        axis=axis,
        extreme=extreme,
    )


def _exchanged(container: PoseContainer, params: Params) -> Iterator[Edit]:
    """Exchange x and y of a container, also of the nodes that fit the frame either way."""
    for series in container.sampled:
        positions = series.positions
        facts = positions.against_frame if positions is not None else None
        if series.columns != 2 or not _is_in_image(series) or facts is None or positions is None:
            continue
        if facts.outside_swapped <= (1 - params.number("inside")) * positions.finite:
            yield ReorderColumns(path_of(series, "data"), (1, 0))


def ref007(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report negative pixels where the size of the frame is unknown."""
    videos = {video.path: video for video in recording.videos}
    for container in recording.every_container():
        if container.multi_camera or _states_size(container, videos):
            continue
        for series in _in_pixels(container):
            words = _words(series)
            if _has(words, _CENTERS) and not _has(words, _CORNERS):
                continue
            low = min((series.scaled(low) for low in _ends(series)), default=0.0)
            if low < -params.number("slack"):
                yield Hit(series.path, low=low)


def ref008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report pixels of a frame whose size nobody can know."""
    videos = {video.path: video for video in recording.videos}
    for container in recording.every_container():
        if container.multi_camera or not any(_in_pixels(container)):
            continue
        linked = _linked(container, videos)
        if _states_size(container, videos) or any(map(_is_at_hand, linked)):
            continue
        if linked:
            yield Hit(container.path, "video", video=linked[0].name)
        else:
            yield Hit(container.path)


def _words(series: PoseSeries) -> str:
    """Return the words of a reference frame with a space around each; empty if it says nothing."""
    text = (series.reference_frame or "")[:_READ].casefold().replace("_", " ")
    words = re.findall(r"\w+", text)
    rest = list(words)
    while rest and (rest[0] == "0" or rest[0] in _VERBS):
        rest.pop(0)
    return "" if " ".join(rest) in _PLACEHOLDERS else f" {' '.join(words)} "


def _is_top_left(container: PoseContainer, params: Params) -> bool:
    """Return whether the tracker is one that counts from the top left of the image."""
    software = _folded(container.source_software or "")
    return any(_folded(name) in software for name in params.words("software"))


def _set_top_left(series: PoseSeries) -> Edit:
    return put(series, "reference_frame", _TOP_LEFT_FRAME)


def _has(words: str, phrases: Iterable[str]) -> bool:
    return any(f" {phrase} " in words for phrase in phrases)


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name[:_READ].casefold())


def _in_pixels(container: PoseContainer) -> Iterator[PoseSeries]:
    """Yield the series with samples that are positions in an image."""
    for series in container.sampled:
        if series.columns == 2 and effective_unit(series) == PIXELS:
            yield series


def _ends(series: PoseSeries) -> tuple[float, ...]:
    """Return the stored extremes of x and y."""
    positions = series.positions
    return () if positions is None else (*positions.low, *positions.high)


def _linked(container: PoseContainer, videos: dict[str, Video]) -> list[Video]:
    paths = (container.source_video, container.labeled_video)
    return [videos[path] for path in paths if path is not None and path in videos]


def _is_in_image(series: PoseSeries) -> bool:
    """Whether a series holds positions in an image that are counted from one of its corners."""
    if series.columns != 2 or effective_unit(series) != PIXELS:
        return False
    words = _words(series)
    return not _has(words, _CENTERS) or _has(words, _CORNERS)


def _extreme(series: PoseSeries, size: tuple[int, int]) -> tuple[str, float]:
    """Return the axis and the coordinate that lie farthest outside, as a share of the frame."""
    positions = series.positions
    ends = [] if positions is None else zip("xy", positions.low, positions.high, size, strict=False)
    found = [
        (max(-value, value - most) / most, axis, value)
        for axis, low, high, most in ends
        for value in (series.scaled(low), series.scaled(high))
    ]
    _, axis, value = max(found, default=(0.0, "x", 0.0))
    return axis, value


def _states_size(container: PoseContainer, videos: dict[str, Video]) -> bool:
    """Whether the file states the size of the frame; zeros are a placeholder."""
    stated = list(container.dimensions or ())
    for video in _linked(container, videos):
        stated.append(video.dimension or ())
        if video.data is not None and len(video.data.shape) >= 3:
            stated.append(video.data.shape[1:3])
    return any(len(size) == 2 and min(size) > 0 for size in stated)


def _is_at_hand(video: Video) -> bool:
    """Whether a file of the video can be asked for its size."""
    return any(
        file.target is not None and file.target.state is TargetState.PRESENT
        for file in video.external_files or ()
    )
