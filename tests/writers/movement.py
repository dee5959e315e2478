"""movement: `save_poses.to_nwb_file`."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.writers.inputs import FRAMES, NODES, RATE, film, lightning_pose_csv, scores, walk
from tests.writers.trial import SESSION, Names, trials


def _saved(dataset: Any) -> Names:
    import pynwb  # noqa: PLC0415 - of the extra
    from movement.io import save_poses  # noqa: PLC0415

    with pynwb.NWBHDF5IO(SESSION, "w") as io:
        io.write(save_poses.to_nwb_file(dataset))
    film()
    return {"dataset": dataset}


def _loaded(*, fps: int | None) -> Names:
    from movement.io import load_poses  # noqa: PLC0415

    return _saved(load_poses.from_lp_file(lightning_pose_csv(), fps=fps))


def _made(software: str, *, columns: int = 2, high: float = 0.98) -> Names:
    from movement.io import load_poses  # noqa: PLC0415

    position = np.moveaxis(walk(), 1, 2)[..., np.newaxis]  # time, space, keypoints, individuals
    if columns == 3:
        depth = 5 * np.sin(np.linspace(0, 9, FRAMES))[:, None, None, None]
        position = np.concatenate([position, np.broadcast_to(depth, position[:, :1].shape)], axis=1)
    dataset = load_poses.from_numpy(
        position_array=position,
        confidence_array=scores(high=high)[..., np.newaxis],
        individual_names=["id_0"],
        keypoint_names=list(NODES),
        fps=RATE,
        source_software=software,
    )
    return _saved(dataset)


def _with_fps() -> Names:
    return _loaded(fps=RATE)


def _described_as(text: str) -> Names:
    """Write what a user may say of the reference frame."""
    import pynwb  # noqa: PLC0415
    from movement.io import save_poses  # noqa: PLC0415
    from movement.io.nwb import NWBFileSaveConfig  # noqa: PLC0415

    names = _with_fps()
    config = NWBFileSaveConfig(pose_estimation_series_kwargs={"reference_frame": text})
    with pynwb.NWBHDF5IO(SESSION, "w") as io:
        io.write(save_poses.to_nwb_file(names["dataset"], config))
    return names


TRIALS = (
    *trials("TIM006", before=lambda: _loaded(fps=None)),
    *trials("REF001", "CNF003", "PRV002", "PRV003", "PRV005", before=_with_fps),
    *trials("REF002", before=lambda: _described_as("The image.")),
    *trials("REF004", before=lambda: _described_as("(0, 0) is the bottom left corner.")),
    *trials("REF001.spatial", "UNI010", before=lambda: _made("Anipose", columns=3)),
    *trials("CNF001", before=lambda: _made("SLEAP", high=1.4)),
    *trials(
        "NWBI.check_subject_age",
        "NWBI.check_subject_sex",
        "NWBI.check_subject_species_exists",
        "NWBI.check_experimenter_exists",
        "NWBI.check_experiment_description",
        "NWBI.check_institution",
        "NWBI.check_keywords",
        before=_with_fps,
    ),
)
