"""Training data as a careful lab would write it: a person's labels on frames of a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ndx_pose import (
    PoseTraining,
    Skeleton,
    SkeletonInstance,
    SkeletonInstances,
    Skeletons,
    SourceVideos,
    TrainingFrame,
    TrainingFrames,
)
from pynwb import NWBHDF5IO
from pynwb.image import ImageSeries
from tests.recordings.written import HEIGHT, RATE, WIDTH, start_dandiset, start_session, write_video

STEM = "sub-mouse01_ses-20240102_behavior"
VIDEO = f"{STEM}/sub-mouse01_ses-20240102_labeled.mp4"
FRAMES = 300
"""Of the video: more than eight bits can count."""

LABELED = tuple(range(3, 255, 21))
"""The numbers of the labeled frames."""

TRAINING = "/processing/behavior/PoseTraining"
LABELS = f"{TRAINING}/training_frames"
SOURCE_VIDEO = f"{TRAINING}/source_videos/open_field"
_NODES = ("nose", "left_ear", "tail_base")


def write_labels(folder: Path) -> Path:
    """Write a dandiset of one session of training data: the NWB file, and its video."""
    start_dandiset(folder)
    path = folder / "sub-mouse01" / f"{STEM}.nwb"
    write_video(path.parent / VIDEO, FRAMES)
    nwbfile = start_session("Frames of an open field, labeled by hand.")
    camera = nwbfile.create_device(name="camera", description="Overhead camera.")
    skeleton = Skeleton(
        name="mouse",
        nodes=list(_NODES),
        edges=np.array([[0, 1], [0, 2]], np.uint8),
        subject=nwbfile.subject,
    )
    video = ImageSeries(
        name="open_field",
        description="Overhead video of the open field.",
        unit="n.a.",
        format="external",
        external_file=[VIDEO],
        starting_frame=[0],
        num_samples=FRAMES,
        dimension=[WIDTH, HEIGHT],
        rate=RATE,
        starting_time=0.0,
        device=camera,
    )
    chance = np.random.default_rng(20240102)
    frames = [
        TrainingFrame(
            name=f"frame_{order}",
            annotator="Jane Doe",
            source_video=video,
            source_video_frame_index=np.uint32(number),
            skeleton_instances=SkeletonInstances(
                skeleton_instances=[
                    SkeletonInstance(
                        name="mouse",
                        id=np.uint32(0),
                        node_locations=chance.uniform((10, 10), (86, 54), (len(_NODES), 2)),
                        node_visibility=[True, True, True],
                        skeleton=skeleton,
                    )
                ]
            ),
        )
        for order, number in enumerate(LABELED)
    ]
    module = nwbfile.create_processing_module("behavior", "Labels for training.")
    module.add(Skeletons(skeletons=[skeleton]))
    module.add(
        PoseTraining(
            training_frames=TrainingFrames(training_frames=frames),
            source_videos=SourceVideos(image_series=[video]),
        )
    )
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    return path
