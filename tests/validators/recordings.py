"""Small NWB files, written by pynwb and ndx-pose and then damaged, for the validators to check."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
from ndx_pose import (
    PoseEstimation,
    PoseEstimationSeries,
    PoseTraining,
    Skeleton,
    SkeletonInstance,
    SkeletonInstances,
    Skeletons,
    SourceVideos,
    TrainingFrame,
    TrainingFrames,
)
from pynwb import NWBHDF5IO, NWBFile
from pynwb.ecephys import ElectricalSeries
from pynwb.file import Subject
from pynwb.image import ImageSeries

START = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
POSE = "processing/behavior/PoseEstimation"
NOSE = f"{POSE}/nose"


def write_pose(path: Path) -> None:
    """A recording with a skeleton, two series, a video reference and a subject."""
    file = _file("pose")
    camera = file.create_device(name="camera", description="the camera above the arena")
    video = ImageSeries(
        name="video",
        description="the arena from above",
        format="external",
        external_file=["video.mp4"],
        starting_frame=[0],
        rate=30.0,
        num_samples=20,
        unit="n.a.",
        dimension=[64, 48],
        device=camera,
    )
    file.add_acquisition(video)
    nodes = ["nose", "tail_base"]
    skeleton = Skeleton(name="mouse", nodes=nodes, edges=np.array([[0, 1]], dtype="uint8"))
    rng = np.random.default_rng(3)
    series = [
        PoseEstimationSeries(
            name=node,
            description="the tip" if node == "nose" else "",
            data=rng.uniform(1, 40, (20, 2)),
            unit="pixels",
            reference_frame="(0, 0) is the top left corner of the video; y points down",
            rate=30.0,
            confidence=rng.uniform(0, 1, 20),
            confidence_definition="softmax",
        )
        for node in nodes
    ]
    pose = PoseEstimation(
        name="PoseEstimation",
        pose_estimation_series=series,
        description="estimated positions",
        skeleton=skeleton,
        source_video=video,
        source_software="SLEAP",
        scorer="model",
    )
    behavior = file.create_processing_module("behavior", "processed behavior")
    behavior.add(Skeletons(skeletons=[skeleton]))
    behavior.add(pose)
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def write_training(path: Path, frames: int = 6, instances: int = 2) -> None:
    """Training data: every instance links one skeleton, every frame one video."""
    file = _file("training")
    skeleton = Skeleton(
        name="mouse", nodes=["nose", "ear", "tail"], edges=np.array([[0, 1]], dtype="uint8")
    )
    video = ImageSeries(
        name="source_video",
        description="training video",
        format="external",
        external_file=["training.mp4"],
        starting_frame=[0],
        rate=30.0,
        num_samples=20,
        unit="n.a.",
    )
    rng = np.random.default_rng(5)
    training = [
        TrainingFrame(
            name=f"frame_{frame}",
            annotator="an annotator",
            skeleton_instances=SkeletonInstances(
                skeleton_instances=[
                    SkeletonInstance(
                        name=f"skeleton_instance_{instance}",
                        id=np.uint(instance),
                        node_locations=rng.uniform(0, 60, (3, 2)),
                        node_visibility=[True, True, False],
                        skeleton=skeleton,
                    )
                    for instance in range(instances)
                ]
            ),
            source_video=video,
            source_video_frame_index=np.uint(frame),
        )
        for frame in range(frames)
    ]
    behavior = file.create_processing_module("behavior", "processed behavior")
    behavior.add(Skeletons(skeletons=[skeleton]))
    behavior.add(
        PoseTraining(
            training_frames=TrainingFrames(training_frames=training),
            source_videos=SourceVideos(image_series=[video]),
        )
    )
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def write_tables(path: Path) -> None:
    """References of every kind: regions of tables, columns of references, compound rows."""
    file = _file("tables")
    probe = file.create_device(name="probe")
    group = file.create_electrode_group("shank", "a shank", "CA1", probe)
    for depth in range(3):
        file.add_electrode(x=0.0, y=float(depth), z=0.0, location="CA1", group=group)
    region = file.create_electrode_table_region([0, 2], "the outer two")
    voltage = ElectricalSeries(
        name="voltage", data=np.zeros((9, 2)), electrodes=region, timestamps=np.arange(9) / 9
    )
    file.add_acquisition(voltage)
    file.add_unit(spike_times=[0.1, 0.4], electrodes=[0])
    file.add_unit(spike_times=[0.2], electrodes=[1, 2])
    file.add_trial_column("choice", "left or right")
    file.add_trial(start_time=0.0, stop_time=0.4, choice="left", timeseries=[voltage])
    file.add_trial(start_time=0.5, stop_time=0.3, choice="right", timeseries=[voltage])
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def _file(identifier: str) -> NWBFile:
    return NWBFile(
        session_description="a session",
        identifier=identifier,
        session_start_time=START,
        session_id="one",
        subject=Subject(subject_id="m1", age="P60D", sex="F", species="Mus musculus"),
    )


def _without_attribute(file: h5py.File) -> None:
    del file[f"{NOSE}/data"].attrs["unit"]
    del file[POSE].attrs["object_id"]


def _without_data(file: h5py.File) -> None:
    del file[f"{NOSE}/data"]


def _wrong_types(file: h5py.File) -> None:
    file[f"{NOSE}/data"].attrs["conversion"] = "one"
    _replace(file, f"{NOSE}/confidence", np.array(["high"] * 20, dtype="S"))
    file[NOSE].attrs["description"] = 3
    file["general/subject/age"].attrs["reference"] = 1.5


def _wrong_shapes(file: h5py.File) -> None:
    _replace(file, f"{NOSE}/data", np.zeros((20, 5)))
    _replace(file, "processing/behavior/Skeletons/mouse/edges", np.zeros((0,), dtype="uint8"))
    _replace(file, "processing/behavior/Skeletons/mouse/nodes", "nose")


def _single_values_as_arrays(file: h5py.File) -> None:
    _replace(file, "identifier", np.array(["pose"], dtype=h5py.string_dtype()))
    _replace(file, f"{POSE}/scorer", np.array(["model"], dtype=h5py.string_dtype()))


def _unknown_type(file: h5py.File) -> None:
    file[NOSE].attrs["neurodata_type"] = "PoseGuess"


def _strange_type(file: h5py.File) -> None:
    file[NOSE].attrs["neurodata_type"] = np.array([1, 2])


def _link_to_another_type(file: h5py.File) -> None:
    del file[f"{POSE}/mouse"]
    file[f"{POSE}/mouse"] = h5py.SoftLink("/general/devices/camera")


def _links(file: h5py.File) -> None:
    file[f"{POSE}/twin"] = file[NOSE]
    file[f"{POSE}/mirror"] = h5py.SoftLink(f"/{POSE}/tail_base")
    file[f"{POSE}/lost"] = h5py.SoftLink("/nowhere")
    file["acquisition/again"] = h5py.SoftLink("/acquisition/video")


def _circle(file: h5py.File) -> None:
    file[f"{POSE}/circle"] = h5py.SoftLink("/processing")


def _date_without_zone(file: h5py.File) -> None:
    _replace(file, "session_start_time", "2024-05-17T09:30:00")


def _without_date(file: h5py.File) -> None:
    del file["session_start_time"]


def _without_version(file: h5py.File) -> None:
    del file.attrs["nwb_version"]


def _version_one(file: h5py.File) -> None:
    file.attrs["nwb_version"] = "NWB-1.0.6"


def _without_specification(file: h5py.File) -> None:
    del file["specifications"]
    del file.attrs[".specloc"]


def _damaged_specification(file: h5py.File) -> None:
    spec = file["specifications/core"]
    _replace(file, f"{spec[next(iter(spec))].name}/namespace", '{"namespaces": [')


def _two_of_one_name(file: h5py.File) -> None:
    file[POSE].attrs["nose"] = "an attribute"


def _odd_objects(file: h5py.File) -> None:
    file[f"{NOSE}/nothing"] = h5py.Empty("f8")


def _committed_type(file: h5py.File) -> None:
    file[f"{NOSE}/kind"] = np.dtype("f8")


def _subject_of_numbers(file: h5py.File) -> None:
    for name in ("age", "sex", "species", "subject_id"):
        _replace(file, f"general/subject/{name}", 7)


DAMAGE: dict[str, Callable[[h5py.File], None]] = {
    "without-attribute": _without_attribute,
    "without-data": _without_data,
    "wrong-types": _wrong_types,
    "wrong-shapes": _wrong_shapes,
    "single-values-as-arrays": _single_values_as_arrays,
    "unknown-type": _unknown_type,
    "strange-type": _strange_type,
    "link-to-another-type": _link_to_another_type,
    "links": _links,
    "circle": _circle,
    "date-without-zone": _date_without_zone,
    "without-date": _without_date,
    "without-version": _without_version,
    "version-one": _version_one,
    "without-specification": _without_specification,
    "damaged-specification": _damaged_specification,
    "two-of-one-name": _two_of_one_name,
    "odd-objects": _odd_objects,
    "committed-type": _committed_type,
    "subject-of-numbers": _subject_of_numbers,
}

WRITTEN = ("pose", "training", "tables", "empty", *DAMAGE)


def write_all(folder: Path) -> dict[str, Path]:
    """Write every file of `WRITTEN` and return their paths by name."""
    paths = {name: folder / f"{name}.nwb" for name in WRITTEN}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ndx-pose is older than the pynwb that runs it
        write_pose(paths["pose"])
        write_training(paths["training"])
        write_tables(paths["tables"])
    with h5py.File(paths["empty"], "w"):
        pass
    for name, damage in DAMAGE.items():
        paths[name].write_bytes(paths["pose"].read_bytes())
        with h5py.File(paths[name], "r+") as file:
            damage(file)
    return paths


def _replace(file: h5py.File, path: str, value: object) -> None:
    attributes = dict(file[path].attrs)
    del file[path]
    file[path] = value
    for name, each in attributes.items():
        file[path].attrs[name] = each
