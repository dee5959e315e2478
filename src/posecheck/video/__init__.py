"""What a video file says of itself, through PyAV: a file object and a named format, never a path.

Opened by its path, a text that begins with ``ffconcat`` or ``#EXTM3U`` makes FFmpeg read other
files. Here the first bytes choose one demuxer of an allow-list, and nothing else is ever opened.
"""

from posecheck.video.probe import DEFAULT_SECONDS, probe
from posecheck.video.probe_cache import Probes

__all__ = ["DEFAULT_SECONDS", "Probes", "probe"]
