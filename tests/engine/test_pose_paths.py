"""Which paths of an archive suggest pose."""

from __future__ import annotations

import pytest

from posecheck.dandi_layout.pose_paths import suggests_pose


@pytest.mark.parametrize(
    "path",
    [
        "sub-M01/sub-M01_ses-2_behavior.nwb",
        "sub-M01/sub-M01_ses-2_behavior+ecephys+image.nwb",
        "derived/mouse7DLC_resnet50_openfieldAug20shuffle1_30000.nwb",
        "sub-1/sub-1_desc-PoseEstimation.nwb",
        "sub-1/sub-1_desc-pose3d_ophys.nwb",
        "sub-1/sub-1_obj-sleap_ecephys.nwb",
        "LightningPose/sub-1.nwb",
        "sub-1/sub-1_desc-EyeTracking_ophys.nwb",
        "deeplabcut-results/session.NWB",
        "sub-rat/keypoints.nwb",
    ],
)
def test_what_suggests_pose(path: str) -> None:
    assert suggests_pose(path)


@pytest.mark.parametrize(
    "path",
    [
        "sub-M01/sub-M01_ses-2_ecephys.nwb",
        "sub-purpose/sub-purpose_ses-exposed_ophys.nwb",
        "sub-composed/sub-composed_icephys.nwb",
        "sub-YDLCX/sub-YDLCX_ogen.nwb",
        "",
    ],
)
def test_what_does_not(path: str) -> None:
    assert not suggests_pose(path)
