"""Look into videos in workers, where a plan depends on it: which of several, and whether to MP4."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from posecheck.engine.settings import DEFAULT_VIDEO_TIMEOUT
from posecheck.execution.executor import Executor
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.limits import Limits, available_processors
from posecheck.model.video_file import VideoFacts, VideoFault
from posecheck.sources.local_source import LocalSource

_RAW = frozenset({"h264", "hevc", "mpegvideo", "m4v", "mjpeg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoProbe:
    """What a probe of a video found.

    Attributes
    ----------
    facts
        What it says of itself, or why it cannot be looked into.
    cannot_remux
        Why its streams cannot be put into MP4, as a clause; empty if they can.
    raw
        Whether it is a bare stream of pictures without time stamps.
    """

    facts: VideoFacts
    cannot_remux: str = ""
    raw: bool = False


def probe_videos(
    sources: Iterable[str], executor: Executor, *, jobs: int | None
) -> dict[str, VideoProbe]:
    """Look into videos, each in a worker.

    Parameters
    ----------
    sources
        Their paths.
    executor
        The workers.
    jobs
        The greatest number of them.

    Raises
    ------
    InternalError
        If posecheck fails, or no worker can be started.
    """
    wanted = list(dict.fromkeys(sources))
    probes: dict[str, VideoProbe] = {}
    if not wanted:
        return probes
    for index, answer in executor.run(
        probe_video,
        wanted,
        workers=jobs or available_processors(),
        # The probe gives up by itself; this is for one that hangs.
        limits=Limits(seconds=2 * DEFAULT_VIDEO_TIMEOUT),
    ):
        if isinstance(answer, WorkerFailure):
            answer.raise_if_fault()
            is_late = answer.kind is FailureKind.TIME
            fault = VideoFault.TIMEOUT if is_late else VideoFault.CRASHED
            facts = VideoFacts(fault=fault, detail=answer.reason)
            probes[wanted[index]] = VideoProbe(facts=facts, cannot_remux=answer.reason)
        else:
            probes[wanted[index]] = answer
    return probes


def probe_video(source: str) -> VideoProbe:
    """Look into one video; a worker does it."""
    from posecheck.video.probe import probe  # noqa: PLC0415 - PyAV is the worker's to pay

    facts = probe(LocalSource(source, source))
    if facts.fault is not None:
        return VideoProbe(facts=facts, cannot_remux=facts.detail)
    trouble = facts.truncated and f"it is cut off: {facts.truncated}"
    if not trouble and facts.codec not in _codecs_of_mp4():
        trouble = f"MP4 does not hold {facts.codec} video"
    return VideoProbe(facts=facts, cannot_remux=trouble, raw=facts.container in _RAW)


@functools.cache
def _codecs_of_mp4() -> frozenset[str]:
    import io  # noqa: PLC0415

    import av  # noqa: PLC0415 - PyAV is the worker's to pay

    with av.open(io.BytesIO(), "w", format="mp4") as container:
        return frozenset(container.supported_codecs)
