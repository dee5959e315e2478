"""From a folder of NWB files and videos to a dandiset: plan, resume, undo, finalize."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.api.arguments import AnyPath, as_choice, as_count, as_path, as_paths, as_scheduler
from posecheck.dandi_layout.markers import DANDISET_FILE
from posecheck.model.errors import Argument, UsageError
from posecheck.model.progress import ProgressListener
from posecheck.organize.plan.values import FileMode, OrganizePlan, VideoNames
from posecheck.organize.settings import OrganizeSettings
from posecheck.transaction.steps import TransferMode

if TYPE_CHECKING:
    from posecheck.organize.apply import Applied, Undone
    from posecheck.transaction.outcomes import Finalized


def plan_organize(  # noqa: PLR0913 - an argument for each choice that the command line offers
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    dandiset: AnyPath | None = None,
    new_dandiset: str | None = None,
    rename: bool = False,
    video_names: VideoNames | str = VideoNames.SERIES,
    find_videos: AnyPath | Iterable[AnyPath] = (),
    accept_unverified: bool = False,
    remux: bool = False,
    skip_conflicts: bool = False,
    files: FileMode | str | None = None,
    videos: TransferMode | str | None = None,
    jobs: int | None = None,
    scheduler: AnyPath | None = None,
    progress: ProgressListener | None = None,
) -> OrganizePlan:
    """Plan how NWB files, and the videos that they refer to, come into a dandiset.

    Nothing is written or moved. What prevents the plan is in its ``conflicts``; `apply`
    refuses a plan that is blocked by one.

    Parameters
    ----------
    paths
        Files and folders; none stands for the dandiset itself, which is then organized in place.
    dandiset
        The dandiset's folder; by default the one around the current folder.
    new_dandiset
        The identifier (six digits) of a ``dandiset.yaml`` to write, where there is none.
    rename
        Whether files whose names are DANDI's already are renamed.
    video_names
        Whether videos are named after their ImageSeries (``series``), or as ``dandi organize`` does
        (``object-id``).
    find_videos
        Folders to search for videos that are not where the files say. What is found there by its
        name is compared with the frames, the size and the rate that the NWB file states.
    accept_unverified
        Whether a file found by its name is accepted where nothing is stated that it could be
        compared with.
    remux
        Whether videos that the archive does not take are put into MP4, without re-encoding.
    skip_conflicts
        Whether recordings with a conflict are left out, instead of blocking the plan.
    files, videos
        How they are transferred: ``copy`` or ``move``; and ``auto``, ``reflink``, ``hardlink``,
        ``symlink``, ``copy`` or ``move``. By default files are copied and videos are transferred
        by ``auto``; in place both are moved.
    jobs
        Number of worker processes; by default one for each processor.
    scheduler
        The address or the scheduler file of a Dask cluster whose workers are to read the files, as
        of `posecheck.validate`. Files are placed by this machine.
    progress
        Receives how many NWB files are read.

    Returns
    -------
    OrganizePlan
        A frozen value: what goes where, how, and every string that is rewritten.

    Raises
    ------
    UsageError
        If a path does not exist, there is no dandiset, an earlier run in it is unfinished, or
        choices contradict each other.
    InternalError
        If no worker can be started.
    """
    settings = OrganizeSettings(
        paths=as_paths(paths),
        dandiset=as_path("dandiset", dandiset),
        new_dandiset=new_dandiset,
        rename=rename,
        video_names=as_choice("video_names", VideoNames, video_names),
        find_videos=tuple(map(Path, as_paths(find_videos, keyword="find_videos"))),
        accept_unverified=accept_unverified,
        remux=remux,
        skip_conflicts=skip_conflicts,
        files=as_choice("files", FileMode, files) if files is not None else None,
        videos=as_choice("videos", TransferMode, videos) if videos is not None else None,
        jobs=as_count("jobs", jobs),
        scheduler=as_scheduler(scheduler),
    )
    return plan_organize_from_settings(settings, progress)


def plan_organize_from_settings(
    settings: OrganizeSettings, progress: ProgressListener | None
) -> OrganizePlan:
    """Plan as `plan_organize`, from settings that are values already."""
    from posecheck.organize.apply.change_set import ORGANIZE  # noqa: PLC0415 - import is light
    from posecheck.organize.collect.locations import locate_dandiset  # noqa: PLC0415
    from posecheck.organize.planner import plan_organize as plan  # noqa: PLC0415 - import is light
    from posecheck.transaction.runs import name_foreign, refuse_unfinished  # noqa: PLC0415

    folder = locate_dandiset(settings)
    refuse_unfinished(folder, ORGANIZE)
    made = plan(settings, listener=progress)
    return replace(made, notes=(*made.notes, *name_foreign(folder, ORGANIZE)))


def resume_organize(
    dandiset: AnyPath | None = None,
    *,
    jobs: int | None = None,
    trust_journal: bool = False,
    progress: ProgressListener | None = None,
) -> Applied:
    """Go on with a run of `apply` that was interrupted.

    Parameters
    ----------
    dandiset
        The dandiset's folder, or one in it; by default the one around the current folder.
    jobs, progress
        As in `apply`.
    trust_journal
        Whether to do what a journal says that another user began, or this one on another machine.
        It names files to place and folders to write into: look at its ``plan.json`` first.

    Returns
    -------
    Applied
        What was done.

    Raises
    ------
    UsageError
        If there is no unfinished run, or it is another user's.
    ApplyError
        If a source or a target changed since, or the system refuses a step.
    """
    from posecheck.organize.apply import resume  # noqa: PLC0415 - import is light

    return resume(_dandiset(dandiset), jobs=jobs, trust_journal=trust_journal, listener=progress)


def undo_organize(
    dandiset: AnyPath | None = None,
    *,
    trust_journal: bool = False,
    progress: ProgressListener | None = None,
) -> Undone:
    """Undo the last run: every source is again where it was, byte for byte.

    Parameters
    ----------
    dandiset, trust_journal, progress
        As in `resume_organize`.

    Returns
    -------
    Undone
        What was undone.

    Raises
    ------
    UsageError
        If there is nothing to undo, or it is another user's run.
    ApplyError
        If a target was changed since, or the system refuses a step.
    """
    from posecheck.organize.apply import undo  # noqa: PLC0415 - import is light

    return undo(_dandiset(dandiset), trust_journal=trust_journal, listener=progress)


def finalize_organize(
    dandiset: AnyPath | None = None, *, trust_journal: bool = False, dry_run: bool = False
) -> Finalized:
    """Make the runs final: remove what would undo them, and free its disk space.

    Originals that were kept of videos in another container are removed.

    Parameters
    ----------
    dandiset, trust_journal
        As in `resume_organize`.
    dry_run
        Whether only to return what would be given up.

    Returns
    -------
    Finalized
        What was, or would be, given up.

    Raises
    ------
    UsageError
        If there is no finished run, or it is another user's.
    ApplyError
        If the system refuses to remove something.
    """
    from posecheck.organize.apply import finalize  # noqa: PLC0415 - import is light

    return finalize(_dandiset(dandiset), trust_journal=trust_journal, dry_run=dry_run)


def _dandiset(named: AnyPath | None) -> Path:
    """Return the folder of the dandiset, which may be one only when its run is finished."""
    start = Path(named if named is not None else os.curdir).absolute()
    for folder in (start, *start.parents):
        if (folder / DANDISET_FILE).is_file() or (folder / ".posecheck" / "organize").is_dir():
            return folder
    if named is None:
        raise UsageError(
            "the current folder is not in a dandiset: name the dandiset's with ",
            Argument("dandiset", "DIR"),
        )
    raise UsageError(f"{os.fspath(named)!r} is not in a dandiset: correct ", Argument("dandiset"))
