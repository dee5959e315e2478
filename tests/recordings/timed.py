"""NWB files of a few series whose clocks are written as the field's exporters write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from ndx_pose import PoseEstimation, PoseEstimationSeries, Skeleton, Skeletons
from pynwb import NWBHDF5IO
from pynwb.image import ImageSeries
from tests.recordings.written import start_session

Times = npt.NDArray[np.float64]
Clocks = Mapping[str, "Times | tuple[int, float, float]"]


@dataclass(frozen=True, kw_only=True)
class Film:
    """A video, of which only the ImageSeries exists; ``frames`` is ``None`` if not stated."""

    frames: int | None
    rate: float
    start: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A PoseEstimation.

    Attributes
    ----------
    clocks
        For each series its times; or its number of samples, its rate and its start.
    linked
        Whether it links the video.
    by_sleap_io
        Whether it is written as sleap-io writes it.
    """

    clocks: Clocks
    linked: bool = False
    by_sleap_io: bool = False


@dataclass(frozen=True, kw_only=True)
class Session:
    """What is written of one session."""

    tracked: Sequence[Tracked]
    film: Film | None = None
    reference: datetime | None = None


def write_session(path: Path, session: Session) -> Path:
    """Write an NWB file and no video."""
    nwbfile = start_session("A mouse explores an open field.")
    if session.reference is not None:
        nwbfile.fields["timestamps_reference_time"] = session.reference
    video = None
    if session.film is not None:
        video = ImageSeries(
            name="video",
            description="The open field from above.",
            unit="n.a.",
            format="external",
            external_file=["video.mp4"],
            starting_frame=[0],
            rate=session.film.rate,
            starting_time=session.film.start,
            num_samples=session.film.frames or 1,
        )
        nwbfile.add_acquisition(video)
    module = nwbfile.create_processing_module("behavior", "Pose.")
    skeletons = []
    containers = []
    for number, tracked in enumerate(session.tracked):
        skeleton = Skeleton(name=f"skeleton_{number}", nodes=list(tracked.clocks))
        skeletons.append(skeleton)
        containers.append(
            PoseEstimation(
                name=f"pose_{number}",
                description="Positions.",
                pose_estimation_series=[
                    _series(name, clock, tracked) for name, clock in tracked.clocks.items()
                ],
                skeleton=skeleton,
                source_software="SLEAP" if tracked.by_sleap_io else "DeepLabCut",
                scorer="a model",
                source_video=video if tracked.linked else None,
            )
        )
    module.add(Skeletons(skeletons=skeletons))
    for container in containers:
        module.add(container)
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    if session.film is not None and session.film.frames is None:
        with h5py.File(path, "r+") as file:
            del file["/acquisition/video/num_samples"]
    return path


def _series(
    name: str, clock: Times | tuple[int, float, float], tracked: Tracked
) -> PoseEstimationSeries:
    timing: dict[str, Any]
    if isinstance(clock, tuple):
        samples, rate, start = clock
        timing = {"rate": rate, "starting_time": start}
    else:
        samples, timing = len(clock), {"timestamps": clock}
    walk = np.random.default_rng(len(name)).normal(0, 1, (samples, 2)).cumsum(axis=0) + 100
    return PoseEstimationSeries(
        name=name,
        description=f"{'Sequential trajectory' if tracked.by_sleap_io else 'Position'} of {name}.",
        data=walk,
        unit="pixels",
        reference_frame="(0, 0) is the top-left corner of the video frame.",
        confidence=np.full(samples, 0.9),
        confidence_definition="Softmax output.",
        **timing,
    )
