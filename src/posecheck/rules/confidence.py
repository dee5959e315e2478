"""CNF: whether confidence is a probability, one per frame."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from posecheck.model.edit import Divide, Edit, Retype, SetAttribute
from posecheck.model.pose import PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params
from posecheck.rules.ndx_pose_version import is_older, ndx_pose
from posecheck.rules.shared_edits import path_of
from posecheck.rules.texts import folded_text, mentions, says_nothing

_BY_A_NETWORK = re.compile(
    r"\b(computed|calculated|derived|estimated)( directly)? (by|with|in|from) (the )?"
    r"(deep|neural|convolutional|network|model|tracker|software|deeplabcut|dlc|sleap|lightning|jabs"
    r"|heatmaps?|confidence maps?|softmax)\b"
)
"""How a definition says that a tracker scored the position: no reason for a score to be absent."""


def cnf001(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report confidence slightly outside 0 … 1."""
    confidence = series.confidence
    if confidence is None or not confidence.finite:
        return
    slack = params.number("tolerance")
    if -slack <= confidence.low and confidence.high <= 1 + slack:
        return
    if confidence.low < params.number("lowest") or confidence.high > params.number("highest"):
        return  # CNF007's
    definition = folded_text(series.confidence_definition)
    if any(word.casefold() in definition for word in params.words("unbounded")):
        return
    stated = (series.confidence_definition or "").strip() or "Score of the tracker"
    says_so = f"{stated.rstrip('.')}; not bounded by 0 and 1."
    edit = SetAttribute(path_of(series, "confidence"), "definition", says_so)
    yield Hit(
        series.path,
        outside=confidence.outside,
        finite=confidence.finite,
        low=confidence.low,
        high=confidence.high,
    ).with_edits(edit)


def cnf002(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report confidence that has not one value per frame."""
    if series.confidence_data is None or not series.frames:
        return
    if series.columns not in {2, 3}:
        return  # how many frames there are is unknown: NOD012's
    values = math.prod(series.confidence_data.shape)
    if values != series.frames:
        yield Hit(series.path, values=values, frames=series.frames, length=values)


def cnf003(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report confidence of which nobody says how it was computed."""
    if series.confidence_data is None or not series.frames:
        return
    if not (series.confidence_definition or "").strip():
        yield Hit(series.path)


def cnf004(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report series without confidence among series that have it."""
    series = container.sampled
    without = [one for one in series if one.confidence_data is None]
    if len(without) == len(series):
        return
    for one in without:
        yield Hit(one.path, having=len(series) - len(without), total=len(series))


def cnf005(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report confidence that is the same in every frame, or only 0 and 1."""
    confidence = series.confidence
    if confidence is None or confidence.finite < params.number("least_samples"):
        return
    if _says(series, params.words("explained")):
        return
    if confidence.low == confidence.high:
        yield Hit(series.path, value=confidence.low, finite=confidence.finite)
    elif not confidence.fractional:
        yield Hit(series.path, "binary", finite=confidence.finite)


def cnf006(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report frames that are missing and yet confident."""
    positions = series.positions
    if positions is None or not positions.frames or series.confidence_data is None:
        return
    if series.confidence is not None and series.confidence.high > params.number("highest"):
        return  # no probability, so 0.5 says nothing: CNF007's
    share = positions.confident_missing / positions.frames
    if share > params.number("share"):
        yield Hit(
            series.path, count=positions.confident_missing, frames=positions.frames, share=share
        )


def cnf007(series: PoseSeries, params: Params) -> Iterator[Hit]:
    """Report confidence far outside 0 … 1."""
    confidence = series.confidence
    if confidence is not None and confidence.infinite:
        yield Hit(series.path, "infinite", infinite=confidence.infinite, count=confidence.count)
    if confidence is None or not confidence.finite:
        return
    lowest, highest = params.number("lowest"), params.number("highest")
    if lowest <= confidence.low and confidence.high <= highest:
        return
    if confidence.low < lowest:
        looks = "logits"
    elif confidence.low >= 0 and params.number("least_percent") <= confidence.high <= 100:
        looks = "percent"
    else:
        looks = ""
    hit = Hit(series.path, looks, low=confidence.low, high=confidence.high)
    yield hit.with_edits(*_divided_by_100(series)) if looks == "percent" else hit


def cnf008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report confidence that is NaN throughout, and whose definition does not say why."""
    required = is_older(recording, str(params["optional_since"]))
    for series in recording.every_series():
        confidence = series.confidence
        if confidence is None or not confidence.count or confidence.finite:
            continue
        if series.positions is not None and not series.positions.finite:
            continue  # never detected: NOD014's
        if _says(series, params.words("explained")):
            continue
        variant = "required" if required else ""
        yield Hit(series.path, variant, count=confidence.count, version=ndx_pose(recording))


def _divided_by_100(series: PoseSeries) -> Iterator[Edit]:
    path, stored = path_of(series, "confidence"), series.confidence_data
    if stored is not None and not stored.dtype.startswith("float"):
        yield Retype(path, "float32")
    yield Divide(path, 100)


def _says(series: PoseSeries, words: Iterable[str]) -> bool:
    """Whether the definition of the confidence holds a word that begins with one of these."""
    if says_nothing(series.confidence_definition):
        return False
    definition = folded_text(series.confidence_definition)
    return mentions(_BY_A_NETWORK.sub("", definition), words)
