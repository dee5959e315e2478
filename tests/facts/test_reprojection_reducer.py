from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy
from tests.facts.cuts import FLOATS, Array

from posecheck.facts import Camera, ReprojectionReducer
from posecheck.model.facts import ReprojectionFacts

POINTS = np.array([[0.1, -0.2, 0.3], [-0.4, 0.25, -0.1], [0.6, 0.5, 0.2], [0.0, 0.0, 0.0]])
INTRINSIC = np.array([[820.0, 0, 331.5], [0, 805, 242.25], [0, 0, 1]])
ROTATION = np.array(
    [
        [0.935754803278, -0.302932713403, -0.180540076694],
        [0.283164960565, 0.950580617906, -0.127334574918],
        [0.210191705951, 0.068031316405, 0.975290308953],
    ]
)
TRANSLATION = np.array([0.05, -0.1, 2.5])
LENS = (-0.28, 0.09, 0.0012, -0.0007, 0.015, 0.02, -0.011, 0.004)
PRISM_AND_TILT = (0.0021, -0.0013, 0.0008, 0.0005, 0.04, -0.03)
DISTORTION = np.array([*LENS, *PRISM_AND_TILT])

# What cv2.projectPoints of OpenCV 5.0.0 gives for these points, x and y in turn, and so many
# coefficients.
OPENCV = {
    0: [375.428571, 156.0, 197.379844, 255.042514, 453.236393, 388.781997, 347.9, 210.05],
    4: [
        375.23006,
        156.387451,
        198.333842,
        254.976129,
        451.385284,
        386.645268,
        347.88764,
        210.073945,
    ],
    5: [
        375.230062,
        156.387447,
        198.333803,
        254.976133,
        451.38559,
        386.645637,
        347.88764,
        210.073945,
    ],
    8: [
        375.217607,
        156.4119,
        198.404602,
        254.96938,
        451.257366,
        386.491295,
        347.886985,
        210.075231,
    ],
    12: [
        375.242097,
        156.421224,
        198.450327,
        254.987065,
        451.349131,
        386.528053,
        347.890425,
        210.076521,
    ],
    14: [
        375.145474,
        156.632258,
        198.952407,
        254.787236,
        452.805677,
        388.475587,
        347.881435,
        210.102212,
    ],
}


def camera(coefficients: int = 0) -> Camera:
    return Camera(INTRINSIC, ROTATION, TRANSLATION, DISTORTION[:coefficients])


@pytest.mark.parametrize("coefficients", OPENCV)
def test_points_land_where_opencv_puts_them(coefficients: int) -> None:
    projected = camera(coefficients).project(POINTS)
    assert projected.reshape(-1).tolist() == pytest.approx(OPENCV[coefficients], abs=2e-6)


def test_a_point_behind_the_camera_is_not_detected() -> None:
    plain = Camera(INTRINSIC, np.eye(3), np.zeros(3))
    projected = plain.project(np.array([[0, 0, -1.0], [1, 1, 0], [0, 0, 2], [np.nan, 0, 1]]))
    assert np.isnan(projected[:2]).all()
    assert projected[2].tolist() == [331.5, 242.25]
    assert np.isnan(projected[3]).any()


def test_the_skew_of_the_intrinsic_matrix_counts() -> None:
    skewed = INTRINSIC.copy()
    skewed[0, 1] = 10
    projected = Camera(skewed, np.eye(3), np.zeros(3)).project(np.array([[0.0, 1, 2]]))
    assert projected.tolist() == [[331.5 + 5, 242.25 + 402.5]]


def test_the_median_distance_is_that_of_the_samples_that_can_be_compared() -> None:
    reducer = ReprojectionReducer(camera(14))
    observed = camera(14).project(POINTS) + np.array([[3, 4], [6, 8], [30, 40], [np.nan, 0]])
    reducer.update(POINTS[:2], observed[:2])
    reducer.update(POINTS[2:], observed[2:])
    facts = reducer.result(view="/view", camera="/camera")
    assert (facts.view, facts.camera, facts.samples) == ("/view", "/camera", 3)
    assert facts.median == pytest.approx(10, rel=0.003)


def test_only_the_shared_length_is_compared() -> None:
    reducer = ReprojectionReducer(camera())
    reducer.update(POINTS, camera().project(POINTS)[:2])
    assert reducer.result() == ReprojectionFacts(samples=2, median=0.0)


def test_points_that_were_detected_behind_the_camera_are_counted() -> None:
    reducer = ReprojectionReducer(camera())
    behind = POINTS - np.array([0, 0, 10])
    reducer.update(behind, np.array([[1.0, 1], [2, 2], [np.nan, 3], [4, 4]]))
    reducer.update(POINTS[:1], camera().project(POINTS[:1]))
    facts = reducer.result()
    assert (facts.samples, facts.behind) == (1, 3)


def test_nothing_to_compare_is_no_distance() -> None:
    reducer = ReprojectionReducer(camera())
    reducer.update(POINTS, np.full((4, 2), np.nan))
    reducer.update(np.zeros((0, 3)), np.zeros((0, 2)))
    assert reducer.result() == ReprojectionFacts()


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    points=numpy.arrays(np.float64, (4, 3), elements=FLOATS),
    observed=numpy.arrays(np.float64, (4, 2), elements=FLOATS),
    pose=numpy.arrays(np.float64, (4, 3), elements=FLOATS),
    intrinsic=numpy.arrays(np.float64, (3, 3), elements=FLOATS),
    distortion=numpy.arrays(np.float64, 14, elements=FLOATS),
)
def test_no_figures_break_it(
    points: Array, observed: Array, pose: Array, intrinsic: Array, distortion: Array
) -> None:
    reducer = ReprojectionReducer(Camera(intrinsic, pose[:3], pose[3], distortion))
    reducer.update(points, observed)
    facts = reducer.result()
    assert 0 <= facts.samples <= 4
    assert 0 <= facts.median <= sys.float_info.max


@pytest.mark.parametrize(
    ("intrinsic", "rotation", "translation", "distortion", "message"),
    [
        (np.eye(4), np.eye(3), np.zeros(3), None, "intrinsic matrix has shape"),
        (np.eye(3), np.eye(2), np.zeros(3), None, "rotation has shape"),
        (np.eye(3), np.eye(3), np.zeros(2), None, "translation has shape"),
        (np.eye(3), np.eye(3), np.zeros(3), np.zeros(6), "6 coefficients, wanted 4, 5, 8"),
    ],
)
def test_what_is_no_camera_is_refused(
    intrinsic: Array, rotation: Array, translation: Array, distortion: Array | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Camera(intrinsic, rotation, translation, distortion)


def test_points_of_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 2 columns, wanted 3 and 2"):
        ReprojectionReducer(camera()).update(np.zeros((4, 2)), np.zeros((4, 2)))
