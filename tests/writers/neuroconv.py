"""NeuroConv: its interfaces for SLEAP, DeepLabCut and Lightning Pose, and for videos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.writers.inputs import RATE, deeplabcut_csv, film, labels, lightning_pose_csv
from tests.writers.trial import SESSION, START, Names, trials

Edit = Callable[[Any], None]


def _nothing(metadata: Any) -> None:
    pass


def _converted(pose: Any, edit: Edit = _nothing, video: Any = None) -> Names:
    from neuroconv import ConverterPipe  # noqa: PLC0415 - of the extra

    interfaces = {"pose": pose} if video is None else {"video": video, "pose": pose}
    converter = ConverterPipe(data_interfaces=interfaces)
    metadata = converter.get_metadata()
    metadata["NWBFile"]["session_start_time"] = START
    edit(metadata)
    converter.run_conversion(SESSION, metadata=metadata, overwrite=True)
    return {"converter": converter, "metadata": metadata, "pose_interface": pose}


def _dlc(edit: Edit = _nothing, rate: float = RATE, video: Any = None) -> Names:
    from neuroconv.datainterfaces import DeepLabCutInterface  # noqa: PLC0415

    pose = DeepLabCutInterface(file_path=deeplabcut_csv(), sampling_frequency=float(rate))
    return _converted(pose, edit, video)


def sleap(edit: Edit = _nothing, **project: Any) -> Names:
    """Convert a SLEAP project, as `inputs.labels` makes it."""
    from neuroconv.datainterfaces import SLEAPInterface  # noqa: PLC0415

    made = labels(**project)
    made.save("session.slp")
    return _converted(SLEAPInterface(file_path="session.slp", frames_per_second=float(RATE)), edit)


def _timed_by_an_ntsc_video() -> Names:
    from neuroconv.datainterfaces import SLEAPInterface  # noqa: PLC0415

    labels(tracks=2, lost={1: slice(10, 20)}).save("session.slp")
    film(rate=Fraction(30_000, 1_001))
    return _converted(SLEAPInterface(file_path="session.slp", video_file_path="video.mp4"))


def _at_home() -> Names:
    from neuroconv.datainterfaces import SLEAPInterface  # noqa: PLC0415

    made = labels()
    made.videos[0].replace_filename("/home/jane/films/video.mp4", open=False)
    made.save("session.slp")
    Path("video.mp4").unlink()  # sleap-io would find it beside the project
    return _converted(SLEAPInterface(file_path="session.slp", frames_per_second=float(RATE)))


def _lightning_pose() -> Names:
    from neuroconv.datainterfaces import LightningPoseDataInterface  # noqa: PLC0415

    film()
    csv = lightning_pose_csv()
    pose = LightningPoseDataInterface(file_path=csv, original_video_file_path="video.mp4")
    return _converted(pose)


def _older_format() -> Names:
    names = dict(_lightning_pose())
    interface = names["pose_interface"]
    older = interface.get_metadata(use_new_metadata_format=False)
    older["NWBFile"]["session_start_time"] = START
    interface.run_conversion(SESSION, metadata=older, overwrite=True)
    return names


def _for_each_series(field: str, value: str | None) -> Edit:
    def edit(metadata: Any) -> None:
        for pose in metadata["Pose"]["PoseEstimations"].values():
            for series in pose["PoseEstimationSeries"].values():
                series[field] = value
                if value is None:
                    del series[field]

    return edit


def _without_scorer(metadata: Any) -> None:
    for pose in metadata["Pose"]["PoseEstimations"].values():
        del pose["scorer"]


def _filmed(*, absolute: bool = False) -> Names:
    from neuroconv.datainterfaces import ExternalVideoInterface  # noqa: PLC0415

    path = film()
    return _dlc(video=ExternalVideoInterface(file_paths=[path.absolute() if absolute else path]))


def _beside_its_video() -> Names:
    film()
    return _dlc()


def _film_inside() -> Names:
    from neuroconv.datainterfaces import InternalVideoInterface  # noqa: PLC0415

    return _dlc(video=InternalVideoInterface(file_path=film()))


def _lost_type() -> Names:
    """Write what 0.6.1 wrote without ndx-pose (neuroconv #1114): that release does not run here."""
    import pynwb  # noqa: PLC0415

    names = _dlc()
    nwb = pynwb.NWBFile(
        session_description="openfield",
        identifier="one",
        session_start_time=datetime(2024, 5, 6, 12, tzinfo=UTC),
        source_script="Created using NeuroConv v0.6.1",
        source_script_file_name="basedatainterface.py",
    )
    module = nwb.create_processing_module("behavior", "processed behavioral data")
    module.add(pynwb.core.NWBDataInterface(name="PoseEstimation"))
    with pynwb.NWBHDF5IO(SESSION, "w") as io:
        io.write(nwb)
    return names


def _subject_alone(metadata: Any) -> None:
    metadata["Subject"] = {"subject_id": "mouse1"}


_BOTTOM_LEFT = "(0,0) corresponds to the bottom left corner of the video."
_SCATTERED = {1: slice(10, 20), 2: slice(30, 40)}

TRIALS = (
    *trials("CNF003", "PRV002", "PRV004", before=_dlc),
    *trials("PRV005", before=_beside_its_video),
    *trials("REF001", before=lambda: _dlc(_for_each_series("reference_frame", None))),
    *trials("REF002", before=lambda: _dlc(_for_each_series("reference_frame", "The image."))),
    *trials("REF004", before=lambda: _dlc(_for_each_series("reference_frame", _BOTTOM_LEFT))),
    *trials("UNI001", before=_older_format),
    *trials("PRV003", before=lambda: _dlc(_without_scorer)),
    *trials("PRV006", before=sleap),
    *trials("PRV010", before=lambda: sleap(absolute=True)),
    *trials("PRV011", before=_at_home),
    *trials("PRV012", before=_lightning_pose),
    *trials("VID003", before=lambda: _filmed(absolute=True)),
    *trials("VID019", before=_filmed),
    *trials("VID001", before=_film_inside),
    *trials("TIM006", before=lambda: _dlc(rate=1.0)),
    *trials("NOD010", before=_timed_by_an_ntsc_video),
    *trials("TIM008", "TIM012", before=lambda: sleap(tracks=2, lost={1: slice(10, 20)})),
    *trials("TIM011", before=lambda: sleap(tracks=2, lost={1: slice(10, 20)})),
    *trials("TIM002", before=lambda: sleap(tracks=2, lost=_SCATTERED)),
    *trials("NOD022", "NOD023", before=lambda: sleap(tracks=2)),
    *trials("FIL011", before=_lost_type),
    *trials(
        "NWBI.check_subject_exists",
        "NWBI.check_experimenter_exists",
        "NWBI.check_experiment_description",
        "NWBI.check_institution",
        "NWBI.check_keywords",
        before=_dlc,
    ),
    *trials(
        "NWBI.check_subject_age",
        "NWBI.check_subject_sex",
        "NWBI.check_subject_species_exists",
        before=lambda: _dlc(_subject_alone),
    ),
)
