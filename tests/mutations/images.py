"""VID, image sequences: changes of images that external_file lists, one for each frame."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from tests.mutations.change import Change, Disturbance
from tests.mutations.editing import after, film
from tests.mutations.kinds import IMAGES, Kind
from tests.recordings.edits import Edit, every, refer, remove, replace
from tests.recordings.written import CAMERA_VIDEO, FRAMES, HEIGHT, STEM, VIDEO, WIDTH
from tests.video.written_videos import encode_image

_NUM_SAMPLES = f"{CAMERA_VIDEO}/num_samples"


def _list(*references: str) -> Edit:
    """List other images, each of which is one frame."""
    return refer(*references, starting_frame=list(range(len(references))))


def _renamed(old: str, new: str) -> list[str]:
    return [reference.replace(old, new) for reference in IMAGES]


def _put(content: bytes, *references: str) -> Disturbance:
    """Give some images another content."""

    def disturb(path: Path) -> None:
        for reference in references:
            (path.parent / reference).write_bytes(content)

    return disturb


def _move(old: str, new: str) -> Disturbance:
    """Rename all images."""

    def disturb(path: Path) -> None:
        for reference in IMAGES:
            target = path.parent / reference.replace(old, new)
            target.parent.mkdir(exist_ok=True)
            (path.parent / reference).rename(target)

    return disturb


def _as(codec: str, extension: str, pixel_format: str = "rgb24") -> Disturbance:
    """Encode all images again, under another extension."""
    content = encode_image(codec, pixel_format=pixel_format)
    names = _renamed(".png", extension)
    return after(_move(".png", extension), _put(content, *names))


def _remove(path: Path) -> None:
    for reference in IMAGES[10:13]:
        (path.parent / reference).unlink()


def _timestamps(file: h5py.File) -> None:
    video = file[CAMERA_VIDEO]
    del video["starting_time"]
    video["timestamps"] = np.arange(FRAMES) / 30
    video["timestamps"].attrs.update({"unit": "seconds", "interval": np.int32(1)})


def _change(
    what: str,
    code: str,
    edit: Edit | None = None,
    disturb: Disturbance | None = None,
    *,
    also: tuple[str, ...] = (),
    says: str = "",
) -> Change:
    return Change(what, code, edit, disturb, Kind.IMAGES, also, says)


_MIXED = every(
    refer(*IMAGES[:60], VIDEO, starting_frame=list(range(61))),
    replace(_NUM_SAMPLES, np.uint32(60 + FRAMES)),
)

MUTATIONS = (
    _change(
        "one image too few",
        "VID035",
        _list(*IMAGES[:-1]),
        says="lists 119 images, num_samples says 120",
    ),
    _change(
        "one image too few for the timestamps",
        "VID035",
        every(_timestamps, _list(*IMAGES[:-1]), remove(_NUM_SAMPLES)),
        says="timestamps says 120",
    ),
    _change(
        "a text among the images",
        "VID035",
        disturb=_put(b"no picture\n", IMAGES[5]),
        says="1 of 120: frame_0005.png (it is a text file)",
    ),
    _change(
        "an empty and a cut-off image",
        "VID035",
        disturb=after(_put(b"", IMAGES[0]), _put(encode_image()[:200], IMAGES[119])),
        says="2 of 120",
    ),
    _change(
        "a wrong byte",
        "VID035",
        disturb=_put(encode_image().replace(b"IDAT", b"IDAS"), IMAGES[5]),
        says="checksum",
    ),
    _change(
        "one smaller image",
        "VID035",
        disturb=_put(encode_image(width=WIDTH // 2, height=HEIGHT // 2), IMAGES[5]),
        says="frame_0005.png is 48 × 32",
    ),
    _change("three images are not there", "VID002", disturb=_remove, says="3 of 120 images"),
    _change(
        "images at an absolute path",
        "VID003",
        _list(*(f"/data/exp/{reference}" for reference in IMAGES)),
        says="120 of 120 images",
    ),
    _change("Windows", "VID004", _list(*_renamed("/", "\\")), says="120 of 120 images"),
    _change(
        "TIFF images",
        "VID007",
        _list(*_renamed(".png", ".tif")),
        _as("tiff", ".tif"),
        says="120 of 120 images end in .tif",
    ),
    _change(
        "BMP images",
        "VID007",
        _list(*_renamed(".png", ".bmp")),
        _as("bmp", ".bmp", "bgr24"),
        says="of images it sends .png",
    ),
    _change(
        "images in upper case",
        "VID008",
        _list(*_renamed(".png", ".PNG")),
        _move(".png", ".PNG"),
        says="120 of 120 images end in .PNG",
    ),
    _change(
        "dimension of another size",
        "VID018",
        replace(f"{CAMERA_VIDEO}/dimension", np.array([640, 480])),
        says="frame_0000.png is 96 × 64",
    ),
    _change(
        "images that start at one frame",
        "VID012",
        refer(*IMAGES, starting_frame=[0] * FRAMES),
        says="starting_frame[1] is 0",
    ),
    _change(
        "as many images as a part of the pose",
        "TIM013",
        every(_list(*IMAGES[:100]), replace(_NUM_SAMPLES, np.uint32(100))),
        says="has 100",
    ),
    _change(
        "images and a video at one rate",
        "VID034",
        _MIXED,
        film(),
        says="61 external files",
    ),
)

NEAR_MISSES = (
    _change("images at a rate", "VID034"),
    _change("images on timestamps", "VID035", _timestamps),
    _change("images and a video", "VID035", _MIXED, film(), also=("VID034",)),
    _change("images and a video, counted", "VID016", _MIXED, film(), also=("VID034",)),
    _change(
        "JPEG images",
        "VID035",
        _list(*_renamed(".png", ".jpg")),
        _as("mjpeg", ".jpg", "yuvj420p"),
    ),
    _change(
        "gray images",
        "VID035",
        disturb=_put(encode_image(pixel_format="gray"), *IMAGES),
    ),
    _change(
        "TIFF images can be shown",
        "VID035",
        _list(*_renamed(".png", ".tif")),
        _as("tiff", ".tif"),
        also=("VID007",),
    ),
    _change(
        "images in a folder beside",
        "VID002",
        _list(*_renamed(f"{STEM}/", f"./{STEM}_frames/")),
        _move(f"{STEM}/", f"{STEM}_frames/"),
    ),
    _change("images are no videos", "VID015", disturb=_put(b"", IMAGES[3]), also=("VID035",)),
    _change("images have no codec", "VID020"),
    _change("images have no rate of their own", "VID017"),
    _change(
        "images whose size is the dimension",
        "VID018",
        disturb=_put(encode_image(width=48, height=32), IMAGES[3]),
        also=("VID035",),
    ),
    _change("images start one after the other", "VID012", _list(*IMAGES)),
    _change("images without a stated number", "TIM013", remove(_NUM_SAMPLES), also=("VID013",)),
)
