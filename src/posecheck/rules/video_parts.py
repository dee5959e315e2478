"""A series that means a part of its video, recognized by a starting_frame that is not 0.

NWB has no way to say so: an ImageSeries means whole files. VID036 reports it once, and the
other rules take the part for what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import Video
from posecheck.rules.image_sequences import is_image, named_files

_LOST_FRAMES = 2
"""Frames that encoders and trackers are known to lose."""


@dataclass(frozen=True, slots=True)
class VideoPart:
    """A part of a single file.

    Attributes
    ----------
    file
        The file.
    first
        The first frame that is meant, counted from 0.
    samples
        The frames that are meant; ``None`` where neither the series nor the file says so.
    held
        The frames of the file; ``None`` where nobody counted them.
    """

    file: ExternalFile
    first: int
    samples: int | None
    held: int | None

    @property
    def lengths(self) -> tuple[int, ...]:
        """What a pose of this video may count: the part, all up to its end, or the whole file."""
        up_to_end = None if self.samples is None else self.first + self.samples
        return tuple(n for n in (self.samples, up_to_end, self.held) if n is not None)


def part_of(video: Video) -> VideoPart | None:
    """Return the part that a series means; ``None`` where it means, or contradicts, whole files.

    A file as long as the series is meant as a whole, whatever number it starts with; and a 1 with
    nothing to confirm it comes from counting frames from 1.
    """
    files, starts = named_files(video), video.starting_frame or ()
    if len(files) != 1 or len(starts) != 1 or starts[0] <= 0 or is_image(files[0]):
        return None
    (file,), (first,) = files, starts
    stated = samples_of(video)[0]
    facts = file.video
    if facts is None or facts.fault is not None:
        return VideoPart(file, first, stated, None) if first > 1 else None
    held = facts.displayed_frames
    if stated is None:
        return VideoPart(file, first, held - first, held) if 1 < first < held else None
    fits = first + stated <= held + _LOST_FRAMES and held - stated > _LOST_FRAMES
    return VideoPart(file, first, stated, held) if fits or first + stated == held else None


def samples_of(video: Video) -> tuple[int | None, str]:
    """Return how many samples a series states, and where."""
    stamps = video.clock.timestamps
    if stamps is not None and stamps.shape:
        return stamps.length, "timestamps"
    return video.num_samples, "num_samples"
