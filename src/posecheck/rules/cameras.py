"""CAM: whether calibrated cameras, their views and the 3D pose fit together.

ndx-pose 0.4 gives a CalibratedCamera the matrix K and the pose R, t that map world to camera
coordinates, as in OpenCV: a point X is seen at K (R X + t), after distortion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from posecheck.model.clock import Clock
from posecheck.model.edit import Transpose
from posecheck.model.pose import Device, PoseContainer, PoseSeries
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params
from posecheck.model.values import Value
from posecheck.rules.body_part_names import fold, listed, pair
from posecheck.rules.image_series import frame_size
from posecheck.rules.shared_edits import path_of
from posecheck.rules.units import PIXELS, effective_unit

Matrix = tuple[tuple[float, ...], ...]


def cam001(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report positions in the world that are measured in pixels."""
    for series in container.sampled if container.multi_camera else ():
        if series.columns == 3 and effective_unit(series) == PIXELS:
            yield Hit(series.path, "absent" if series.unit is None else "")


def cam002(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report views of which nobody knows the camera."""
    broken = recording.broken_places
    for view in _every_view(recording):
        if not view.devices and f"{view.path}/device" not in broken:
            yield Hit(view.path)


def cam003(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report views that share a camera."""
    first: dict[str, str] = {}
    for view in container.views:
        for device in dict.fromkeys(view.devices):
            other = first.setdefault(device, view.name)
            if other != view.name:
                yield Hit(view.path, camera=_last(device), other=other)


def cam004(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report intrinsic matrices that no camera has."""
    for device in recording.devices:
        matrix = device.intrinsic_matrix
        if not device.calibrated or matrix is None:
            continue
        if not _is_square(matrix):
            yield Hit(device.path, "shape", shape=_shape(matrix))
        elif not _is_finite(matrix):
            yield Hit(device.path, "not-finite")
        else:
            yield from _implausible(device, matrix, _frame_sizes(recording, device), params)


def cam005(device: Device, params: Params) -> Iterator[Hit]:
    """Report rotation matrices that do not rotate."""
    matrix = device.rotation_matrix
    if matrix is None:
        return
    if not _is_square(matrix):
        yield Hit(device.path, "shape", shape=_shape(matrix))
    elif not _is_finite(matrix):
        yield Hit(device.path, "not-finite")
    elif not (away := _distance_from_orthonormal(matrix)) <= params.number("tolerance"):
        yield Hit(device.path, distance=f"{away:.2g}")
    elif _determinant(matrix) < 0:
        yield Hit(device.path, "reflection")


def cam006(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report series of the shared frame that are not 3D."""
    for series in container.sampled if container.multi_camera else ():
        if series.columns is not None and series.columns != 3:
            yield Hit(series.path, columns=series.columns)


def cam007(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report views that do not cover the time of the 3D pose."""
    spatial = _longest(container)
    if not container.multi_camera or spatial is None:
        return
    wanted = _span(spatial.clock, spatial.frames)
    for view in container.views:
        flat = _longest(view)
        if flat is None:
            continue
        span = _span(flat.clock, flat.frames)
        if wanted is not None and span is not None:
            slack = params.number("tolerance") * max(wanted[2], span[2])
            if span[0] > wanted[0] + slack or span[1] < wanted[1] - slack:
                yield Hit(view.path, start=span[0], end=span[1], first=wanted[0], last=wanted[1])
                continue
        if flat.frames < spatial.frames:
            yield Hit(view.path, "frames", frames=flat.frames, wanted=spatial.frames)


def cam008(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report cameras into which the 3D points do not project where the 2D points lie."""
    for facts in container.reprojection:
        values: dict[str, Value] = {
            "camera": _last(facts.camera),
            "view": _last(facts.view),
            "samples": facts.samples + facts.behind,
        }
        if facts.behind > facts.samples:
            yield Hit(facts.camera, "behind", **values, behind=facts.behind)
        elif facts.median > params.number("largest"):
            yield Hit(facts.camera, "", **values, median=facts.median)


def cam009(device: Device, params: Params) -> Iterator[Hit]:
    """Report distortion that is no known model's."""
    coefficients = device.distortion_coefficients or ()
    count = len(coefficients)
    if not all(map(math.isfinite, coefficients)):
        yield Hit(device.path, "not-finite")
    elif count and count not in (4, 5, 8, 12, 14):
        yield Hit(device.path, count=count)


def cam010(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report half a camera pose."""
    broken = recording.broken_places
    for device in recording.devices:
        if device.calibrated and not all(map(math.isfinite, device.translation_vector or ())):
            yield Hit(device.path, "not-finite")
        stored = {
            "rotation_matrix": device.rotation_matrix,
            "translation_vector": device.translation_vector,
        }
        missing = [
            name
            for name, value in stored.items()
            if value is None and f"{device.path}/{name}" not in broken
        ]
        held = [name for name, value in stored.items() if value is not None]
        if device.calibrated and held and missing:
            yield Hit(device.path, stored=held[0], missing=missing[0])


def cam011(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report views that show other nodes than the 3D pose."""
    skeleton = container.skeleton
    if skeleton is None or not skeleton.nodes:
        return
    known = {fold(node) for node in skeleton.nodes}
    for view in container.views:
        if view.skeleton is not None and view.skeleton.nodes is not None:
            strange = [node for node in view.skeleton.nodes if fold(node) not in known]
        else:
            pairing = pair(view, skeleton)
            strange = [series.name for series in pairing.series] if pairing is not None else []
        if strange:
            yield Hit(
                view.path,
                names=listed(strange),
                nodes=tuple(strange),
                count=len(strange),
                skeleton=skeleton.name,
            )


def cam012(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report views whose points are not those of an image."""
    if container.parent is None:
        return
    spatial = [series.name for series in container.sampled if series.columns == 3]
    if spatial:
        yield Hit(container.path, names=listed(spatial), series=tuple(spatial), count=len(spatial))


def _implausible(
    device: Device, matrix: Matrix, sizes: Iterable[tuple[int, int]], params: Params
) -> Iterator[Hit]:
    (fx, _, cx), (_, fy, cy), last = matrix
    slack = params.number("tolerance")
    if max(abs(last[0]), abs(last[1]), abs(last[2] - 1)) > slack:
        transposed = abs(cx) <= slack and abs(cy) <= slack and abs(last[2] - 1) <= slack
        row = f"{last[0]:.6g} {last[1]:.6g} {last[2]:.6g}"
        if transposed:
            edit = Transpose(path_of(device, "intrinsic_matrix"))
            yield Hit(device.path, "transposed", row=row).with_edits(edit)
        else:
            yield Hit(device.path, row=row)
    elif fx <= 0 or fy <= 0:
        yield Hit(device.path, "focal-length", fx=fx, fy=fy)
    else:
        margin = params.number("margin")
        outside = [
            (width, height)
            for width, height in sizes
            if not -margin * width <= cx <= (1 + margin) * width
            or not -margin * height <= cy <= (1 + margin) * height
        ]
        if outside and len(outside) == len(set(sizes)):
            width, height = outside[0]
            yield Hit(device.path, "principal-point", cx=cx, cy=cy, width=width, height=height)


def _frame_sizes(recording: Recording, device: Device) -> set[tuple[int, int]]:
    """Return the sizes of the videos that a camera took, as the file states them."""
    of_views = {
        container.source_video
        for container in recording.every_container()
        if device.path in container.devices
    }
    sizes = {
        frame_size(video)
        for video in recording.videos
        if video.device == device.path or video.path in of_views
    }
    return {size for size in sizes if size is not None}


def _every_view(recording: Recording) -> Iterator[PoseContainer]:
    for container in recording.containers:
        yield from container.views


def _longest(container: PoseContainer) -> PoseSeries | None:
    return max(container.sampled, key=lambda series: series.frames, default=None)


def _span(clock: Clock, frames: int) -> tuple[float, float, float] | None:
    """Return the times of the first and the last sample and the time between two, in seconds."""
    if clock.timestamps is not None:
        facts = clock.facts
        if facts is None or facts.not_finite or not facts.count:
            return None
        step = facts.median_step if math.isfinite(facts.median_step) else 0.0
        return facts.first, facts.last, step
    if clock.rate is None or not 0 < clock.rate < math.inf:
        return None
    start = clock.start or 0.0
    if not math.isfinite(start):
        return None
    return start, start + (frames - 1) / clock.rate, 1 / clock.rate


def _is_square(matrix: Matrix) -> bool:
    return len(matrix) == 3 and all(len(row) == 3 for row in matrix)


def _is_finite(matrix: Matrix) -> bool:
    return all(math.isfinite(item) for row in matrix for item in row)


def _shape(matrix: Matrix) -> str:
    return f"{len(matrix)} × {len(matrix[0]) if matrix else 0}"


def _distance_from_orthonormal(matrix: Matrix) -> float:
    """Return ‖RRᵀ − I‖, the Frobenius norm; infinite where it overflows."""
    squares = (
        (math.fsum(a * b for a, b in zip(first, second, strict=True)) - (i == j)) ** 2
        for i, first in enumerate(matrix)
        for j, second in enumerate(matrix)
    )
    try:
        return math.sqrt(math.fsum(squares))
    except (OverflowError, ValueError):
        return math.inf


def _determinant(matrix: Matrix) -> float:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]
