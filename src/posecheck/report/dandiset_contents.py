"""What the dandisets of an archive hold, in a few sentences each."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.report import Report
from posecheck.model.wording import counted
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized


def describe_dandisets(report: Report) -> list[str]:
    """Say what each dandiset of an archive holds that was checked.

    Those that were searched for pose stand in a table (`posecheck.report.pose_table`).
    """
    return [
        line
        for block in report.dandisets
        if block.contents is not None and block.contents.pose_probes is None
        for line in _describe(block.path, block.contents)
    ]


def _describe(path: str, contents: DandisetContents) -> Iterator[str]:
    yield (
        f"{escape(path)} holds {counted(contents.recordings, 'recording')} "
        f"({sized(contents.recordings_bytes)}) and {counted(contents.videos, 'video')} "
        f"({sized(contents.videos_bytes)}), of {counted(contents.assets, 'asset')} "
        f"({sized(contents.assets_bytes)})."
    )
    share = f" ({contents.with_pose / contents.read:.0%})" if contents.read else ""
    line = f"Of {contents.read:,} that {_was(contents.read)} read, {contents.with_pose:,}{share} "
    line += "holds pose" if contents.with_pose == 1 else "hold pose"
    if contents.ndx_pose_versions:
        versions = ", ".join(
            f"{escape(version)} × {number:,}"
            for version, number in contents.ndx_pose_versions.items()
        )
        line += f" (ndx-pose {versions})"
    yield f"{line}."
    unreferenced = (
        f"{counted(contents.unreferenced, 'video')} that no recording references"
        if contents.unreferenced is not None
        else f"which videos no recording references is not known: {escape(contents.unknown)}"
    )
    leads = "leads" if contents.references == 1 else "lead"
    yield (
        f"{counted(contents.references, 'reference')} {leads} to an asset and "
        f"{contents.dangling:,} to none; of {counted(contents.probed, 'video')} that "
        f"{_was(contents.probed)} looked into, {contents.unplayable:,} cannot be played; "
        f"{unreferenced}."
    )


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
