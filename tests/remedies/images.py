"""VID, image sequences: what is done to the images that external_file lists."""

from __future__ import annotations

import shutil

import h5py
import numpy as np
from tests.mutations.kinds import IMAGES
from tests.recordings.edits import Edit, refer, replace
from tests.recordings.written import CAMERA_VIDEO, FRAMES, HEIGHT, STEM, WIDTH
from tests.remedies.treatment import Situation, again, inside, organize, treat

_EXTERNAL = f"{CAMERA_VIDEO}/external_file"


def _copy_images(situation: Situation) -> None:
    """Put the images as they were made where they are wanted."""
    folder = situation.path.parent / STEM
    shutil.rmtree(folder)
    shutil.copytree(situation.source.parent / STEM, folder)


def _drop_the_last(file: h5py.File) -> None:
    """Drop the sample without an image, of the video and of the pose."""
    video = file[CAMERA_VIDEO]
    if "num_samples" in video:
        replace(f"{CAMERA_VIDEO}/num_samples", np.uint64(FRAMES - 1))(file)
    if "timestamps" in video:
        replace(f"{CAMERA_VIDEO}/timestamps", video["timestamps"][:-1])(file)


_LIST = inside(refer(*IMAGES, starting_frame=list(range(FRAMES))))
_SIZE: Edit = replace(f"{CAMERA_VIDEO}/dimension", np.array([WIDTH, HEIGHT]))
_FEW = ("one image too few", "one image too few for the timestamps")

TREATMENTS = (
    treat("VID002", "Put the images where", _copy_images, on="three images are not there"),
    treat("VID003", "store their paths", _LIST, on="images at an absolute path"),
    treat("VID004", 'Write "/"', _LIST, on="Windows"),
    treat("VID007", "PNG", _copy_images, _LIST, on=("TIFF images", "BMP images")),
    treat("VID008", "posecheck organize does both", organize(), on="images in upper case"),
    treat("VID012", "the running sum", _LIST, on="images that start at one frame"),
    treat("VID018", "Store [width, height]", inside(_SIZE), on="dimension of another size"),
    treat(
        "VID034",
        "one ImageSeries per file",
        _LIST,
        again(f"{CAMERA_VIDEO}/num_samples"),
        on="images and a video at one rate",
    ),
    treat("VID035", "one for each sample", _LIST, on=_FEW),
    treat("VID035", "drop their samples", inside(_drop_the_last), on=_FEW),
    treat(
        "VID035",
        "copy them again",
        _copy_images,
        on=("a text among the images", "an empty and a cut-off image", "a wrong byte"),
    ),
    treat("VID035", "at one size", _copy_images, on="one smaller image"),
    treat(
        "TIM013",
        "Link the video that was tracked",
        again(_EXTERNAL, f"{CAMERA_VIDEO}/num_samples"),
        on="as many images as a part of the pose",
    ),
)
