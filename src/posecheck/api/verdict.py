"""Which exit code an outcome means: decided here for all commands, and for programs that want it.

An error carries its own code (`posecheck.model.errors.PosecheckError.exit_code`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posecheck.model.display import counted
from posecheck.model.errors import Argument, ExitCode, InternalError, PosecheckError, UsageError
from posecheck.model.fail_on import FailOn

if TYPE_CHECKING:
    from posecheck.fix.apply.outcomes import Fixed
    from posecheck.fix.plan.values import FixPlan
    from posecheck.model.finding import Threshold
    from posecheck.model.recording import Recording
    from posecheck.model.report import Report
    from posecheck.organize.plan.values import OrganizePlan
    from posecheck.upload.outcomes import UploadReport
    from posecheck.upload.plan.upload_plan import UploadPlan

_LOST = frozenset({"unreadable", "not-nwb", "not-fetched", "timed-out", "crashed"})
"""The kinds of problems after which nothing is known of a file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an outcome means.

    Attributes
    ----------
    exit_code
        As a process returns it.
    reason
        Why, where the report itself does not say it.
    """

    exit_code: ExitCode
    reason: PosecheckError | None = None


def verdict_of_report(
    report: Report,
    fail_on: FailOn | Threshold | str | None,
    *,
    allow_unfetched: bool = False,
    require_content: float | None = None,
) -> Verdict:
    """Decide whether a finished check passes.

    Parameters
    ----------
    report
        The report.
    fail_on
        Which findings fail: from a severity on, or as `configured_fail_on` returns it; ``None`` and
        ``"never"`` for none.
    allow_unfetched
        Whether it may pass though no file's content was at hand.
    require_content
        The fraction of the files whose content must have been at hand, above 0 and up to 1; 1
        stands for all. By default what the check was told to require.

    Returns
    -------
    Verdict
        `ExitCode.INTERNAL` if posecheck failed somewhere; `ExitCode.USAGE` if nothing or not enough
        was checked; `ExitCode.FINDINGS` if a finding reaches ``fail_on`` and was not written to a
        baseline by this run; otherwise `ExitCode.SUCCESS`.
    """
    if report.has_internal_error:
        reason: PosecheckError = InternalError(
            "it failed while it checked (internal-error above). The other findings stand; "
            "please report this one."
        )
        return Verdict(ExitCode.INTERNAL, reason)
    unknown = report.changes.unknown if report.changes is not None else 0
    if report.changes is not None and not report.files and not unknown:
        return Verdict(ExitCode.SUCCESS)
    if not report.files and report.searched_pose:
        return Verdict(ExitCode.USAGE, UsageError("no recording with pose was found to check"))
    if report.checked_nothing and not allow_unfetched:
        reason = UsageError(
            "no file's content is at hand, so nothing was checked; fetch it (datalad get, "
            "git annex get), or pass ",
            Argument("allow_unfetched"),
        )
        return Verdict(ExitCode.USAGE, reason)
    if report.baseline is not None and report.baseline.written is not None:
        return Verdict(ExitCode.SUCCESS)
    thresholds = FailOn.of(fail_on)
    if any(thresholds.fails(code, severity) for severity, code in report.active_kinds):
        return Verdict(ExitCode.FINDINGS)
    if require_content is None and report.content is not None:
        require_content = report.content.required
    files = len(report.files) + unknown
    if require_content is not None and report.content_at_hand < require_content * files:
        share = "all" if require_content == 1 else f"{require_content:.0%} of them"
        reason = UsageError(
            f"the content of {report.content_at_hand:,} of {counted(files, 'file')} is "
            "at hand, and ",
            Argument("require_content"),
            f" asks for {share}; fetch it (datalad get, git annex get)",
        )
        return Verdict(ExitCode.USAGE, reason)
    if report.files and report.applied_no_rule and not report.has_findings:
        reason = UsageError(
            "nothing was checked: no rule and no validator could be run on any file"
        )
        return Verdict(ExitCode.USAGE, reason)
    return Verdict(ExitCode.SUCCESS)


def verdict_of_organize_plan(plan: OrganizePlan) -> Verdict:
    """Decide whether a plan organizes everything: conflicts are left out, or block it."""
    return Verdict(ExitCode.FINDINGS if plan.conflicts else ExitCode.SUCCESS)


def verdict_of_fix_plan(plan: FixPlan) -> Verdict:
    """Decide whether a plan fixes all that has a fix: what is refused stays as it is."""
    return Verdict(ExitCode.FINDINGS if plan.refused else ExitCode.SUCCESS)


def verdict_of_fix(fixed: Fixed) -> Verdict:
    """Decide whether all that has a fix is fixed: nothing was refused, and no file was undone."""
    return Verdict(ExitCode.FINDINGS if fixed.undone or fixed.refused else ExitCode.SUCCESS)


def verdict_of_upload_plan(plan: UploadPlan) -> Verdict:
    """Decide whether a plan sends everything: what is refused is not sent."""
    return Verdict(ExitCode.FINDINGS if plan.refusals else ExitCode.SUCCESS)


def verdict_of_upload(report: UploadReport) -> Verdict:
    """Decide whether an upload is complete; whoever may not upload at all misused the command."""
    if report.stopped_by and not any(outcome.arrived for outcome in report.outcomes):
        return Verdict(ExitCode.USAGE)
    return Verdict(ExitCode.SUCCESS if report.is_complete else ExitCode.FINDINGS)


def verdict_of_recording(recording: Recording) -> Verdict:
    """Decide whether a file could be described."""
    is_lost = any(problem.kind in _LOST for problem in recording.problems)
    return Verdict(ExitCode.FINDINGS if is_lost else ExitCode.SUCCESS)
