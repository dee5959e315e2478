"""A report made by hand, as a small dataset with typical faults would give it."""

from __future__ import annotations

from posecheck.model.finding import Finding, Origin, Severity, Skipped
from posecheck.model.report import FileReport, FileStatus, PoseSummary, Report
from posecheck.model.values import Value

ORIGIN = Origin("posecheck", "0.1.0")
POSE = "/processing/behavior/PoseEstimation"
NODES = (
    "nose",
    "left_ear",
    "right_ear",
    "neck",
    "spine1",
    "spine2",
    "spine3",
    "hip_left",
    "hip_right",
    "tail_base",
    "tail_mid",
    "tail_tip",
)


def finding(
    code: str = "VID002",
    severity: Severity = Severity.ERROR,
    message: str = "videos/front.mp4 is referenced and is not there",
    location: str = "/acquisition/front",
    *,
    name: str = "external-file-missing",
    file: str = "sub-M01/sub-M01_ses-day1_behavior+image.nwb",
    remedy: str = "Put the video where the reference points, or correct external_file.",
    **values: Value,
) -> Finding:
    return Finding(
        code=code,
        name=name,
        severity=severity,
        message=message,
        file=file,
        location=location,
        remedy=remedy,
        origin=ORIGIN,
        values=values,
    )


def percent(low: float, high: float, node: str, container: str = POSE) -> Finding:
    return finding(
        "CNF007",
        Severity.ERROR,
        f"confidence spans {low:.4g} to {high:.4g}, which looks like percent; "
        "ndx-pose scales it to 0 … 1",
        f"{container}/{node}",
        name="confidence-not-a-probability",
        remedy="Divide by 100 at export. Missing values may stay NaN.",
        low=low,
        high=high,
    )


def file_report(
    *findings: Finding,
    path: str = "sub-M01/sub-M01_ses-day1_behavior+image.nwb",
    status: FileStatus = FileStatus.CHECKED,
    skipped: tuple[Skipped, ...] = (),
) -> FileReport:
    return FileReport(
        path=path,
        status=status,
        pose=PoseSummary(
            nwb_version="2.9.0",
            ndx_pose_version="0.2.0",
            containers=1,
            series=12,
            frames=27_960,
            skeletons=1,
            videos=1,
        ),
        findings=findings,
        skipped=skipped,
        rules_run=104,
        seconds=0.21,
    )


def report(*files: FileReport, seconds: float = 2.4) -> Report:
    return Report(version="0.1.0", files=files, seconds=seconds)


def typical() -> Report:
    day1 = file_report(
        finding(
            "NOD008",
            Severity.WARNING,
            "12 series and no skeleton; ndx-pose links one, with nodes and edges",
            POSE,
            name="skeleton-missing",
            remedy="Write a Skeleton and link it to the PoseEstimation.",
        ),
        finding(),
        *(percent(1.5 + i, 99.25, node) for i, node in enumerate(NODES)),
        finding(
            "VID022",
            Severity.HINT,
            "no Device is linked",
            name="camera-missing",
            remedy="Link the camera's Device.",
        ),
        skipped=(
            Skipped("VID016", "", "/acquisition/front", "the video is not there"),
            Skipped("VID018", "", "/acquisition/front", "the video is not there"),
        ),
    )
    day2 = file_report(
        path="sub-M01/sub-M01_ses-day2_behavior+image.nwb",
    )
    cut_off = file_report(
        finding(
            "FIL001",
            Severity.ERROR,
            "the file cannot be read: it is cut off, 1,048,576 of 3,407,872 bytes are there",
            "/",
            name="unreadable-file",
            remedy="Compare size and checksum with the original, and copy or write it again.",
        ),
        path="sub-M02/sub-M02_ses-day1_behavior.nwb",
        status=FileStatus.UNREADABLE,
    )
    return report(day1, day2, cut_off)
