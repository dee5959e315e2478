"""What a run has to do, as the command line or a program says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.model.annex_content import AnnexContent
from posecheck.model.data_read import DataRead
from posecheck.model.video_file import Decode
from posecheck.sources.remote_access import DEFAULT_ACCESS, RemoteAccess, is_address

if TYPE_CHECKING:
    from posecheck.sources.source import Source

DEFAULT_VALIDATOR_TIMEOUT = 60.0
"""Seconds that another validator may take for one file."""

DEFAULT_VIDEO_TIMEOUT = 120.0
"""Seconds that a look into one video may take."""

AUDIT_RATE = 10.0
"""Requests a second of a search for pose, if the user names no bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user asked for; ``None`` leaves a choice to the configuration file, or to defaults.

    Attributes
    ----------
    paths
        Files, folders and addresses as typed; none stands for the current folder.
    sources
        Files that are open already; with some, and no path, the current folder is not searched.
    select, extend_select, ignore
        Codes, prefixes of codes, names of rules, or ``ALL``. ``select`` replaces what the
        configuration file selects and ignores; the other two add to it.
    per_file_ignores
        Pairs of a glob, relative to ``globs_from``, and a code; they add to the file's.
    globs_from
        The folder to which the globs are relative; by default the current one.
    jobs
        Number of workers; by default one for each processor that this process may use.
    file_timeout
        Seconds that the check of one file may take.
    validator_timeout
        Seconds that each other validator may take for one file; once one was stopped, the others
        together. ``file_timeout`` is the limit for all.
    file_memory
        Bytes that the check of one file may take, beyond what an idle worker holds: 64 MB or more.
        Linux enforces it; macOS and Windows offer no such limit, and there it is not applied.
    engines
        Which validators run, by name (`posecheck.validators.registry.Engine`); by default all, or
        where rules are selected, posecheck's own alone.
    inspector_config
        NWB Inspector's configuration: a keyword (``dandi``, the default) or a YAML file.
    decode
        How far to look into videos.
    video_timeout
        Seconds that a look into one video may take.
    config
        The configuration file to use, in place of the one that is found.
    config_rev
        The git revision to take the configuration from, with the files that it names; nothing of
        the work tree configures the run.
    isolated
        Use no configuration file at all.
    annex
        What is done about annexed NWB files whose content is not here.
    data
        How much of the arrays of each file is read; by default all of files on this machine, and a
        sample of files elsewhere.
    access
        What is allowed and stated of files elsewhere.
    max_requests_per_second
        How many requests a second the run may send to archives and web servers, all workers
        together; by default there is no bound, and ten with ``with_pose``.
    with_pose
        Look for recordings with pose in the dandisets that are named, or in all of an archive, and
        check those alone.
    probe_all
        With ``with_pose``, ask all recordings of an archive, also those whose paths suggest none.
    resume_file
        With ``with_pose``, where to keep what is known, so that a run that ends early can go on.
    linked_from
        Folders outside a dandiset to which linked folders in it may lead.
    remember
        Whether verdicts of earlier runs are taken where nothing has changed, and those of this one
        are kept.
    scheduler
        The address or the file of the Dask scheduler whose workers read files; ``None`` for worker
        processes of this machine. No configuration file names one: it would send the run of whoever
        checks a repository to an address that its author chose.
    """

    paths: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    per_file_ignores: tuple[tuple[str, str], ...] | None = None
    globs_from: Path | None = None
    jobs: int | None = None
    file_timeout: float | None = None
    validator_timeout: float | None = None
    file_memory: int | None = None
    engines: tuple[str, ...] | None = None
    inspector_config: str | None = None
    decode: Decode | None = None
    video_timeout: float | None = None
    config: Path | None = None
    config_rev: str | None = None
    isolated: bool = False
    annex: AnnexContent = AnnexContent.SKIP
    data: DataRead | None = None
    access: RemoteAccess = DEFAULT_ACCESS
    max_requests_per_second: float | None = None
    with_pose: bool = False
    probe_all: bool = False
    resume_file: Path | None = None
    linked_from: tuple[Path, ...] = ()
    remember: bool = True
    scheduler: str | None = None

    @property
    def local_paths(self) -> tuple[str, ...]:
        """The paths on this machine; none stands for the current folder."""
        return tuple(path for path in self.paths if not is_address(path))

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is named elsewhere."""
        return tuple(path for path in self.paths if is_address(path))
