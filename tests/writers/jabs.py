"""JABS: `jabs.io.save`, which its command calls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.writers.inputs import EDGES, FRAMES, HEIGHT, NODES, RATE, WIDTH, film, walk
from tests.writers.trial import Names, trials

FILE = Path("session_M01.nwb")


def _saved() -> Names:
    import jabs.io  # noqa: PLC0415 - of the extra
    from jabs.core.types.pose import PoseData  # noqa: PLC0415

    film()
    data = PoseData(
        points=walk()[np.newaxis],
        point_mask=np.ones((1, FRAMES, len(NODES)), bool),
        identity_mask=np.ones((1, FRAMES), bool),
        body_parts=list(NODES),
        edges=list(EDGES),
        fps=RATE,
        external_ids=["M01"],
    )
    jabs.io.save(data, Path("session.nwb"))
    return {"data": data}


def _with_video() -> Names:
    from jabs.io.internal.pose.nwb_video import link_external_video  # noqa: PLC0415

    names = _saved()
    link_external_video(
        FILE, Path("video.mp4"), num_frames=FRAMES, rate=float(RATE), dimension=(WIDTH, HEIGHT)
    )
    return names


TRIALS = (
    *trials("PRV002", "PRV003", "PRV005", before=_saved, file=FILE),
    *trials("VID022", before=_with_video, file=FILE),
    *trials(
        "NWBI.check_subject_age",
        "NWBI.check_subject_sex",
        "NWBI.check_subject_species_exists",
        "NWBI.check_experimenter_exists",
        "NWBI.check_experiment_description",
        "NWBI.check_institution",
        "NWBI.check_keywords",
        before=_saved,
        file=FILE,
    ),
)
