"""Project 3D points into each calibrated view, and hold them against that view's own points."""

from __future__ import annotations

from posecheck.facts import Camera, ReprojectionReducer
from posecheck.model.facts import ReprojectionFacts
from posecheck.model.recording import Device, PoseContainer, PoseSeries
from posecheck.reading.inventory import Inventory
from posecheck.storage import Array, StorageError


def reproject(
    container: PoseContainer, devices: tuple[Device, ...], inventory: Inventory
) -> tuple[ReprojectionFacts, ...]:
    """Compare the views of a MultiCameraPoseEstimation with its 3D series.

    Series are paired by name. A view is left out if its camera is not calibrated, or if no series
    of equal length stands on both sides.

    Parameters
    ----------
    container
        A MultiCameraPoseEstimation with its views.
    devices
        The devices of the file.
    inventory
        Where the arrays are found again.
    """
    cameras = {device.path: device for device in devices if device.calibrated}
    spatial = {series.name: series for series in container.series if series.columns == 3}
    found = []
    for view in container.views:
        camera = next((cameras[path] for path in view.devices if path in cameras), None)
        reducer = _reducer(camera) if camera is not None else None
        if camera is None or reducer is None:
            continue
        for flat in view.series:
            match = spatial.get(flat.name)
            if match is not None and flat.columns == 2 and flat.frames == match.frames:
                _accumulate(reducer, match, flat, inventory)
        facts = reducer.result(view=view.path, camera=camera.path)
        if facts.samples:
            found.append(facts)
    return tuple(found)


def _reducer(device: Device) -> ReprojectionReducer | None:
    intrinsic, rotation = device.intrinsic_matrix, device.rotation_matrix
    if intrinsic is None or rotation is None or device.translation_vector is None:
        return None
    try:
        camera = Camera(
            intrinsic, rotation, device.translation_vector, device.distortion_coefficients
        )
    except (TypeError, ValueError):  # a malformed calibration is other rules' to tell
        return None
    return ReprojectionReducer(camera)


def _accumulate(
    reducer: ReprojectionReducer, spatial: PoseSeries, flat: PoseSeries, inventory: Inventory
) -> None:
    points, pixels = _array(spatial, inventory), _array(flat, inventory)
    if points is None or pixels is None:
        return
    try:
        for start in range(0, spatial.frames, points.block_rows):
            stop = min(start + points.block_rows, spatial.frames)
            world = points.read(start, stop) * spatial.conversion + spatial.offset
            seen = pixels.read(start, stop) * flat.conversion + flat.offset
            reducer.update(world, seen)
    except StorageError:
        return  # the samples of both were read before: that they cannot be is noted already


def _array(series: PoseSeries, inventory: Inventory) -> Array | None:
    if series.positions is None or series.data is None:
        return None
    entry = next((entry for entry in inventory.entries.values() if entry.path == series.path), None)
    return entry.array("data") if entry is not None else None
