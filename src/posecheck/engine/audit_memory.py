"""What is known of recordings before they are checked, and which turn out to hold no pose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from posecheck.engine.check_memory import CheckMemory
from posecheck.engine.file_check import CheckedFile
from posecheck.engine.pose_search import SearchedVersion
from posecheck.engine.resume_file import ResumeFile
from posecheck.engine.run_identity import run_identity
from posecheck.engine.run_plan import Plan
from posecheck.engine.settings import Settings
from posecheck.model.finding import INTERNAL_ERROR
from posecheck.model.pose_probes import NotProbed, PoseProbes
from posecheck.model.report import FileReport, FileStatus

_LASTING = frozenset({FileStatus.CHECKED, FileStatus.NOT_NWB})
"""How far a check comes that would come to the same again: bytes that did not arrive may."""


class AuditMemory(CheckMemory):
    """What earlier runs said of recordings, and which recordings turn out to hold no pose.

    Parameters
    ----------
    plan
        What is to be checked: all that was found in the versions, in their order.
    settings
        What the user asked for.
    versions
        The versions that were searched.
    resume
        What earlier runs knew; ``None`` if nothing is kept.
    """

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        versions: Sequence[SearchedVersion],
        resume: ResumeFile | None,
    ) -> None:
        self._resume = resume
        self._run = run_identity(plan, settings)
        self._versions = versions
        self._places = [
            (version, source, is_undecided)
            for version in versions
            for source, is_undecided in version.to_check
        ]
        self._ignored = plan.ignored
        self._counted: dict[str, _Counts] = {
            version.address: _Counts(absent=version.absent) for version in versions
        }

    def known(self, place: int) -> CheckedFile | None:
        """Return what an earlier run said of a recording; ``None`` if it is to be checked."""
        if self._resume is None:
            return None
        return self._resume.check_of(self._run, self._key(place))

    def keep(self, place: int, checked: CheckedFile) -> None:
        """Keep what was said of a recording, unless the next run may say something else."""
        is_internal = any(each.code == INTERNAL_ERROR for each in checked.report.findings)
        if self._resume is not None and checked.report.status in _LASTING and not is_internal:
            self._resume.keep_check(self._run, self._key(place), checked)

    def counts(self, place: int, checked: CheckedFile) -> bool:
        """Return whether a recording holds pose, or carries ndx-pose and cannot be read."""
        version, source, is_undecided = self._places[place]
        counted, summary, report = self._counted[version.address], checked.summary, checked.report
        is_internal = any(each.code == INTERNAL_ERROR for each in report.findings)
        if summary is None and is_undecided and not is_internal:
            why = next((each.message for each in report.findings), "it cannot be read")
            version.add_failure(f"{source.display_path}: {why}")
            return False
        counted.read_whole += is_undecided
        if summary is not None and not summary.has_pose:
            counted.absent += 1
            return False
        counted.with_pose += 1
        return True

    def with_others(self, dandisets: Iterable[FileReport]) -> Iterable[FileReport]:
        """Yield a report for each dandiset that was searched, in their order."""
        evaluated = {report.path: report for report in dandisets}
        for version in self._versions:
            report = evaluated.get(version.address) or FileReport(
                path=version.address,
                status=FileStatus.CHECKED,
                contents=replace(
                    version.contents,
                    unreferenced_by_read=version.contents.videos,
                    unknown="none of its recordings was checked",
                ),
            )
            if report.contents is None:
                raise ValueError(f"{report.path} is no dandiset of an archive")
            counted = self._counted[version.address]
            probes = PoseProbes(
                probed=counted.absent + counted.with_pose,
                with_pose=counted.with_pose,
                read_whole=counted.read_whole,
                not_probed={
                    reason: version.not_probed[reason]
                    for reason in NotProbed
                    if version.not_probed[reason]
                },
                not_listed=version.not_listed,
                failures=tuple(version.failures),
            )
            yield replace(report, contents=replace(report.contents, pose_probes=probes))

    def _key(self, place: int) -> str:
        version, source, _ = self._places[place]
        asset = source.asset
        ignored = sorted(self._ignored[place])
        content = asset.blob or asset.asset_id
        return json.dumps([source.display_path, content, asset.size, version.digest, ignored])


@dataclass(slots=True, kw_only=True)
class _Counts:
    """What the recordings of a version turned out to be."""

    absent: int
    with_pose: int = 0
    read_whole: int = 0
