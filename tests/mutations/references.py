"""VID, the references: changes of ``external_file``, and of what lies where it points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tests.mutations.change import Change, Disturbance
from tests.mutations.editing import after, copy_video
from tests.mutations.kinds import FIRST, SECOND, Kind
from tests.recordings.edits import Edit, attribute, every, refer, remove, replace, store
from tests.recordings.written import CAMERA_VIDEO, FRAMES, HEIGHT, POSE, STEM, VIDEO, WIDTH
from tests.video.written_videos import write_video

_STILLS = "/acquisition/stills"


def _elsewhere(reference: str, code: str, what: str, *also: str, says: str = "") -> Change:
    """Refer to a copy of the video under another name."""
    return Change(what, code, refer(reference), disturb=copy_video(reference), also=also, says=says)


def _still(reference: str) -> Edit:
    """Add an ExternalImage, as NWB 2.9 has them."""

    def edit(file: h5py.File) -> None:
        images = file.create_group(_STILLS)
        images.attrs.update(
            {"neurodata_type": "Images", "namespace": "core", "description": "Stills."}
        )
        store(
            f"{_STILLS}/first",
            reference,
            neurodata_type="ExternalImage",
            namespace="core",
            image_format="PNG",
            description="The first frame.",
        )(file)

    return edit


def _store_still(reference: str) -> Change:
    return Change(f"a still {reference}", "VID026", _still(reference))


def _put(name: str, content: bytes = b"\x89PNG\r\n\x1a\n") -> Disturbance:
    def disturb(path: Path) -> None:
        target = path.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    return disturb


def _film(name: str, **changes: Any) -> Disturbance:
    """Put another video beside the NWB file."""

    def disturb(path: Path) -> None:
        write_video(path.parent / name, **{"width": WIDTH, "height": HEIGHT} | changes)

    return disturb


def _refer_from_root(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        refer((path.parent / VIDEO).as_posix())(file)


def _link_folder_outside(path: Path) -> None:
    outside = path.parents[2] / f"outside-{path.parents[1].name}"
    (path.parent / STEM).rename(outside)
    (path.parent / STEM).symlink_to(outside, target_is_directory=True)


def _link_folder_inside(path: Path) -> None:
    (path.parent / STEM).rename(path.parents[1] / "videos")
    (path.parent / STEM).symlink_to("../videos", target_is_directory=True)


def _second_session(share: bool) -> Disturbance:
    """Add a session of the same subject that refers to the same video, or to one of its own."""

    def disturb(path: Path) -> None:
        other = path.with_name(path.name.replace("20240102", "20240103"))
        other.write_bytes(path.read_bytes())
        with h5py.File(other, "r+") as file:
            file.attrs["object_id"] = "0f6b1c1e-6c8e-4d0a-9c55-0d4b4bb6d3a1"
            replace("/general/session_id", "20240103")(file)
            if not share:
                refer(VIDEO.replace("20240102", "20240103"))(file)
        if not share:
            copy_video(VIDEO.replace("20240102", "20240103"))(path)

    return disturb


def _no_entry(file: h5py.File) -> None:
    path = f"{CAMERA_VIDEO}/external_file"
    del file[path]
    file.create_dataset(path, shape=(0,), dtype=h5py.string_dtype())
    file[path].attrs["starting_frame"] = np.empty(0, np.int64)


def _unfetch(path: Path) -> None:
    video = path.parent / VIDEO
    video.unlink()
    video.symlink_to("../../.git/annex/objects/aa/bb/SHA256E-s9--ab.mp4/SHA256E-s9--ab.mp4")


MUTATIONS = (
    Change("no such file", "VID002", refer("camera.mp4")),
    Change(
        "in the folder of the recording",
        "VID002",
        refer(VIDEO.rpartition("/")[2]),
        says=f'"{VIDEO}" is there and agrees',
    ),
    Change(
        "in other letters",
        "VID002",
        refer(VIDEO.replace("camera", "Camera")),
        says=f'"{VIDEO}" is there and agrees',
    ),
    Change(
        "no such file, and a starting_frame as text",
        "VID002",
        every(
            refer("camera.mp4"),
            attribute(f"{CAMERA_VIDEO}/external_file", "starting_frame", "first"),
        ),
        also=("FIL001",),
    ),
    Change(
        "a folder",
        "VID002",
        refer(STEM + ".videos.mp4"),
        disturb=lambda path: (path.parent / (STEM + ".videos.mp4")).mkdir(),
    ),
    Change("POSIX path", "VID003", refer("/data/lab/camera.mp4")),
    Change("a drive", "VID003", refer("D:/lab/camera.mp4")),
    Change(
        "a drive, and a dimension as text",
        "VID003",
        every(refer("D:/lab/camera.mp4"), replace(f"{CAMERA_VIDEO}/dimension", "96 x 64")),
        also=("FIL001",),
    ),
    Change("a share", "VID003", refer("//server/lab/camera.mp4")),
    Change("file URL", "VID003", refer("file:///data/lab/camera.mp4")),
    Change(
        "an absolute path, and the file beside",
        "VID003",
        refer("/data/lab/camera.mp4"),
        disturb=copy_video("camera.mp4"),
        says="agrees with it (120 frames, 96 × 64 pixels, 30 Hz)",
    ),
    Change(
        "an absolute path, and a shorter video beside",
        "VID003",
        refer("/data/lab/camera.mp4"),
        disturb=_film("camera.mp4", frames=90),
        says="contradicts it: it holds 90 frames, num_samples says 120",
    ),
    Change(
        "an absolute path, and a larger video beside",
        "VID003",
        refer("D:/lab/camera.mp4"),
        disturb=_film("camera.mp4", frames=FRAMES, width=192, height=128),
        says="contradicts it: it is 192 × 128",
    ),
    Change(
        "an absolute path, and a video at another rate beside",
        "VID003",
        refer("D:/lab/camera.mp4"),
        disturb=_film("camera.mp4", frames=FRAMES, rate=60),
        says="contradicts it: it runs at 60 Hz",
    ),
    Change(
        "an absolute path, and a text beside",
        "VID003",
        refer("//server/lab/camera.mp4"),
        disturb=_put("camera.mp4", b"See the server.\n"),
        says="contradicts it: it cannot be shown (it is a text file)",
    ),
    Change(
        "an absolute path, a file beside, and nothing stated",
        "VID003",
        every(
            refer("/data/lab/camera.mp4"),
            remove(f"{CAMERA_VIDEO}/num_samples"),
            remove(f"{CAMERA_VIDEO}/starting_time"),
            remove(f"{CAMERA_VIDEO}/dimension"),
            remove(f"{POSE}/source_video"),
        ),
        disturb=copy_video("camera.mp4"),
        also=("VID019", "VID024", "PRV005"),
        says="is unknown: nothing is stated",
    ),
    Change(
        "an absolute path into the dandiset",
        "VID003",
        disturb=_refer_from_root,
        says=f'as "{VIDEO}"',
    ),
    Change("backslashes", "VID004", refer(VIDEO.replace("/", "\\"))),
    _elsewhere("../../camera.mp4", "VID005", "two folders up"),
    Change("a linked folder", "VID005", disturb=_link_folder_outside),
    Change("URL", "VID006", refer("https://example.org/camera.mp4")),
    _elsewhere(f"{STEM}/camera.h264", "VID007", "raw stream"),
    _elsewhere(f"{STEM}/camera", "VID007", "no extension"),
    _elsewhere(f"{STEM}/camera.MP4", "VID008", "upper case"),
    Change(
        "one file twice",
        "VID014",
        every(
            refer(VIDEO, VIDEO, starting_frame=[0, FRAMES]),
            replace(f"{CAMERA_VIDEO}/num_samples", np.uint32(2 * FRAMES)),
        ),
    ),
    Change(
        "one video of two sessions",
        "VID014",
        disturb=_second_session(share=True),
        together=True,
        says="session",
    ),
    _elsewhere(f"{STEM}/camera?.mp4", "VID029", "a question mark"),
    _elsewhere(f"{STEM}/camera .d /camera.mp4", "VID025", "a folder that ends with a space"),
    _store_still("frame.png"),
    Change(
        "a still behind a backslash",
        "VID026",
        _still(r"stills\frame.png"),
        disturb=_put("stills/frame.png"),
    ),
    Change("a still in TIFF", "VID026", _still("frame.tiff"), disturb=_put("frame.tiff")),
    Change("a video of no file", "VID028", disturb=copy_video(f"{STEM}/other.mp4"), together=True),
    _elsewhere(f"{STEM}/jane's.mp4", "VID029", "an apostrophe"),
    _elsewhere(f"{STEM}/caméra.mp4", "VID029", "an accent"),
    _elsewhere(".videos/camera.mp4", "VID030", "a hidden folder"),
    Change("a blank entry", "VID031", refer("  ")),
    Change("no entry", "VID031", _no_entry),
)


NEAR_MISSES = (
    Change("a dot", "VID002", refer(f"./{VIDEO}")),
    Change("a way around", "VID002", refer(f"{STEM}/../{VIDEO}")),
    Change("not fetched", "VID002", disturb=_unfetch),
    Change(
        "a dot and a folder called data",
        "VID003",
        refer("./data/camera.mp4"),
        disturb=copy_video("data/camera.mp4"),
    ),
    _elsewhere("D/lab/camera.mp4", "VID003", "a folder called D"),
    _elsewhere(f"{STEM}/camera_1.mp4", "VID004", "an underscore"),
    _elsewhere("../sub-mouse01/camera.mp4", "VID005", "up and down again"),
    _elsewhere("../sub-mouse02/camera.mp4", "VID005", "beside the folder", "LAY005"),
    Change("a folder linked within the dandiset", "VID005", disturb=_link_folder_inside),
    _elsewhere("https/camera.mp4", "VID006", "a folder called https"),
    _elsewhere(f"{STEM}/camera.mov", "VID007", "QuickTime"),
    _elsewhere(f"{STEM}/camera.MP4", "VID007", "upper case", "VID008"),
    _elsewhere(f"{STEM}/CAMERA.mp4", "VID008", "an upper-case stem"),
    Change("two copies", "VID014", refer(FIRST, SECOND), kind=Kind.PARTS),
    Change(
        "two sessions, two videos", "VID014", disturb=_second_session(share=False), together=True
    ),
    _elsewhere(f"{STEM}/camera (1).mp4", "VID025", "brackets"),
    Change("a still beside the file", "VID026", _still("frame.png"), disturb=_put("frame.png")),
    Change(
        "other files",
        "VID028",
        disturb=after(_put("notes.txt"), _put(f"{STEM}/.hidden.mp4"), _put("frame.png")),
        together=True,
    ),
    _elsewhere(f"{STEM}/camera (1), top & side.mp4", "VID029", "brackets and a comma"),
    _elsewhere(f"{STEM}/camera.top.mp4", "VID030", "a dot inside"),
    Change("a dot and a slash", "VID030", refer(f"./{VIDEO}")),
    Change("a single letter", "VID031", refer("a"), also=("VID002", "VID007")),
)
