"""Whether web browsers play a video: people look at data on the archive in a browser."""

from __future__ import annotations

_PLAYED = frozenset({"h264", "vp8", "vp9", "av1"})
_CONTAINERS = frozenset({"mov", "matroska", "ogg"})
_PIXELS = frozenset({"yuv420p", "yuvj420p", "nv12", ""})
_DEEP = _PIXELS | {"yuv420p10le"}


def why_unplayable(container: str, codec: str, pixel_format: str) -> str:
    """Say why browsers do not play a video, as a clause; empty if they do.

    Parameters
    ----------
    container, codec, pixel_format
        FFmpeg's names.

    Notes
    -----
    The codecs are those that every large browser decodes without hardware support (MDN, "Web video
    codec guide"); a browser's H.264 decoder wants 4:2:0 with 8 bits.
    """
    if codec == "hevc":
        return "only some browsers, on some machines, decode HEVC"
    if codec not in _PLAYED:
        return f"no browser decodes {codec or 'its codec'}"
    if container not in _CONTAINERS:
        return f"no browser opens the container format {container}"
    if pixel_format not in (_DEEP if codec in {"vp9", "av1"} else _PIXELS):
        return f"browsers want the pixel format yuv420p, not {pixel_format}"
    return ""
