"""Do what a plan says, whichever kind it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from posecheck.api.upload import send_upload
from posecheck.fix.plan.values import FixPlan
from posecheck.model.progress import ProgressListener
from posecheck.organize.plan.values import OrganizePlan
from posecheck.upload.plan.upload_plan import UploadPlan

if TYPE_CHECKING:
    from posecheck.fix.apply import Fixed
    from posecheck.organize.apply import Applied
    from posecheck.upload.outcomes import UploadReport


@overload
def apply(
    plan: OrganizePlan, *, jobs: int | None = None, progress: ProgressListener | None = None
) -> Applied: ...


@overload
def apply(
    plan: FixPlan, *, jobs: int | None = None, progress: ProgressListener | None = None
) -> Fixed: ...


@overload
def apply(plan: UploadPlan) -> UploadReport: ...


def apply(
    plan: OrganizePlan | FixPlan | UploadPlan,
    *,
    jobs: int | None = None,
    progress: ProgressListener | None = None,
) -> Applied | Fixed | UploadReport:
    """Do what a plan says, and exactly that.

    Of a plan to organize, videos come first, each NWB file after those that it refers to. Nothing
    is ever overwritten, and every step is in a journal in the dandiset before it is taken: a run
    that was broken off can be resumed or undone from any point. Of a plan to fix, each file is
    changed in a copy that takes its place once nothing else was found to have changed; then it is
    checked again, and undone if that is not as planned. A plan to upload is sent as `send_upload`
    does by default; that function offers more choices.

    Parameters
    ----------
    plan
        What `plan_organize`, `plan_fix` or `plan_upload` returned; one of the first two may have
        been saved as JSON and read again.
    jobs
        How many files to work on at a time; by default one for each processor.
    progress
        Receives how far a plan to organize or to fix is.

    Returns
    -------
    Applied, Fixed or UploadReport
        What was done.

    Raises
    ------
    UsageError
        If the plan is blocked by a conflict, or an earlier run is unfinished.
    ApplyError
        If a source changed since the plan was made, or the system refuses a step.
    UploadInterrupted, PosecheckError
        As `send_upload`.
    """
    if isinstance(plan, UploadPlan):
        return send_upload(plan)
    if isinstance(plan, FixPlan):
        from posecheck.fix.apply import apply_plan as apply_fix  # noqa: PLC0415 - import is light

        listener = progress or ProgressListener()
        try:
            return apply_fix(plan, jobs=jobs, listener=listener)
        finally:
            listener.end()
    from posecheck.organize.apply import apply_plan  # noqa: PLC0415 - import is light

    return apply_plan(plan, jobs=jobs, listener=progress)
