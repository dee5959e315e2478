"""VID, the series and its files: changes of an ImageSeries, and of the videos themselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tests.mutations.change import Change, Disturbance
from tests.mutations.editing import after, copy_video, damage, film, keep, rate_all
from tests.mutations.kinds import FIRST, FIRST_FRAMES, SECOND, Kind
from tests.recordings.edits import Edit, attribute, copy, every, refer, remove, replace, store
from tests.recordings.written import (
    CAMERA_VIDEO,
    FRAMES,
    HEIGHT,
    NODES,
    POSE,
    RATE,
    STEM,
    VIDEO,
    WIDTH,
)
from tests.video.written_videos import FRAGMENTED, repeat_video, write_empty, write_video

_STEPS = np.arange(FRAMES) * 1000 // 30
_UNEVEN = np.where(np.arange(FRAMES) < 60, _STEPS, _STEPS + 400)
_ALTERNATING = _STEPS + 12 * (np.arange(FRAMES) % 2)
_MINUTES = 9 * 60 * 30
"""Frames: enough for one of the NTSC rate to run off by half a second."""

_OTHER = f"{STEM}/sub-mouse01_ses-20240102_other.mp4"


def _inside(path: str, *, of: str = "") -> Edit:
    """Keep frames inside the file, of a series or of a copy of it."""

    def edit(file: h5py.File) -> None:
        if of:
            copy(of, path)(file)
        kept = dict(file[f"{path}/data"].attrs)
        del file[f"{path}/external_file"]
        replace(f"{path}/format", "raw")(file)
        del file[f"{path}/data"]
        size = (FRAMES, HEIGHT, WIDTH)
        file.create_dataset(f"{path}/data", size, "u1", compression="gzip")
        file[f"{path}/data"].attrs.update(kept)

    return edit


def _another(path: str, *changes: Edit) -> Edit:
    """Add a copy of the series that refers to a video of its own, and change it."""

    def edit(file: h5py.File) -> None:
        copy(CAMERA_VIDEO, path)(file)
        replace(f"{path}/external_file", [_OTHER])(file)
        every(*changes)(file)

    return edit


def _second(**changes: Any) -> Disturbance:
    """Replace the second file of the video."""

    def disturb(path: Path) -> None:
        options: dict[str, Any] = {
            "frames": FRAMES - FIRST_FRAMES,
            "width": WIDTH,
            "height": HEIGHT,
        }
        write_video(path.parent / SECOND, **options | changes)

    return disturb


_NUM_SAMPLES = f"{CAMERA_VIDEO}/num_samples"


def _by_rate(file: h5py.File) -> None:
    """Time video and pose by a rate in place of timestamps."""
    for path in (CAMERA_VIDEO, *(f"{POSE}/{node}" for node in NODES)):
        del file[f"{path}/timestamps"]
        store(f"{path}/starting_time", 0.0, rate=RATE, unit="seconds")(file)


def _part(first: int, samples: int) -> Edit:
    """Mean a part of the video, and keep the pose of that part."""
    return every(
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [first]),
        replace(_NUM_SAMPLES, np.uint32(samples)),
        keep(slice(first, first + samples)),
    )


def _stamped(samples: int) -> Edit:
    """Time video and pose by timestamps in place of a rate."""

    def edit(file: h5py.File) -> None:
        del file[f"{CAMERA_VIDEO}/starting_time"]
        attributes = {"unit": "seconds", "interval": np.int32(1)}
        store(f"{CAMERA_VIDEO}/timestamps", np.arange(samples) / RATE, **attributes)(file)
        for node in NODES:
            del file[f"{POSE}/{node}/starting_time"]
            file[f"{POSE}/{node}/timestamps"] = h5py.SoftLink(f"{CAMERA_VIDEO}/timestamps")

    return edit


_FASTSTART = film(container_options={"movflags": "faststart"})


def _film_nothing(path: Path) -> None:
    write_empty(path.parent / VIDEO)


def _film_avi(path: Path) -> None:
    write_video(
        path.parent / STEM / "camera.avi",
        FRAMES,
        codec="mjpeg",
        width=WIDTH,
        height=HEIGHT,
        pixel_format="yuvj420p",
    )


def _film_for_minutes(path: Path) -> None:
    repeat_video(path.parent / VIDEO, _MINUTES, rate=Fraction(30000, 1001))


MUTATIONS = (
    Change("frames inside the file", "VID001", every(_inside(CAMERA_VIDEO))),
    Change("format mp4", "VID009", replace(f"{CAMERA_VIDEO}/format", "mp4")),
    Change("format absent", "VID009", remove(f"{CAMERA_VIDEO}/format")),
    Change(
        "frames inside and outside",
        "VID010",
        replace(f"{CAMERA_VIDEO}/data", np.zeros((FRAMES, 4, 4), np.uint8)),
    ),
    Change(
        "no start of one file",
        "VID011",
        lambda file: file[f"{CAMERA_VIDEO}/external_file"].attrs.__delitem__("starting_frame"),
    ),
    Change(
        "no start of two files",
        "VID011",
        lambda file: file[f"{CAMERA_VIDEO}/external_file"].attrs.__delitem__("starting_frame"),
        kind=Kind.PARTS,
    ),
    Change(
        "two starts of one file",
        "VID011",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [0, 60]),
    ),
    Change(
        "begins at 5", "VID012", attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [5])
    ),
    Change("frames 40 to 119", "VID036", _part(40, 80), says="frames 40 to 119"),
    Change("frames 40 to 89", "VID036", _part(40, 50), says="frames 40 to 89"),
    Change(
        "frames 40 to 119, on timestamps",
        "VID036",
        every(_part(40, 80), remove(_NUM_SAMPLES), _stamped(80)),
        says="frames 40 to 119",
    ),
    Change(
        "frames 40 to 119, on the clock of the file",
        "VID036",
        every(_part(40, 80), rate_all(RATE, 40 / RATE)),
        says="frames 40 to 119",
    ),
    Change(
        "from frame 40 of a video that is not there",
        "VID036",
        _part(40, 80),
        disturb=lambda path: (path.parent / VIDEO).unlink(),
        also=("VID002",),
        says="for the single file",
    ),
    Change(
        "begins where the first has not ended",
        "VID012",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [0, 40]),
        kind=Kind.PARTS,
    ),
    Change(
        "both begin at 0",
        "VID012",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [0, 0]),
        kind=Kind.PARTS,
    ),
    Change("num_samples removed", "VID013", remove(_NUM_SAMPLES)),
    Change("zero bytes", "VID015", disturb=damage(lambda _: b""), says="zero bytes"),
    Change(
        "no moov atom",
        "VID015",
        disturb=damage(lambda whole: whole[: len(whole) // 2]),
        says="moov",
    ),
    Change(
        "a text", "VID015", disturb=damage(lambda _: b"See the lab's drive.\n" * 99), says="text"
    ),
    Change(
        "a playlist",
        "VID015",
        disturb=damage(lambda _: b"ffconcat version 1.0\nfile camera.mp4\n"),
        says="text",
    ),
    Change("no frame", "VID015", disturb=_film_nothing),
    Change("one frame short", "VID016", disturb=film(frames=FRAMES - 1), says="1 apart"),
    Change(
        "one frame short of the timestamps",
        "VID016",
        disturb=_second(frames=FRAMES - FIRST_FRAMES - 1),
        kind=Kind.PARTS,
    ),
    Change(
        "29.97 for 30 Hz over nine minutes",
        "VID017",
        replace(_NUM_SAMPLES, np.uint32(_MINUTES)),
        disturb=_film_for_minutes,
        says="until its end",
    ),
    Change("twice as fast", "VID017", disturb=film(rate=60), says="60 Hz"),
    Change("smaller", "VID018", disturb=film(width=80, height=48)),
    Change(
        "width and height exchanged",
        "VID018",
        replace(f"{CAMERA_VIDEO}/dimension", np.array([HEIGHT, WIDTH])),
        says="exchanged",
    ),
    Change(
        "turned by its metadata",
        "VID018",
        disturb=film(rotation=90),
        says="turned",
    ),
    Change("dimension removed", "VID019", remove(f"{CAMERA_VIDEO}/dimension")),
    Change("dimension 0 × 0", "VID019", replace(f"{CAMERA_VIDEO}/dimension", np.array([0, 0]))),
    Change(
        "stated by the container alone",
        "VID019",
        every(
            remove(f"{CAMERA_VIDEO}/dimension"),
            store(f"{POSE}/dimensions", np.array([(WIDTH, HEIGHT)], np.uint16)),
        ),
        disturb=lambda path: (path.parent / VIDEO).unlink(),
        also=("VID002", "PRV006"),
        says="PoseEstimation states 96 × 64",
    ),
    Change("MPEG-4 Part 2", "VID020", disturb=film(codec="mpeg4"), says="mpeg4"),
    Change("HEVC", "VID020", disturb=film(codec="libx265")),
    Change(
        "H.264 in yuv444p", "VID020", disturb=film(pixel_format="yuv444p"), says="format is yuv444p"
    ),
    Change("uneven frames", "VID021", disturb=film(stamps=_UNEVEN.tolist())),
    Change(
        "frames alternately early and late", "VID021", disturb=film(stamps=_ALTERNATING.tolist())
    ),
    Change("no camera", "VID022", remove(f"{CAMERA_VIDEO}/device")),
    Change(
        "two-photon imaging outside",
        "VID023",
        _another(
            "/acquisition/imaging",
            attribute("/acquisition/imaging", "neurodata_type", "TwoPhotonSeries"),
        ),
        disturb=copy_video(_OTHER),
    ),
    Change("timing removed", "VID024", remove(f"{CAMERA_VIDEO}/starting_time")),
    Change(
        "cut off",
        "VID027",
        disturb=after(_FASTSTART, damage(lambda whole: whole[: len(whole) * 7 // 10])),
    ),
    Change(
        "starting_frame of no file",
        "VID032",
        every(
            _inside("/stimulus/presentation/film", of=CAMERA_VIDEO),
            store("/stimulus/presentation/film/starting_frame", np.array([0])),
        ),
    ),
    Change(
        "one timestamp more than num_samples",
        "VID033",
        replace(_NUM_SAMPLES, np.uint32(FRAMES - 1)),
        kind=Kind.PARTS,
    ),
    Change("two files at one rate", "VID034", _by_rate, kind=Kind.PARTS),
)

NEAR_MISSES = (
    Change(
        "a stimulus inside the file",
        "VID001",
        _inside("/stimulus/presentation/film", of=CAMERA_VIDEO),
    ),
    Change("in external mode", "VID009", replace(f"{CAMERA_VIDEO}/format", np.bytes_(b"external"))),
    Change(
        "no frames inside, of some size",
        "VID010",
        replace(f"{CAMERA_VIDEO}/data", np.zeros((0, HEIGHT, WIDTH), np.uint8)),
    ),
    Change(
        "one start of one file, in 8 bits",
        "VID011",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", np.zeros(1, np.uint8)),
    ),
    Change(
        "the second file is longer than it should be",
        "VID012",
        disturb=_second(frames=75),
        kind=Kind.PARTS,
        also=("VID016",),
    ),
    Change("the whole video", "VID036"),
    Change(
        "from frame 40, and as many frames as the file",
        "VID036",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [40]),
        also=("VID012",),
    ),
    Change(
        "counted from 1",
        "VID036",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [1]),
        also=("VID012",),
    ),
    Change("num_samples removed, timestamps kept", "VID013", remove(_NUM_SAMPLES), kind=Kind.PARTS),
    Change("fragmented", "VID015", disturb=film(container_options=FRAGMENTED)),
    Change(
        "AVI",
        "VID015",
        refer(f"{STEM}/camera.avi"),
        disturb=_film_avi,
        also=("VID020",),
    ),
    Change(
        "not fetched",
        "VID015",
        disturb=damage(lambda _: b"/annex/objects/SHA256E-s9--ab.mp4\n"),
        unjudged=True,
    ),
    Change(
        "both one frame short",
        "VID016",
        replace(_NUM_SAMPLES, np.uint32(FRAMES - 1)),
        disturb=film(frames=FRAMES - 1),
    ),
    Change("0.7 % faster", "VID017", disturb=film(rate=Fraction(302, 10))),
    Change("29.97 Hz for four seconds", "VID017", disturb=film(rate=Fraction(30000, 1001))),
    Change("upside down by its metadata", "VID018", disturb=film(rotation=180)),
    Change(
        "dimension in 8 bits",
        "VID019",
        replace(f"{CAMERA_VIDEO}/dimension", np.array([WIDTH, HEIGHT], np.uint8)),
    ),
    Change("VP9", "VID020", disturb=film(codec="libvpx-vp9")),
    Change(
        "uneven frames, with timestamps",
        "VID021",
        disturb=_second(stamps=_ALTERNATING[: FRAMES - FIRST_FRAMES].tolist()),
        kind=Kind.PARTS,
    ),
    Change("frames rounded to milliseconds", "VID021", disturb=film(stamps=_STEPS.tolist())),
    Change(
        "a drawn video has no camera",
        "VID022",
        every(
            _another("/acquisition/labeled", remove("/acquisition/labeled/device")),
            lambda file: file.__setitem__(
                f"{POSE}/labeled_video", h5py.SoftLink("/acquisition/labeled")
            ),
        ),
        disturb=copy_video(_OTHER),
    ),
    Change(
        "two-photon imaging inside",
        "VID023",
        every(
            _inside("/acquisition/imaging", of=CAMERA_VIDEO),
            attribute("/acquisition/imaging", "neurodata_type", "TwoPhotonSeries"),
        ),
    ),
    Change(
        "a template has no time",
        "VID024",
        _another("/stimulus/templates/film", remove("/stimulus/templates/film/starting_time")),
        disturb=copy_video(_OTHER),
    ),
    Change("whole, with its index in front", "VID027", disturb=_FASTSTART),
    Change(
        "a start of a file outside",
        "VID032",
        attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", [0]),
    ),
    Change(
        "frames inside, no starting_frame",
        "VID032",
        _inside("/stimulus/presentation/film", of=CAMERA_VIDEO),
    ),
    Change(
        "num_samples in 64 bits",
        "VID033",
        replace(_NUM_SAMPLES, np.int64(FRAMES)),
        kind=Kind.PARTS,
    ),
    Change("two files on timestamps", "VID034", refer(FIRST, f"./{SECOND}"), kind=Kind.PARTS),
)
