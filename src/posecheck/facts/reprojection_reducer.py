"""3D points seen through a calibrated camera, and how far they land from its 2D points.

The camera is OpenCV's: its documentation of the module ``calib3d`` gives the formulas and the order
of the distortion coefficients (k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, τx, τy).
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Floats, numbers
from posecheck.facts.quantiles import PositiveHistogram
from posecheck.model.facts import ReprojectionFacts

DISTORTION_LENGTHS = (4, 5, 8, 12, 14)
"""The numbers of coefficients that the model has."""


class Camera:
    """A pinhole camera with lens distortion.

    Parameters
    ----------
    intrinsic
        Shape (3, 3), in pixels: K, its last row 0 0 1.
    rotation, translation
        Shapes (3, 3) and (3,), from world to camera: ``rotation @ point + translation``.
    distortion
        Shape (4,), (5,), (8,), (12,) or (14,) in OpenCV's order; ``None`` or empty for a camera
        without.

    Raises
    ------
    TypeError
        If the values are not real numbers.
    ValueError
        If a shape is another.
    """

    def __init__(
        self,
        intrinsic: npt.ArrayLike,
        rotation: npt.ArrayLike,
        translation: npt.ArrayLike,
        distortion: npt.ArrayLike | None = None,
    ) -> None:
        self._intrinsic = _shaped("intrinsic matrix", intrinsic, (3, 3))
        self._rotation = _shaped("rotation", rotation, (3, 3))
        self._translation = _shaped("translation", translation, (3,))
        given = numbers(distortion if distortion is not None else np.zeros(0), 1)
        if len(given) not in {0, *DISTORTION_LENGTHS}:
            raise ValueError(
                f"the distortion has {len(given)} coefficients, wanted 4, 5, 8, 12 or 14"
            )
        self._distortion = np.zeros(14)
        self._distortion[: len(given)] = given

    def project(self, points: npt.ArrayLike) -> Floats:
        """Project world points into the image.

        Parameters
        ----------
        points
            Shape (n, 3), in the unit of the translation.

        Returns
        -------
        numpy.ndarray
            Shape (n, 2), in pixels; NaN for a point that is not in front of the camera.
        """
        with np.errstate(all="ignore"):
            world = numbers(points, 2).astype(np.float64, copy=False)
            in_camera = world @ self._rotation.T + self._translation
            depth = np.where(in_camera[:, 2] > 0, in_camera[:, 2], np.nan)
            x, y = self._distorted(in_camera[:, 0] / depth, in_camera[:, 1] / depth)
            k = self._intrinsic
            return np.stack(
                [k[0, 0] * x + k[0, 1] * y + k[0, 2], k[1, 0] * x + k[1, 1] * y + k[1, 2]], axis=1
            )

    def _distorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        if not self._distortion.any():
            return x, y
        k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4, tau_x, tau_y = self._distortion.tolist()
        r2 = x * x + y * y
        radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
        u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + r2 * (s1 + s2 * r2)
        v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + r2 * (s3 + s4 * r2)
        if not tau_x and not tau_y:
            return u, v
        tilted = _tilt(tau_x, tau_y) @ np.stack([u, v, np.ones_like(u)])
        return tilted[0] / tilted[2], tilted[1] / tilted[2]


class ReprojectionReducer:
    """Reduce 3D points and what a camera saw of them, block by block, to `ReprojectionFacts`.

    Parameters
    ----------
    camera
        The camera that saw the 2D points.
    """

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._distances = PositiveHistogram()
        self._behind = 0

    def update(self, points: npt.ArrayLike, observed: npt.ArrayLike) -> None:
        """Add the next samples, as many as both have.

        A sample is passed over where either point is not finite. One whose 3D point is not in
        front of the camera is counted, and has no distance.

        Parameters
        ----------
        points
            Shape (n, 3), in the unit of the camera's translation.
        observed
            Shape (n, 2), in pixels.

        Raises
        ------
        TypeError
            If the values are not real numbers.
        ValueError
            If a shape is another.
        """
        world, image = numbers(points, 2), numbers(observed, 2)
        if world.shape[1] != 3 or image.shape[1] != 2:
            raise ValueError(
                f"points of {world.shape[1]} and {image.shape[1]} columns, wanted 3 and 2"
            )
        shared = min(len(world), len(image))
        with np.errstate(all="ignore"):
            given = np.isfinite(world[:shared]).all(axis=1) & np.isfinite(image[:shared]).all(
                axis=1
            )
            away = self._camera.project(world[:shared]) - image[:shared]
            distances = np.hypot(away[:, 0], away[:, 1])
            known = np.isfinite(away).all(axis=1)
            self._distances.update(np.minimum(distances[known], sys.float_info.max))
            self._behind += int(np.count_nonzero(given & ~known))

    def result(self, view: str = "", camera: str = "") -> ReprojectionFacts:
        """Return the facts of all samples so far; the median is exact to 0.3 %, 0 of none.

        Parameters
        ----------
        view, camera
            The paths that the facts shall name.
        """
        count = self._distances.count
        return ReprojectionFacts(
            view=view,
            camera=camera,
            samples=count,
            median=self._distances.median() if count else 0.0,
            behind=self._behind,
        )


def _shaped(name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    array = numbers(values, len(shape))
    if array.shape != shape:
        raise ValueError(f"the {name} has shape {array.shape}, wanted {shape}")
    with np.errstate(all="ignore"):
        return array.astype(np.float64)


def _tilt(tau_x: float, tau_y: float) -> Floats:
    """Return the homography of a sensor tilted about x, then y (angles in radians)."""
    (cos_x, cos_y), (sin_x, sin_y) = np.cos([tau_x, tau_y]), np.sin([tau_x, tau_y])
    about_x = np.array([[1, 0, 0], [0, cos_x, sin_x], [0, -sin_x, cos_x]])
    about_y = np.array([[cos_y, 0, -sin_y], [0, 1, 0], [sin_y, 0, cos_y]])
    turned: Floats = about_y @ about_x
    onto_sensor = np.array(
        [[turned[2, 2], 0, -turned[0, 2]], [0, turned[2, 2], -turned[1, 2]], [0, 0, 1]]
    )
    homography: Floats = onto_sensor @ turned
    return homography
