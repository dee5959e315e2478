"""sleap-io: `save_nwb`, and what it calls."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
from tests.corpus.folder import find_corpus
from tests.writers.inputs import FRAMES, RATE, labels
from tests.writers.trial import SESSION, Names, trials


def _saved(project: Any, **options: Any) -> Names:
    import sleap_io  # noqa: PLC0415 - of the extra

    sleap_io.save_nwb(project, SESSION, **options)
    project.save("session.slp")  # what NeuroConv converts
    return {"labels": project}


def _default(**project: Any) -> Callable[[], Names]:
    return lambda: _saved(labels(**project))


def _written(metadata: dict[str, Any], **project: Any) -> Callable[[], Names]:
    def write() -> Names:
        from sleap_io.io.nwb_predictions import write_nwb  # noqa: PLC0415

        made = labels(**project)
        write_nwb(made, SESSION, pose_estimation_metadata=dict(metadata))
        made.save("session.slp")
        return {"labels": made}

    return write


def _by_hand(**options: Any) -> Names:
    return _saved(labels(by_hand=True), **options)


def _linked() -> Names:
    """Write a track that begins late, and link the video, which states its rate."""
    import pynwb  # noqa: PLC0415

    names = _written(_TIMES, begin=5)()
    with pynwb.NWBHDF5IO(SESSION, "a") as io:
        nwb = io.read()
        nwb.add_acquisition(
            pynwb.image.ImageSeries(
                name="video",
                format="external",
                external_file=["video.mp4"],
                starting_frame=[0],
                rate=float(RATE),
                num_samples=FRAMES,
                unit="n.a.",
            )
        )
        io.write(nwb)
    with h5py.File(SESSION, "r+") as file:
        track = file["processing/SLEAP_VIDEO_000_video/track=track_0"]
        track["source_video"] = h5py.SoftLink("/acquisition/video")
    return names


def _without_version() -> Names:
    project = labels()
    del project.provenance["sleap_version"]
    return _saved(project)


def _personal() -> Names:
    project = labels()
    project.provenance["filename"] = "/home/jane/project/session.slp"
    return _saved(project)


def _of_an_old_release() -> Names:
    corpus = find_corpus()
    assert corpus is not None
    names = _default()()
    shutil.copyfile(corpus / "sleap-io-0.1.10" / "tracking127.nwb", SESSION)
    return names


def _elsewhere() -> Names:
    return _saved(labels(by_hand=True, absolute=True))


_TIMES = {"video_timestamps": np.arange(FRAMES) / RATE}
_NTSC = {"video_timestamps": np.arange(FRAMES) / 29.97}  # it writes 29 Hz where it writes a rate
_MULTIPLIED = {"video_sample_rate": float(RATE)}
_LOST = {1: slice(10, 20)}
_ALL_LOST = dict.fromkeys(range(3), slice(10, 20))

TRIALS = (
    *trials("TIM006", before=_default()),
    *trials("TIM008", before=_written(_MULTIPLIED)),
    *trials("TIM012", before=_written(_MULTIPLIED, lost=_ALL_LOST)),
    *trials("TIM010", before=_linked),
    *trials("NOD010", before=_written(_NTSC, lost=_LOST)),
    *trials("TIM011", before=_written(_TIMES, lost=_LOST)),
    *trials("TIM002", before=_written(_TIMES, lost={1: slice(10, 20), 2: slice(30, 40)})),
    *trials("NOD022", before=_default()),
    *trials("NOD023", before=_default(tracks=2)),
    *trials("CNF001", before=_default(high=1.4)),
    *trials("PRV002", before=_without_version),
    *trials("PRV003", before=_written({"scorer": "{}"})),
    *trials("PRV011", before=_personal),
    *trials("PRV006", "PRV013", before=_default()),
    *trials("PRV010", before=lambda: _saved(labels(absolute=True))),
    *trials("FIL005", "NOD009", before=_of_an_old_release, needs_corpus=True),
    *trials("VID003", before=_elsewhere),
    *trials("VID022", "TRN006", before=_by_hand),
    *trials("VID020", before=lambda: _by_hand(nwb_format="annotations_export")),
    *trials(
        "NWBI.check_subject_exists",
        "NWBI.check_experimenter_exists",
        "NWBI.check_experiment_description",
        "NWBI.check_institution",
        "NWBI.check_keywords",
        before=_default(),
    ),
)
