"""Recordings as they lie on a lab's disk before they are organized: files here, videos there."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal
from uuid import uuid4

import h5py
import numpy as np
from ndx_pose import PoseEstimation, Skeleton, Skeletons
from pynwb import NWBHDF5IO, NWBFile
from pynwb.file import Subject
from pynwb.image import ImageSeries
from tests.recordings.edits import Edit, store
from tests.recordings.written import (
    EDGES,
    HEIGHT,
    NODES,
    RATE,
    WIDTH,
    careful_keypoints,
    keypoint_series,
)
from tests.video.written_videos import write_video

FRAMES = 30
"""Of every video; several videos of one series add up."""

START = datetime(2024, 1, 2, 9, 30, tzinfo=UTC)
POSE = "/processing/behavior/PoseEstimation"
STILLS = "/acquisition/stills"

_CODECS = {".avi": "mpeg4", ".mpg": "mpeg1video", ".mpeg": "mpeg1video", ".wmv": "wmv2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """An ImageSeries whose frames are in other files.

    Attributes
    ----------
    files
        The references, as they are stored.
    name
        The series'.
    place
        In which part of the file it is.
    """

    files: Sequence[str]
    name: str = "camera"
    place: Literal["acquisition", "stimulus", "processing"] = "acquisition"

    @property
    def dataset(self) -> str:
        """Where its references are."""
        return f"{_PARENTS[self.place]}/{self.name}/external_file"


_PARENTS = {
    "acquisition": "/acquisition",
    "stimulus": "/stimulus/presentation",
    "processing": "/processing/video",
}


def write_session(
    path: Path,
    *footage: Footage,
    subject: str | None = "mouse01",
    session: str | None = "day1",
    start: datetime = START,
    edits: Sequence[Edit] = (),
) -> Path:
    """Write one session: pose in the first footage, and whatever other footage there is.

    Parameters
    ----------
    path
        The NWB file; its folder need not exist. The videos are not written.
    footage
        The ImageSeries with what they refer to.
    subject, session
        Their identifiers; ``None`` to write none.
    start
        When the session began.
    edits
        Changes that no current library would write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    nwbfile = NWBFile(
        session_description="A mouse explores an open field.",
        identifier=str(uuid4()),
        session_start_time=start,
        session_id=session,
        experimenter=["Doe, Jane"],
        lab="Behavior Lab",
        institution="University of Somewhere",
        experiment_description="Free exploration of an open field.",
        keywords=["pose estimation", "open field"],
    )
    if subject is not None:
        nwbfile.subject = Subject(
            subject_id=subject,
            species="Mus musculus",
            sex="F",
            age="P90D",
            description="Wild type.",
        )
    camera = nwbfile.create_device(
        name="overhead", description="Overhead camera, 30 frames per second."
    )
    videos = []
    for shot in footage:
        video = ImageSeries(
            name=shot.name,
            description=f"The open field, as {shot.name}.",
            unit="n.a.",
            format="external",
            external_file=list(shot.files),
            starting_frame=[FRAMES * number for number in range(len(shot.files))],
            num_samples=FRAMES * len(shot.files),
            dimension=[WIDTH, HEIGHT],
            rate=RATE,
            starting_time=0.0,
            device=camera,
        )
        _add(nwbfile, video, shot.place)
        videos.append(video)
    skeleton = Skeleton(
        name="mouse",
        nodes=list(NODES),
        edges=np.array(EDGES, np.uint8),
        subject=nwbfile.subject,
    )
    frames = FRAMES * (len(footage[0].files) if footage else 1)
    pose = PoseEstimation(
        name="PoseEstimation",
        description="Keypoints of the mouse, estimated from the overhead video.",
        pose_estimation_series=keypoint_series(careful_keypoints(frames=frames), "rate"),
        skeleton=skeleton,
        source_video=videos[0] if videos else None,
        device=camera,
        scorer="DLC_resnet50_openfieldJan2shuffle1_100000",
        source_software="DeepLabCut",
        source_software_version="2.3.8",
    )
    module = nwbfile.create_processing_module("behavior", "Pose estimated from the videos.")
    module.add(Skeletons(skeletons=[skeleton]))
    module.add(pose)
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    if edits:
        with h5py.File(path, "r+") as file:
            for edit in edits:
                edit(file)
    return path


def film(path: Path, *, number: int = 0) -> Path:
    """Put a video of `FRAMES` frames somewhere; those of one number and extension are the same.

    Only the first of each is encoded. A capital extension gets what its small one would.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(_film(path.suffix.lower(), number), path))


@cache
def _film(suffix: str, number: int) -> Path:
    return write_video(
        _films() / f"{number}{suffix}",
        FRAMES,
        codec=_CODECS.get(suffix, "libx264"),
        # what distinguishes one film from another: how finely it is encoded
        options={"g": str(5 + number)},
    )


@cache
def _films() -> Path:
    """Return the folder of this process's films, which is gone when it ends."""
    folder = Path(mkdtemp(prefix="posecheck-films-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write_still(path: Path) -> Path:
    """Write a PNG of one gray pixel."""
    import zlib  # noqa: PLC0415 - two lines of a format need no library

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return len(content).to_bytes(4, "big") + kind + content + checksum.to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\x80"))
        + chunk(b"IEND", b"")
    )
    return path


def name_original(*references: str, dataset: str = "original_videos") -> Edit:
    """Let the pose name its videos itself, as ndx-pose did before it linked ImageSeries."""

    def edit(file: h5py.File) -> None:
        file[POSE].create_dataset(dataset, data=list(references), dtype=h5py.string_dtype())

    return edit


def show_still(reference: str) -> Edit:
    """Add an ExternalImage, as NWB 2.9 has them."""

    def edit(file: h5py.File) -> None:
        images = file.create_group(STILLS)
        images.attrs.update(
            {
                "neurodata_type": "Images",
                "namespace": "core",
                "object_id": str(uuid4()),
                "description": "Stills.",
            }
        )
        store(
            f"{STILLS}/first",
            reference,
            neurodata_type="ExternalImage",
            namespace="core",
            object_id=str(uuid4()),
            image_format="PNG",
            description="The first frame.",
        )(file)

    return edit


def spell(dataset: str, dtype: Any, *references: str) -> Edit:
    """Store references in another type of text: fixed-length, or ASCII."""

    def edit(file: h5py.File) -> None:
        kept = dict(file[dataset].attrs)
        del file[dataset]
        values = np.array([reference.encode() for reference in references], dtype=object)
        stored = file.create_dataset(dataset, shape=(len(references),), dtype=dtype)
        stored[...] = values.astype(dtype) if np.dtype(dtype).kind == "S" else values
        stored.attrs.update(kept)

    return edit


def _add(nwbfile: NWBFile, video: ImageSeries, place: str) -> None:
    if place == "acquisition":
        nwbfile.add_acquisition(video)
    elif place == "stimulus":
        nwbfile.add_stimulus(video)
    elif "video" in nwbfile.processing:
        nwbfile.processing["video"].add(video)
    else:
        nwbfile.create_processing_module("video", "Videos made of videos.").add(video)
