"""Clocks, videos and what lies where a reference points, in the words of ``posecheck info``."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.text import Text

from posecheck.model.clock import Clock
from posecheck.model.external_file import Target, TargetState
from posecheck.model.facts import ConfidenceFacts, PositionFacts
from posecheck.model.video_file import VideoFacts
from posecheck.model.wording import counted
from posecheck.report.escapes import escape

NOTHING = "–"
"""Stands for what is not stored."""

_TARGETS = {
    TargetState.PRESENT: ("is there", "green"),
    TargetState.MISSING: ("missing", "bold red"),
    TargetState.NOT_FETCHED: ("not fetched", "magenta"),
    TargetState.NOT_A_FILE: ("not a file", "bold red"),
    TargetState.OUTSIDE: ("outside the dandiset", "bold red"),
    TargetState.OUTSIDE_REPOSITORY: ("outside the git repository", "bold red"),
    TargetState.OUTSIDE_BY_LINK: ("outside the dandiset, by a link", "bold red"),
    TargetState.UNKNOWN: ("not looked at", "dim"),
}


def describe_clock(clock: Clock) -> str:
    """Say when the samples were taken, in hertz and seconds."""
    if clock.timestamps is not None:
        facts = clock.facts
        if facts is None:
            return f"{counted(clock.timestamps.length, 'timestamp')}, not read"
        text = f"timestamps {_number(facts.first)} … {_number(facts.last)} s"
        if facts.median_step > 0:
            text += f", about {_number(1 / facts.median_step)} Hz"
        return text
    if clock.rate is not None:
        start = "" if clock.start is None else f" from {_number(clock.start)} s"
        return f"{_number(clock.rate)} Hz{start}"
    return "no clock"


def describe_missing(positions: PositionFacts | None) -> str:
    """Give the share of frames without a position; a dash where nobody looked."""
    if positions is None or not positions.frames:
        return NOTHING
    share = positions.missing / positions.frames
    return f"{share:.1%}" if 0 < share < 1 else f"{share:.0%}"


def describe_confidence(confidence: ConfidenceFacts | None, *, stored: bool) -> str:
    """Give the range of the finite values."""
    if confidence is None:
        return "not read" if stored else "none"
    if not confidence.finite:
        return "no finite value"
    return f"{confidence.low:.3g} … {confidence.high:.3g}"


def describe_video(facts: VideoFacts) -> Iterator[Text]:
    """Say what a video file holds, a line for each kind of fact."""
    if facts.fault is not None:
        yield Text(f"{facts.fault.value.replace('-', ' ')}: {escape(facts.detail)}", "bold red")
    if not facts.codec:
        return
    stored = facts.profile and f" ({escape(facts.profile)})"
    turned = f", turned by {facts.rotation}°" if facts.rotation else ""
    known = [f"{facts.width} × {facts.height}{turned}", f"{escape(facts.codec)}{stored}"]
    known += [escape(facts.pixel_format)] if facts.pixel_format else []
    wrapped = "an image" if facts.is_image else f"in {escape(facts.container)}"
    yield Text(", ".join((*known, wrapped)))
    if facts.is_image:
        return
    counted_as = "decoded" if facts.decoded_frames is not None else "counted"
    parts = [f"{counted(facts.displayed_frames, 'frame')} {counted_as}"]
    if facts.promised_frames is not None and facts.promised_frames != facts.displayed_frames:
        parts.append(f"{facts.promised_frames:,} promised")
    if facts.rate is not None:
        pace = "about " if facts.is_variable else ""
        parts.append(f"{pace}{_number(facts.rate)} Hz")
    if facts.duration is not None:
        parts.append(f"{_number(facts.duration)} s")
    yield Text(", ".join(parts))
    if facts.is_variable and facts.least_step is not None and facts.greatest_step is not None:
        least, greatest = 1000 * facts.least_step, 1000 * facts.greatest_step
        yield Text(f"unevenly spaced: {least:.0f} to {greatest:.0f} ms apart", "yellow")
    if facts.truncated:
        yield Text(f"cut off: {facts.truncated}", "bold red")
    if facts.unplayable:
        yield Text(escape(facts.unplayable), "yellow")


def describe_target(target: Target | None) -> Text:
    """Say what lies where a reference points."""
    words, style = _TARGETS[TargetState.UNKNOWN if target is None else target.state]
    if target is not None and target.state is TargetState.PRESENT:
        words += f", {counted(target.size, 'byte')}"
    elif target is not None and target.state is TargetState.MISSING and target.candidate:
        words += f"; perhaps {escape(target.candidate.reference)} is meant"
    elif target is not None and target.candidate is not None:
        beside = "a file of that name lies beside the NWB file"
        words += f"; {'the file lies in the dandiset' if target.candidate.is_meant else beside}"
    return Text(words, style=style)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return f"{value:.6g}"
