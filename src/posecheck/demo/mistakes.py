"""What is wrong with the recordings of the demo: the one table of it.

The tour is printed from it, the files are written from it, and the tests hold the files to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from posecheck.demo.camera import Floats, oblique
from posecheck.demo.draft import (
    Draft,
    View,
    draft_overhead,
    draft_rig,
    recording_path,
)
from posecheck.demo.mouse import FRAMES
from posecheck.demo.tracking import Keypoint


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that labs do.

    Attributes
    ----------
    description
        What was done, as a clause.
    codes
        The rules that find it.
    plant
        Does it to a draft.
    """

    description: str
    codes: tuple[str, ...]
    plant: Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True)
class Story:
    """A recording of the demo.

    Attributes
    ----------
    subject
        The name of its mouse, which names its files, too.
    title
        How it came about.
    session
        The day of the session.
    begin
        Drafts it as it should have been.
    seed
        Chooses the walk.
    mistakes
        What is wrong with it; nothing for a clean one.
    """

    subject: str
    title: str
    session: str
    begin: Callable[[str, str, int], Draft]
    seed: int
    mistakes: tuple[Mistake, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """The rules that find something in it."""
        return frozenset(code for mistake in self.mistakes for code in mistake.codes)

    @property
    def path(self) -> str:
        """Where its NWB file lies in the dandiset, in POSIX spelling."""
        return recording_path(self.subject, self.session)

    def draft(self) -> Draft:
        """Draft it with its mistakes."""
        draft = self.begin(self.subject, self.session, self.seed)
        for mistake in self.mistakes:
            draft = mistake.plant(draft)
        return draft


def _each_keypoint(draft: Draft, change: Callable[[Keypoint], Keypoint]) -> Draft:
    views = tuple(
        replace(view, keypoints=tuple(change(keypoint) for keypoint in view.keypoints))
        for view in draft.views
    )
    return replace(draft, views=views)


def _each_position(draft: Draft, change: Callable[[Floats], Floats]) -> Draft:
    return _each_keypoint(
        draft, lambda keypoint: replace(keypoint, positions=change(keypoint.positions))
    )


def _write_windows_paths(draft: Draft) -> Draft:
    view = draft.views[0]
    return replace(
        draft, views=(replace(view, reference=view.reference.replace("/", "\\")), *draft.views[1:])
    )


def _shout_extension(draft: Draft) -> Draft:
    view = draft.views[0]
    loud = replace(
        view,
        file=(view.file or "").replace(".mp4", ".MP4"),
        reference=view.reference.replace(".mp4", ".MP4"),
    )
    return replace(draft, views=(loud, *draft.views[1:]))


def _leave_side_video_behind(draft: Draft) -> Draft:
    side = View(
        camera=oblique("side", (0.0, -520.0, 380.0)),
        file=None,
        reference=rf"C:\Users\jane\Videos\{draft.session}\side.mp4",
    )
    return replace(draft, views=(*draft.views, side))


def _add_side_video_of_another_size(draft: Draft) -> Draft:
    name = draft.views[0].reference.replace("top_video", "side_video")
    side = View(
        camera=oblique("side", (0.0, -520.0, 380.0)),
        file=name,
        reference=name,
        dimension=(640, 480),
    )
    return replace(draft, views=(*draft.views, side))


def _count_frames_for_seconds(draft: Draft) -> Draft:
    numbers = np.arange(FRAMES, dtype=np.float64)
    return _each_keypoint(draft, lambda keypoint: replace(keypoint, timestamps=numbers))


def _lift_body(keypoint: Keypoint) -> Keypoint:
    if keypoint.name != "body":
        return keypoint
    depth = np.zeros((len(keypoint.positions), 1), keypoint.positions.dtype)
    return replace(keypoint, positions=np.hstack((keypoint.positions, depth)))


def _copy_left_ear(draft: Draft) -> Draft:
    def with_one_ear(view: View) -> View:
        ears = {keypoint.name: keypoint for keypoint in view.keypoints}
        left = ears.get("left_ear")
        return replace(
            view,
            keypoints=tuple(
                replace(left, name="right_ear") if left and name == "right_ear" else keypoint
                for name, keypoint in ears.items()
            ),
        )

    return replace(draft, views=tuple(map(with_one_ear, draft.views)))


_LAPTOP = (
    Mistake("the path of its video is written with backslashes", ("VID004",), _write_windows_paths),
    Mistake("the extension is .MP4, which dandi upload passes over", ("VID008",), _shout_extension),
    Mistake(
        "a second video is named by a path of that laptop, and stayed there",
        ("VID003",),
        _leave_side_video_behind,
    ),
)
_CLOCK = (
    Mistake(
        "time counts frames instead of seconds, and every series stores it again",
        ("TIM006", "TIM007"),
        _count_frames_for_seconds,
    ),
    Mistake(
        "the origin is said to be at the bottom left, where DeepLabCut has it at the top left",
        ("REF004",),
        lambda draft: replace(
            draft, reference_frame="(0, 0) is the bottom left corner of the image."
        ),
    ),
    Mistake("the unit is spelled px", ("UNI001",), lambda draft: replace(draft, unit="px")),
)
_SKELETON = (
    Mistake(
        "the nose was renamed in the skeleton, but not in the series",
        ("NOD001", "NOD002"),
        lambda draft: replace(draft, nodes=("snout", *draft.nodes[1:])),
    ),
    Mistake(
        "a node was pasted twice, and tail_tip got lost",
        ("NOD002", "NOD003"),
        lambda draft: replace(draft, nodes=(*draft.nodes[:-1], "tail_base")),
    ),
    Mistake(
        "edges count nodes from 1, as MATLAB does",
        ("NOD004",),
        lambda draft: replace(
            draft, edges=tuple((first + 1, second + 1) for first, second in draft.edges)
        ),
    ),
    Mistake(
        "the body has a third coordinate, always 0",
        ("NOD011",),
        lambda draft: _each_keypoint(draft, _lift_body),
    ),
    Mistake(
        "confidence is given in percent",
        ("CNF007",),
        lambda draft: _each_keypoint(
            draft, lambda keypoint: replace(keypoint, confidence=100 * keypoint.confidence)
        ),
    ),
)
_SWAPPED = (
    Mistake(
        "coordinates are stored as (y, x), as NumPy indexes an image",
        ("REF006",),
        lambda draft: _each_position(draft, lambda positions: positions[:, ::-1]),
    ),
    Mistake(
        "nobody says where (0, 0) is",
        ("REF001",),
        lambda draft: replace(draft, reference_frame="unknown"),
    ),
    Mistake(
        "what was not tracked is (0, 0) instead of NaN",
        ("NOD019",),
        lambda draft: _each_position(draft, np.nan_to_num),
    ),
    Mistake("both ears were read from one column", ("NOD018",), _copy_left_ear),
    Mistake(
        "a video is said to be 640 × 480, and is 320 × 240",
        ("VID018",),
        _add_side_video_of_another_size,
    ),
)

STORIES = (
    Story("clean", "written with care", "20240304", draft_overhead, seed=4),
    Story("clock", "converted from an old DeepLabCut table", "20240305", draft_overhead, 5, _CLOCK),
    Story("laptop", "exported on a Windows laptop", "20240306", draft_overhead, 6, _LAPTOP),
    Story("rig", "three calibrated cameras, written with care", "20240307", draft_rig, seed=7),
    Story("skeleton", "with a skeleton edited by hand", "20240308", draft_overhead, 8, _SKELETON),
    Story("swapped", "converted by a script of our own", "20240311", draft_overhead, 9, _SWAPPED),
)
"""The recordings of the demo, in the order in which they are checked."""
