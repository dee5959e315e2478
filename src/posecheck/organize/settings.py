"""What organizing has to do, as the command line or a program says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posecheck.organize.plan.values import FileMode, VideoNames
from posecheck.transaction.steps import TransferMode


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizeSettings:
    """What the user asked for.

    Attributes
    ----------
    paths
        NWB files and folders of them, as typed; none organizes the dandiset in place.
    dandiset
        The dandiset's folder; by default the nearest one upwards from the current folder, or else
        from the first path.
    new_dandiset
        The identifier of a ``dandiset.yaml`` to be written there; ``None`` if there is one.
    rename
        Whether files that are called as DANDI wants it get dandi's name for them all the same.
    video_names
        How videos are named.
    find_videos
        Folders in which a video that is not where its reference says is searched for by name; what
        lies in them may also be referenced.
    accept_unverified
        Whether a file that was found by its name is taken for a video also where nothing is stated
        that it could be compared with.
    remux
        Whether the streams of a video that dandi does not upload are put into MP4.
    skip_conflicts
        Whether recordings with a conflict are left out.
    files
        What becomes of NWB files outside the dandiset; by default they are copied.
    videos
        How videos outside the dandiset are placed; by default ``auto``.
    jobs
        Number of workers; by default one for each processor that this process may use.
    scheduler
        The address or the file of the Dask scheduler whose workers read files and look into videos;
        ``None`` for worker processes of this machine.
    """

    paths: tuple[str, ...] = ()
    dandiset: Path | None = None
    new_dandiset: str | None = None
    rename: bool = False
    video_names: VideoNames = VideoNames.SERIES
    find_videos: tuple[Path, ...] = ()
    accept_unverified: bool = False
    remux: bool = False
    skip_conflicts: bool = False
    files: FileMode | None = None
    videos: TransferMode | None = None
    jobs: int | None = None
    scheduler: str | None = None
