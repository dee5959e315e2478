"""What a camera sees of a walk, frame by frame, and the MP4 that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from posecheck.demo.arena import scenery
from posecheck.demo.camera import HEIGHT, WIDTH, Camera
from posecheck.demo.drawing import paint
from posecheck.demo.mouse import RATE, Walk
from posecheck.model.errors import UsageError

Picture = npt.NDArray[np.uint8]
_OPTIONS = {"preset": "veryfast", "crf": "24"}


def see(walk: Walk, camera: Camera) -> Iterator[Picture]:
    """Yield the frames of a walk as a camera sees them, shape (height, width, 3), RGB."""
    empty, depths = scenery(camera, walk.shelter)
    for frame in range(len(walk.keypoints)):
        picture = empty.copy()
        paint(picture, walk.shapes(frame), camera, depths)
        yield np.rint(picture).astype(np.uint8)


def film(walk: Walk, camera: Camera, path: Path) -> None:
    """Write what a camera sees as an H.264 MP4 that every browser plays.

    Raises
    ------
    UsageError
        If PyAV was built without an H.264 encoder.
    OSError
        If the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A file object, and a named format: FFmpeg would look for a protocol in a path with a colon.
    with path.open("wb") as file, av.open(file, "w", format="mp4") as container:
        try:
            stream = container.add_stream("h264", rate=RATE, options=_OPTIONS)
        except ValueError as error:
            raise UsageError(
                "this build of PyAV cannot write H.264 video; install PyAV's own wheel: "
                "pip install --force-reinstall av"
            ) from error
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # several encoding threads may cut the picture differently from run to run
        stream.codec_context.thread_count = 1
        for picture in see(walk, camera):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
