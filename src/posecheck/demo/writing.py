"""From a draft to the NWB file and its videos, through pynwb, ndx-pose and PyAV."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from hdmf.backends.hdf5.h5_utils import H5DataIO
from ndx_pose import (
    CalibratedCamera,
    MultiCameraPoseEstimation,
    PoseEstimation,
    PoseEstimationSeries,
    Skeleton,
    Skeletons,
)
from pynwb import NWBHDF5IO, NWBFile
from pynwb.device import Device
from pynwb.file import Subject
from pynwb.image import ImageSeries

from posecheck.demo.draft import Draft, View
from posecheck.demo.film import film
from posecheck.demo.mouse import FRAMES, RATE
from posecheck.demo.tracking import Keypoint

_SOFTWARE = ("DeepLabCut", "2.3.9")
_LIKELIHOOD = "Likelihood of DeepLabCut: the peak of the body part's score map, 0 to 1."
_MEAN_LIKELIHOOD = "Mean likelihood of the views that the point was triangulated from, 0 to 1."


def write_recording(draft: Draft, dandiset: Path) -> Path:
    """Write a recording with its videos.

    Parameters
    ----------
    draft
        The recording.
    dandiset
        The folder of the dandiset.

    Returns
    -------
    Path
        The NWB file.

    Raises
    ------
    UsageError
        If no H.264 video can be written.
    OSError
        If the files cannot be written.
    """
    path = dandiset / draft.path
    path.parent.mkdir(parents=True, exist_ok=True)
    for view in draft.views:
        if view.file is not None:
            film(draft.walk, view.camera, path.parent / view.file)
    nwbfile = _session(draft)
    skeleton = Skeleton(
        name="mouse",
        nodes=list(draft.nodes),
        edges=np.array(draft.edges, np.uint8),
        subject=nwbfile.subject,
    )
    module = nwbfile.create_processing_module(
        name="behavior", description="Body parts of the mouse, tracked in its videos."
    )
    module.add(Skeletons(skeletons=[skeleton]))
    filmed = [(view, *_add_video(nwbfile, draft, view)) for view in draft.views]
    poses = [
        _pose(draft, view, skeleton, device, video)
        for view, device, video in filmed
        if view.keypoints
    ]
    for pose in [_pose_in_space(draft, skeleton, poses)] if draft.world else poses:
        module.add(pose)
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    return path


def _session(draft: Draft) -> NWBFile:
    day = datetime.strptime(draft.session, "%Y%m%d").replace(tzinfo=UTC)
    nwbfile = NWBFile(
        session_description="A mouse walks through an arena with a shelter for four seconds.",
        identifier=f"posecheck-demo-{draft.subject}",
        session_start_time=day.replace(hour=9, minute=30),
        file_create_date=day.replace(hour=17),
        session_id=draft.session,
        experimenter=["Doe, Jane"],
        lab="Behavior Lab",
        institution="University of Somewhere",
        experiment_description="A drawn mouse explores an open field. No animal was involved.",
        keywords=["pose estimation", "open field", "demonstration"],
    )
    nwbfile.subject = Subject(
        subject_id=draft.subject,
        species="Mus musculus",
        sex="F",
        age="P90D",
        description="Drawn by posecheck demo.",
    )
    return nwbfile


def _add_video(nwbfile: NWBFile, draft: Draft, view: View) -> tuple[Device, ImageSeries]:
    camera = view.camera
    names: dict[str, Any] = {
        "name": f"{camera.name}_camera",
        "description": f"The {camera.name} camera, {RATE} frames per second.",
    }
    if draft.world:
        device = CalibratedCamera(
            **names,
            intrinsic_matrix=camera.intrinsic,
            rotation_matrix=camera.rotation,
            translation_vector=camera.translation,
            distortion_coefficients=np.zeros(5),
        )
    else:
        device = Device(**names)
    nwbfile.add_device(device)
    video = ImageSeries(
        name=f"{camera.name}_video",
        description=f"Video of the arena from the {camera.name} camera.",
        unit="n.a.",
        format="external",
        external_file=[view.reference],
        starting_frame=[0],
        num_samples=FRAMES,
        dimension=list(view.dimension),
        rate=float(RATE),
        starting_time=0.0,
        device=device,
    )
    nwbfile.add_acquisition(video)
    return device, video


def _pose(
    draft: Draft, view: View, skeleton: Skeleton, device: Device, video: ImageSeries
) -> PoseEstimation:
    software, version = _SOFTWARE
    return PoseEstimation(
        name=f"{view.camera.name}_pose" if draft.world else "PoseEstimation",
        description=f"Body parts tracked with {software} in the {view.camera.name} video.",
        pose_estimation_series=[
            _series(
                keypoint,
                description=f"Position of {keypoint.name} in the {view.camera.name} video.",
                unit=draft.unit,
                reference_frame=draft.reference_frame,
                confidence_definition=_LIKELIHOOD,
            )
            for keypoint in view.keypoints
        ],
        skeleton=skeleton,
        source_video=video,
        device=device,
        scorer=draft.scorer,
        source_software=software,
        source_software_version=version,
    )


def _pose_in_space(
    draft: Draft, skeleton: Skeleton, poses: list[PoseEstimation]
) -> MultiCameraPoseEstimation:
    return MultiCameraPoseEstimation(
        name="MultiCameraPoseEstimation",
        description="Body parts triangulated with Anipose from three calibrated cameras.",
        pose_estimation_series=[
            _series(
                keypoint,
                description=f"Position of {keypoint.name} in the arena.",
                unit="millimeters",
                reference_frame=draft.world_frame,
                confidence_definition=_MEAN_LIKELIHOOD,
            )
            for keypoint in draft.world
        ],
        pose_estimations=poses,
        skeleton=skeleton,
        scorer=draft.scorer,
        source_software="Anipose",
        source_software_version="1.1.17",
    )


def _series(keypoint: Keypoint, **described: str) -> PoseEstimationSeries:
    timing: dict[str, Any] = {"rate": float(RATE), "starting_time": 0.0}
    if keypoint.timestamps is not None:
        timing = {"timestamps": _packed(keypoint.timestamps)}
    return PoseEstimationSeries(
        name=keypoint.name,
        data=_packed(keypoint.positions),
        confidence=_packed(keypoint.confidence),
        **described,
        **timing,
    )


def _packed(values: np.ndarray[Any, Any]) -> H5DataIO:
    return H5DataIO(values, compression="gzip", shuffle=True, chunks=True)
