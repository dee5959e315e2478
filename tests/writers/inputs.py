"""What the writers are given: a video, and the results of a tracker on it, as its own files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

FRAMES = 60
RATE = 30
WIDTH, HEIGHT = 320, 240
NODES = ("head", "thorax", "abdomen")
EDGES = ((0, 1), (1, 2))

Array = npt.NDArray[np.float64]


def film(*, frames: int = FRAMES, rate: Fraction | int = RATE) -> Path:
    """Write an H.264 video of a moving bar, 320 × 240, into the working folder."""
    path = Path("video.mp4")
    with path.open("wb") as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("h264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in range(frames):
            picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            picture[:, 2 * frame : 2 * frame + 8] = 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def walk(*, frames: int = FRAMES, shift: float = 0.0) -> Array:
    """Return three body parts of one animal, shape (frames, nodes, 2), in pixels."""
    step = np.linspace(0, 2 * np.pi, frames)
    middle = np.stack([160 + 90 * np.cos(step + shift), 120 + 70 * np.sin(step + shift)], axis=1)
    parts = [
        middle + 11 * node + np.random.default_rng(node).normal(0, 1, middle.shape)
        for node in range(3)
    ]
    return np.stack(parts, axis=1)


def scores(*, frames: int = FRAMES, high: float = 0.98) -> Array:
    """Return a confidence per frame and body part, shape (frames, nodes)."""
    return np.random.default_rng(7).uniform(0.6, high, (frames, len(NODES)))


def labels(
    *,
    tracks: int = 1,
    high: float = 0.98,
    lost: dict[int, slice] | None = None,
    begin: int = 0,
    step: int = 1,
    by_hand: bool = False,
    absolute: bool = False,
) -> Any:
    """Return a SLEAP project of a video that it writes, too.

    Parameters
    ----------
    lost
        For each node, the frames in which it was not found.
    begin, step
        The first frame that holds an instance, and the distance to the next.
    by_hand
        Whether a person placed the points, in three frames.
    absolute
        Whether the project names the video with its folders.
    """
    import sleap_io as sio  # noqa: PLC0415 - of the extra

    skeleton = sio.Skeleton(list(NODES), edges=[(NODES[a], NODES[b]) for a, b in EDGES], name="fly")
    video = film()
    filmed = sio.Video.from_filename(str(video.absolute() if absolute else video))
    named = [sio.Track(f"track_{number}") for number in range(tracks)]
    frames = []
    for frame in (2, 20, 40) if by_hand else range(begin, FRAMES, step):
        instances = []
        for number, track in enumerate(named):
            points = walk(shift=number)[frame].copy()
            confidence = scores(high=high)[frame].copy()
            for node, gone in (lost or {}).items():
                if frame in range(*gone.indices(FRAMES)):
                    points[node] = confidence[node] = np.nan
            if by_hand:
                instances.append(sio.Instance.from_numpy(points, skeleton=skeleton, track=track))
                continue
            instances.append(
                sio.PredictedInstance.from_numpy(
                    points,
                    point_scores=confidence,
                    score=0.9,
                    skeleton=skeleton,
                    track=track,
                )
            )
        frames.append(sio.LabeledFrame(video=filmed, frame_idx=frame, instances=instances))
    project = sio.Labels(frames, videos=[filmed], skeletons=[skeleton], tracks=named)
    project.provenance["sleap_version"] = "1.4.1"
    return project


def deeplabcut_csv() -> Path:
    """Write the result of DeepLabCut on the video, as CSV."""
    return _csv("videoDLC_resnet50_openfieldAug20shuffle1_30000.csv", "DLC_resnet50_openfield")


def lightning_pose_csv() -> Path:
    """Write the result of Lightning Pose on the video."""
    return _csv("video.csv", "heatmap_tracker")


def _csv(name: str, scorer: str) -> Path:
    names = [(scorer, node, column) for node in NODES for column in ("x", "y", "likelihood")]
    heads = zip(("scorer", "bodyparts", "coords"), zip(*names, strict=True), strict=True)
    lines = [",".join((head, *cells)) for head, cells in heads]
    rows = np.concatenate([walk(), scores()[:, :, None]], axis=2).reshape(FRAMES, -1)
    lines += [",".join(map(str, (number, *row))) for number, row in enumerate(rows.tolist())]
    path = Path(name)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
