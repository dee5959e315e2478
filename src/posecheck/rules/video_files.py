"""VID, the files: what a video file holds, and whether the ImageSeries says the same."""

from __future__ import annotations

import math
from collections.abc import Iterator

from posecheck.model.edit import Edit
from posecheck.model.external_file import ExternalFile
from posecheck.model.facts import TimestampFacts
from posecheck.model.image_series import Video
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.model.video_file import Obstacle, VideoFault
from posecheck.rules.body_part_names import listed
from posecheck.rules.candidate_files import Agreement, statements_of, weigh
from posecheck.rules.image_sequences import (
    common_size,
    image_count,
    images_of,
    is_image,
    is_image_sequence,
    named_files,
)
from posecheck.rules.image_series import frame_size
from posecheck.rules.probed_video import (
    ProbedVideo,
    counted_frames,
    probed_videos,
    reasons_not_probed,
    why_not_probed,
    why_uncounted,
)
from posecheck.rules.shared_edits import put
from posecheck.rules.texts import mentions
from posecheck.rules.video_parts import part_of, samples_of

_NTSC = 1.001
_NTSC_SLACK = 1e-4
_OBSTACLES = {Obstacle.PIXEL_FORMAT: "pixel-format", Obstacle.CONTAINER: "wrapping"}
_VARIANTS = {
    VideoFault.ZERO_BYTES: "empty",
    VideoFault.NO_MOOV: "unfinished",
    VideoFault.TRUNCATED: "unfinished",
    VideoFault.NOT_A_VIDEO: "other",
}


def vid015(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report files that are there and show nothing."""
    for file in named_files(video):
        facts = file.video
        if facts is None or facts.fault is None or why_not_probed(file) or is_image(file):
            continue  # images are VID035's
        yield Hit(video.path, _VARIANTS.get(facts.fault, ""), file=_name(file), detail=facts.detail)
    if not is_image_sequence(video):
        yield from _skipped(video)


def vid016(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report a video whose frames are not as many as the series says."""
    stated, source = samples_of(video)
    if stated is None:
        return
    if not named_files(video) or is_image_sequence(video):
        return  # images are VID035's
    counted = counted_frames(video)
    if counted is None:
        yield Skip(video.path, why_uncounted(video))
    elif counted != stated:
        apart = abs(counted - stated)
        variant = "few" if apart <= params.number("tolerance") else ""
        yield Hit(
            video.path, variant, counted=counted, stated=stated, source=source, difference=apart
        )


def vid017(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report files that run at another rate than the series."""
    rate, variant = video.clock.rate, ""
    facts = video.clock.facts
    if video.clock.timestamps is not None:
        rate, variant = None, "timestamps"
        if facts is not None and facts.median_step > 0:
            rate = 1 / facts.median_step
    if rate is None or not math.isfinite(rate) or rate <= 0:
        return
    for probed in probed_videos(video):
        held = probed.facts.rate
        if held is None:
            continue
        drift = _drift(probed, held, rate)
        if abs(held / rate - 1) > params.number("tolerance"):
            if variant and mentions(video.description, params.words("explained")):
                continue
            # Of uneven frames the container states the mean; it is no other speed.
            apart = abs(held * _mean_step(facts) - 1) if facts is not None else math.inf
            if apart <= params.number("tolerance"):
                continue
            yield Hit(video.path, variant, file=probed.name, held=held, rate=rate)
        elif not variant and drift >= params.number("drift"):
            yield Hit(video.path, "drift", file=probed.name, held=held, rate=rate, drift=drift)
    yield from _skipped(video)


def _mean_step(facts: TimestampFacts) -> float:
    """Return the mean step between timestamps in seconds; NaN where there is none."""
    return (facts.last - facts.first) / (facts.count - 1) if facts.count > 1 else math.nan


def vid018(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report a ``dimension`` that is not the size of the frames."""
    stated = frame_size(video)
    if stated is None:
        return
    common = common_size(images_of(video))
    is_image_compared = False
    for probed in probed_videos(video):
        facts = probed.facts
        size = (facts.width, facts.height)
        if probed.facts.is_image:
            # images of other sizes than most are VID035's
            if is_image_compared or size != common:
                continue
            is_image_compared = True
        if stated == size:
            continue
        variant = ""
        if stated == (facts.coded_width, facts.coded_height):
            variant = "rotated"
        elif stated == size[::-1]:
            variant = "swapped"
        yield Hit(
            video.path,
            variant,
            file=probed.name,
            stated=_size(stated),
            size=_size(size),
            rotation=facts.rotation,
        ).with_edits(*_sized(video, size))
    yield from _skipped(video)


def vid019(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report videos outside the file whose size is not stated."""
    for video in recording.videos:
        if not named_files(video) or (video.dimension and any(video.dimension)):
            continue
        placeholder = video.dimension is not None
        said = (
            f"dimension is {list(video.dimension or ())}" if placeholder else "dimension is absent"
        )
        probed = _probed_size(recording, video)
        stated = _stated_elsewhere(recording, video)
        if probed is not None:
            name, size, is_sure = probed
            is_sure = is_sure and (stated is None or tuple(stated[1]) == size)
            variant = "known" if is_sure else "known-unsure"
            hit = Hit(video.path, variant, said=said, file=name, size=_size(size))
            yield hit.with_edits(*_sized(video, size))
        elif stated is not None:
            container, known = stated
            hit = Hit(video.path, "container", said=said, container=container, size=_size(known))
            yield hit.with_edits(put(video, "dimension", known, "int32"))
        else:
            yield Hit(video.path, said=said)


def _probed_size(recording: Recording, video: Video) -> tuple[str, tuple[int, int], bool] | None:
    """Return the first file of which the size was read, that size, and whether nothing is assumed.

    Of a file that is displayed turned, nobody knows how the tracker saw it.
    """
    for probed in probed_videos(video):
        size = (probed.facts.width, probed.facts.height)
        return probed.name, size, not probed.facts.rotation
    users = [one for one in recording.every_container() if one.source_video == video.path]
    stated_of = statements_of(video, users)
    for file in named_files(video):
        candidate = file.target.candidate if file.target is not None else None
        facts = candidate.video if candidate is not None else None
        if candidate is None or facts is None or facts.fault is not None:
            continue
        agreement = weigh(candidate, stated_of(file)).agreement
        if agreement in {Agreement.MEANT, Agreement.AGREES}:
            is_sure = agreement is Agreement.MEANT and not facts.rotation
            return _name(file), (facts.width, facts.height), is_sure
    return None


def _stated_elsewhere(recording: Recording, video: Video) -> tuple[str, tuple[int, ...]] | None:
    """Return the container that states the size of its only video, and that size."""
    users = {*video.source_of, *video.labeled_of}
    names = {file.reference.name for file in named_files(video)}
    for container in recording.every_container():
        named = {file.reference.name for file in container.original_videos or ()}
        if container.path not in users and not (named and named <= names):
            continue
        sizes = set(container.dimensions or ())
        for size in sizes:
            if len(sizes) == 1 and len(size) == 2 and min(size) > 0:
                return container.name, size
    return None


def vid020(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report videos that no browser plays."""
    groups: dict[tuple[str, str], list[str]] = {}
    for probed in probed_videos(video):
        facts = probed.facts
        if not facts.unplayable:
            continue
        if facts.codec in params.words("lossless"):
            variant = "lossless"
        else:
            variant = _OBSTACLES.get(facts.obstacle or Obstacle.CODEC, "")
        groups.setdefault((variant, facts.unplayable), []).append(probed.name)
    for (variant, reason), names in groups.items():
        yield Hit(video.path, variant, files=listed(names), names=tuple(names), reason=reason)
    yield from _skipped(video)


def vid021(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report uneven frames that a rate alone must time."""
    if video.clock.rate is None or video.clock.timestamps is not None:
        return
    for probed in probed_videos(video):
        facts = probed.facts
        if facts.is_variable and facts.least_step is not None and facts.greatest_step is not None:
            yield Hit(
                video.path,
                file=probed.name,
                least=1000 * facts.least_step,
                greatest=1000 * facts.greatest_step,
                rate=video.clock.rate,
            )
    yield from _skipped(video)


def vid027(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report files that are cut off, though a part of them can be shown."""
    for probed in probed_videos(video):
        if probed.facts.truncated:
            yield Hit(
                video.path,
                file=probed.name,
                detail=probed.facts.truncated,
                frames=probed.facts.displayed_frames,
            )
    yield from _skipped(video)


def vid035(video: Video, params: Params) -> Iterator[Hit | Skip]:
    """Report images that cannot be read, differ in size, or are not as many as the samples."""
    images = images_of(video)
    broken = [
        (file, file.video.detail)
        for file in images
        if file.video is not None and file.video.fault is not None and not why_not_probed(file)
    ]
    if broken:
        said = listed((f"{_name(file)} ({detail})" for file, detail in broken), 3)
        yield Hit(video.path, "unreadable", count=len(broken), total=len(images), files=said)
    common = common_size(images)
    others = [
        (file, size)
        for file in images
        if file.video is not None and file.video.fault is None
        if (size := (file.video.width, file.video.height)) != common
    ]
    if others and common is not None:
        said = listed((f"{_name(file)} is {_size(size)}" for file, size in others), 3)
        yield Hit(
            video.path,
            "sizes",
            count=len(others),
            total=len(images),
            files=said,
            size=_size(common),
        )
    counted = image_count(video)
    stated, source = samples_of(video)
    if counted is not None and stated is not None and stated != counted:
        yield Hit(video.path, images=counted, stated=stated, source=source)
    if images:
        yield from _skipped(video)


def vid036(video: Video, params: Params) -> Iterator[Hit]:
    """Report a series that means a part of its file."""
    part = part_of(video)
    if part is None:
        return
    name, first = _name(part.file), part.first
    if part.held is None:
        yield Hit(video.path, "unseen", file=name, first=first)
    elif part.samples is not None:
        last = min(first + part.samples, part.held) - 1
        yield Hit(video.path, file=name, first=first, last=last, held=part.held)


def _name(file: ExternalFile) -> str:
    return file.reference.name or file.reference.text


def _skipped(video: Video) -> Iterator[Skip]:
    for reason in reasons_not_probed(video):
        yield Skip(video.path, reason)


def _drift(probed: ProbedVideo, held: float, rate: float) -> float:
    """Return the seconds by which 29.97 Hz taken for 30 Hz runs off; 0 for any other two rates."""
    ratio = max(held, rate) / min(held, rate)
    if abs(ratio / _NTSC - 1) > _NTSC_SLACK:
        return 0.0
    return probed.facts.displayed_frames * abs(1 / held - 1 / rate)


def _sized(video: Video, size: tuple[int, int]) -> Iterator[Edit]:
    """State a size, unless another file of the video has another one."""
    if {(item.facts.width, item.facts.height) for item in probed_videos(video)} <= {size}:
        yield put(video, "dimension", size, "int32")


def _size(size: tuple[int, ...]) -> str:
    return " × ".join(map(str, size))
