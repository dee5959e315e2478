"""Whether web browsers play a video: people look at data on the archive in a browser."""

from __future__ import annotations

from posecheck.model.video_file import Obstacle

_PLAYED = frozenset({"h264", "vp8", "vp9", "av1"})
_IMAGES = frozenset({"gif"})
_CONTAINERS = frozenset({"mov", "matroska", "ogg"})
_PIXELS = frozenset({"yuv420p", "yuvj420p", "nv12", ""})
_DEEP = _PIXELS | {"yuv420p10le"}


def why_unplayable(container: str, codec: str, pixel_format: str) -> tuple[Obstacle | None, str]:
    """Say why browsers do not play a video, as a kind and a clause; empty if they do.

    What has to be encoded again comes before the container, which can be replaced.

    Parameters
    ----------
    container, codec, pixel_format
        FFmpeg's names.

    Notes
    -----
    The codecs are those that every large browser decodes without hardware support (MDN, "Web video
    codec guide"); a browser's H.264 decoder wants 4:2:0 with 8 bits.
    """
    if codec in _IMAGES:
        return None, ""
    if codec == "hevc":
        return Obstacle.CODEC, "only some browsers, on some machines, decode HEVC"
    if codec not in _PLAYED:
        return Obstacle.CODEC, f"no browser decodes {codec or 'its codec'}"
    if pixel_format not in (_DEEP if codec in {"vp9", "av1"} else _PIXELS):
        clause = f"its pixel format is {pixel_format}, and browsers play yuv420p"
        return Obstacle.PIXEL_FORMAT, clause
    if container not in _CONTAINERS:
        return Obstacle.CONTAINER, f"no browser opens the container format {container}"
    return None, ""
