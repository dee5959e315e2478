"""PRV: changes of what a container says of its origin."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from tests.mutations.change import Change
from tests.mutations.editing import copy_video, film
from tests.mutations.kinds import Kind
from tests.recordings.edits import Edit, copy, every, remove, replace, store
from tests.recordings.written import CAMERA_VIDEO, HEIGHT, POSE, STEM, VIDEO, WIDTH
from tests.video.written_videos import write_video

_DRAWN = f"{STEM}/sub-mouse01_ses-20240102_labeled.mp4"
_WIDE = every(
    replace(f"{CAMERA_VIDEO}/dimension", np.array([320, 64])),
    replace(f"{POSE}/dimensions", np.array([(320, 64)], np.uint16)),
)


def _field(name: str, *values: str) -> Edit:
    return store(f"{POSE}/{name}", list(values))


def _originals(*values: str) -> Edit:
    return replace(f"{POSE}/original_videos", list(values))


def _dimensions(*size: int) -> Edit:
    return every(_WIDE, replace(f"{POSE}/dimensions", np.array([size], np.uint16)))


def _version(value: str | None) -> Edit:
    def edit(file: h5py.File) -> None:
        attributes = file[f"{POSE}/source_software"].attrs
        del attributes["version"]
        if value is not None:
            attributes["version"] = value

    return edit


def _labeled(reference: str) -> Edit:
    def edit(file: h5py.File) -> None:
        copy(CAMERA_VIDEO, "/acquisition/labeled")(file)
        replace("/acquisition/labeled/external_file", [reference])(file)
        file[f"{POSE}/labeled_video"] = h5py.SoftLink("/acquisition/labeled")

    return edit


def _link(name: str, target: str) -> Edit:
    def edit(file: h5py.File) -> None:
        file[f"{POSE}/{name}"] = h5py.SoftLink(target)

    return edit


def _two_cameras(file: h5py.File) -> None:
    copy("/general/devices/camera", "/general/devices/side_camera")(file)
    _link("side_camera", "/general/devices/side_camera")(file)


def _film_beside(path: Path) -> None:
    write_video(path.parent / "camera.mp4", 90, width=WIDTH, height=HEIGHT)


MUTATIONS = (
    Change("software removed", "PRV001", remove(f"{POSE}/source_software")),
    Change("software unknown", "PRV001", replace(f"{POSE}/source_software", "unknown")),
    Change("version removed", "PRV002", _version(None)),
    Change("scorer removed", "PRV003", remove(f"{POSE}/scorer")),
    Change("description removed", "PRV004", remove(f"{POSE}/description")),
    Change(
        "a description that says nothing",
        "PRV004",
        replace(f"{POSE}/description", "no description"),
    ),
    Change(
        "video unlinked",
        "PRV005",
        remove(f"{POSE}/source_video"),
        says="camera_video fits",
    ),
    Change("original_videos", "PRV006", _field("original_videos", VIDEO)),
    Change(
        "original_videos names another file",
        "PRV007",
        _field("original_videos", "side.mp4"),
        also=("PRV006",),
    ),
    Change(
        "a placeholder for a path",
        "PRV008",
        _field("original_videos", "fake_path"),
        also=("PRV006",),
    ),
    Change(
        "a size of 0",
        "PRV008",
        store(f"{POSE}/dimensions", np.zeros((1, 2), np.uint16)),
        also=("PRV006",),
        says="0",
    ),
    Change("two cameras", "PRV009", _two_cameras),
    Change(
        "an original video that is not there", "PRV010", _originals("gone.mp4"), kind=Kind.LEGACY
    ),
    Change("backslashes", "PRV010", _originals(VIDEO.replace("/", "\\")), kind=Kind.LEGACY),
    Change("an absolute path", "PRV010", _originals("/data/lab/camera.mp4"), kind=Kind.LEGACY),
    Change(
        "an absolute path, and the file beside",
        "PRV010",
        _originals("/data/lab/camera.mp4"),
        disturb=copy_video("camera.mp4"),
        kind=Kind.LEGACY,
        says="agrees with it (120 frames, as the pose, 96 × 64 pixels)",
    ),
    Change(
        "an absolute path, and a shorter video beside",
        "PRV010",
        _originals("/data/lab/camera.mp4"),
        disturb=_film_beside,
        kind=Kind.LEGACY,
        says="contradicts it: it holds 90 frames, the pose has 120",
    ),
    Change(
        "a home folder",
        "PRV011",
        replace(f"{POSE}/description", "Tracked by /home/jane/projects/track.py, see there."),
    ),
    Change(
        "a home folder on Windows",
        "PRV011",
        _originals(r"C:\Users\Jane\camera.mp4"),
        kind=Kind.LEGACY,
        also=("PRV010",),
    ),
    Change("64 for 320", "PRV012", _dimensions(64, 64), disturb=film(width=320), kind=Kind.LEGACY),
    Change(
        "height first", "PRV012", _dimensions(64, 320), disturb=film(width=320), kind=Kind.LEGACY
    ),
    Change("one series for both", "PRV013", _link("labeled_video", CAMERA_VIDEO)),
    Change(
        "one file in both lists",
        "PRV013",
        store(f"{POSE}/labeled_videos", [VIDEO]),
        kind=Kind.LEGACY,
    ),
    Change("source video and labeled video are one", "VID014", _labeled(VIDEO)),
)

NEAR_MISSES = (
    Change("a name that few know", "PRV001", replace(f"{POSE}/source_software", "JABS")),
    Change("a commit", "PRV002", _version("3f2a9c1")),
    Change(
        "no software, no version", "PRV002", remove(f"{POSE}/source_software"), also=("PRV001",)
    ),
    Change("a short scorer", "PRV003", replace(f"{POSE}/scorer", "m7")),
    Change("three letters", "PRV004", replace(f"{POSE}/description", "DLC")),
    Change(
        "a link that dangles",
        "PRV005",
        every(remove(f"{POSE}/source_video"), _link("source_video", "/acquisition/gone")),
        also=("FIL007",),
        unjudged=True,
    ),
    Change("an empty list", "PRV006", store(f"{POSE}/original_videos", np.empty(0, "S1"))),
    Change(
        "original_videos names the same file",
        "PRV007",
        _field("original_videos", VIDEO),
        also=("PRV006",),
    ),
    Change(
        "original_videos names it where it was",
        "PRV007",
        _field("original_videos", "D:/videos/" + VIDEO.rpartition("/")[2]),
        also=("PRV006",),
    ),
    Change(
        "a folder called path_1",
        "PRV008",
        _field("original_videos", "path_1/" + VIDEO.rpartition("/")[2]),
        also=("PRV006",),
    ),
    Change(
        "a size of 1",
        "PRV008",
        store(f"{POSE}/dimensions", np.ones((1, 2), np.uint16)),
        also=("PRV006",),
    ),
    Change("one camera twice", "PRV009", _link("camera", "/general/devices/camera")),
    Change(
        "an original video by another way", "PRV010", _originals(f"./{VIDEO}"), kind=Kind.LEGACY
    ),
    Change(
        "an absolute path, and a linked video",
        "PRV010",
        _field("original_videos", "/data/lab/" + VIDEO.rpartition("/")[2]),
        also=("PRV006",),
    ),
    Change(
        "a shared folder",
        "PRV011",
        replace(
            f"{POSE}/description", "Tracked by C:/Users/Public/track.py and /home/ubuntu/run.py."
        ),
    ),
    Change(
        "a folder called home inside a path",
        "PRV011",
        replace(f"{POSE}/description", "Mice in home cages; data/home/cage/track.py was used."),
    ),
    Change("320 in 16 bits", "PRV012", _WIDE, disturb=film(width=320), kind=Kind.LEGACY),
    Change(
        "a cropped video", "PRV012", _dimensions(300, 60), disturb=film(width=320), kind=Kind.LEGACY
    ),
    Change("a drawn copy", "PRV013", _labeled(_DRAWN), disturb=copy_video(_DRAWN)),
)
