"""Do what a plan says, whichever kind it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from posecheck.api.upload import send_upload
from posecheck.model.progress import ProgressListener
from posecheck.organize.plan.values import OrganizePlan
from posecheck.upload.plan.upload_plan import UploadPlan

if TYPE_CHECKING:
    from posecheck.organize.apply import Applied
    from posecheck.upload.outcomes import UploadReport


@overload
def apply(
    plan: OrganizePlan, *, jobs: int | None = None, progress: ProgressListener | None = None
) -> Applied: ...


@overload
def apply(plan: UploadPlan) -> UploadReport: ...


def apply(
    plan: OrganizePlan | UploadPlan,
    *,
    jobs: int | None = None,
    progress: ProgressListener | None = None,
) -> Applied | UploadReport:
    """Do what a plan says, and exactly that.

    Of a plan to organize, videos come first, each NWB file after those that it refers to. Nothing
    is ever overwritten, and every step is in a journal in the dandiset before it is taken: a run
    that was broken off can be resumed or undone from any point. A plan to upload is sent as
    `send_upload` does by default; that function offers more choices.

    Parameters
    ----------
    plan
        What `plan_organize` or `plan_upload` returned, or one to organize that was saved as JSON
        and read again.
    jobs
        How many files to place at a time; by default one for each processor.
    progress
        Receives how far a plan to organize is.

    Returns
    -------
    Applied or UploadReport
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
    from posecheck.organize.apply import apply_plan  # noqa: PLC0415 - import is light

    return apply_plan(plan, jobs=jobs, listener=progress)
