"""Checking and describing files, and the rules that do."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from posecheck.api.arguments import (
    AnyPath,
    as_bytes,
    as_choice,
    as_codes,
    as_count,
    as_fraction,
    as_names,
    as_path,
    as_paths,
    as_per_file,
    as_rate,
    as_scheduler,
    as_seconds,
    as_texts,
)
from posecheck.api.opened_files import AnyFile, separated
from posecheck.catalog import load_catalog
from posecheck.engine.run_plan import configuration_of
from posecheck.engine.settings import Settings
from posecheck.engine.single_file import describe as describe_file
from posecheck.engine.single_file import picture as draw_picture
from posecheck.gate.run import run_gate
from posecheck.gate.settings import GateSettings
from posecheck.model.annex_content import AnnexContent
from posecheck.model.data_read import DataRead
from posecheck.model.fail_on import FailOn
from posecheck.model.picture import Picture, PictureRequest
from posecheck.model.progress import ProgressListener
from posecheck.model.recording import Recording
from posecheck.model.report import Report
from posecheck.model.rule import Rule
from posecheck.model.video_file import Decode
from posecheck.sources.remote_access import access_of
from posecheck.validators.registry import Engine, engine_names


def validate(  # noqa: PLR0913 - an argument for each choice that the command line offers
    paths: AnyFile | Iterable[AnyFile] = (),
    *,
    select: str | Iterable[str] | None = None,
    extend_select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    per_file_ignores: Iterable[tuple[str, str]] | None = None,
    config: AnyPath | None = None,
    config_rev: str | None = None,
    isolated: bool = False,
    jobs: int | None = None,
    scheduler: AnyPath | None = None,
    file_timeout: float | None = None,
    validator_timeout: float | None = None,
    file_memory: int | None = None,
    engines: Iterable[Engine | str] | None = None,
    inspector_config: str | None = None,
    decode: Decode | str | None = None,
    video_timeout: float | None = None,
    baseline: AnyPath | None = None,
    write_baseline: AnyPath | None = None,
    diff_base: str | None = None,
    staged: bool = False,
    require_content: float | None = None,
    linked_from: Iterable[AnyPath] = (),
    annex: AnnexContent | str = AnnexContent.SKIP,
    data: DataRead | str | None = None,
    max_bytes: int | None = None,
    max_download: int | None = None,
    max_requests_per_second: float | None = None,
    with_pose: bool = False,
    probe_all: bool = False,
    resume_file: AnyPath | None = None,
    allow_private: Iterable[str] = (),
    endpoint_url: str | None = None,
    anonymous: bool = False,
    cache: bool = True,
    progress: ProgressListener | None = None,
) -> Report:
    """Check NWB files and folders of them.

    Parameters
    ----------
    paths
        Files, folders and addresses (``DANDI:000409``, ``https://``, ``s3://``); none stands for
        the current folder.
    select, extend_select, ignore
        Codes, prefixes of codes, names of rules, or ``ALL``, as on the command line.
    per_file_ignores
        Pairs of a glob and a code.
    config
        A configuration file; by default the nearest ``posecheck.toml`` or ``pyproject.toml``.
    config_rev
        A git revision to take the configuration from, in place of the work tree.
    isolated
        Use no configuration file.
    jobs
        Number of worker processes; by default one for each processor. With ``scheduler``, how many
        files the cluster may check at a time; by default as many as it has threads.
    scheduler
        The address (``tcp://HOST:PORT``) or the scheduler file of a Dask cluster whose workers are
        to check the files.
    file_timeout
        Seconds that one file may take.
    validator_timeout
        Seconds that each other validator may take for one file; what one that was stopped would
        have said is missing, and nothing else.
    file_memory
        Bytes that one file may take (Linux).
    engines
        Which validators run: posecheck's own rules, pynwb's schema validation, NWB Inspector,
        dandi's layout check. By default all; where rules are selected, posecheck's own alone.
    inspector_config
        NWB Inspector's configuration: ``dandi``, the default, or a YAML file.
    decode
        How far to look into videos: count their frames, decode them all, or open none.
    video_timeout
        Seconds that a look into one video may take.
    baseline
        A file of known findings, which are suppressed; by default the one that the configuration
        names.
    write_baseline
        Where to write what is found, as known from now on.
    diff_base
        A git revision: only NWB files that changed since, or reference a file that did, are
        checked.
    staged
        Of what changed since, look at what is staged alone.
    require_content
        The fraction of the files whose content must be at hand, above 0 and up to 1; the report
        says whether it was, and `verdict_of_report` fails it otherwise.
    linked_from
        Folders to which links may lead out of a git repository or a dandiset.
    annex
        What is done about annexed files whose content is not here: ``skip``; ``stream``, which
        reads NWB files in parts from an https address that git-annex knows; or ``get``, which
        fetches them and their videos, and drops again what it fetched.
    data
        How much of the arrays is read: ``full``, ``sample`` or ``none``. By default all of files on
        this machine, and a sample of files elsewhere.
    max_bytes
        How many bytes of each file elsewhere may be fetched.
    max_download
        Up to how many bytes a file is downloaded whose server sends no parts of files; by default
        200 MB.
    max_requests_per_second
        How many requests a second may be sent to archives and web servers, by all workers together;
        by default there is no bound, and ten ``with_pose``.
    with_pose
        Look for recordings with pose in the dandisets that are named, or in all of an archive
        (``dandi://dandi``), and check those alone. What was found and what was not looked at stands
        in the `pose_probes` of each dandiset's `contents`.
    probe_all
        With ``with_pose``, look into all recordings of an archive, also those whose paths do not
        suggest pose.
    resume_file
        With ``with_pose``, a file to keep what is known in: a run that ended early goes on there.
    allow_private
        Hosts to which a redirect may lead though their addresses are private, or without HTTPS.
    endpoint_url
        Where S3 is, for stores that are not Amazon's.
    anonymous
        Whether S3 is read without credentials, even if there are some.
    cache
        Whether what earlier runs said of files of this machine is taken where nothing changed, and
        what this one says is kept; see `cache_info`.
    progress
        Receives how many files are checked, how many bytes came of files elsewhere, and each
        file's report in the order of the files.

    Returns
    -------
    Report
        What was said of each file. Findings are values: a broken file raises nothing.

    Raises
    ------
    UsageError
        If an argument is not as wanted, a path or a code does not exist, or there is nothing to
        check.
    ConfigurationError
        If the configuration file cannot be used.
    InternalError
        If no worker can be started.
    """
    settings = Settings(
        select=as_codes("select", select),
        extend_select=as_codes("extend_select", extend_select),
        ignore=as_codes("ignore", ignore),
        per_file_ignores=as_per_file("per_file_ignores", per_file_ignores),
        jobs=as_count("jobs", jobs),
        scheduler=as_scheduler(scheduler),
        file_timeout=as_seconds("file_timeout", file_timeout),
        validator_timeout=as_seconds("validator_timeout", validator_timeout),
        file_memory=as_bytes("file_memory", file_memory),
        engines=as_names("engines", engine_names(), engines),
        inspector_config=inspector_config,
        decode=as_choice("decode", Decode, decode) if decode is not None else None,
        video_timeout=as_seconds("video_timeout", video_timeout),
        linked_from=tuple(map(Path, linked_from)),
        annex=as_choice("annex", AnnexContent, annex),
        max_requests_per_second=as_rate("max_requests_per_second", max_requests_per_second),
        with_pose=with_pose,
        probe_all=probe_all,
        resume_file=as_path("resume_file", resume_file),
        data=as_choice("data", DataRead, data) if data is not None else None,
        access=access_of(
            allow_private=as_texts("allow_private", allow_private),
            max_bytes=as_bytes("max_bytes", max_bytes),
            max_download=as_bytes("max_download", max_download),
            endpoint_url=endpoint_url,
            anonymous=anonymous,
        ),
        config=as_path("config", config),
        config_rev=config_rev,
        isolated=isolated,
        remember=cache,
    )
    gate = GateSettings(
        baseline=as_path("baseline", baseline),
        write_baseline=as_path("write_baseline", write_baseline),
        diff_base=diff_base,
        staged=staged,
        require_content=as_fraction("require_content", require_content),
    )
    listener = progress or ProgressListener()
    try:
        with separated(paths) as (named, sources):
            settings = replace(settings, paths=as_paths(named), sources=sources)
            return run_gate(settings, gate, progress=listener)
    finally:
        listener.end()


def describe(
    path: AnyPath, *, endpoint_url: str | None = None, progress: ProgressListener | None = None
) -> Recording:
    """Read one NWB file with everything that can be known of it.

    Parameters
    ----------
    path
        The file, or its address.
    endpoint_url
        As of `validate`.
    progress
        Receives how many bytes came of a file elsewhere.

    Raises
    ------
    UsageError
        If the path is not there, or is a folder of files.
    InternalError
        If the reader fails, or no worker can be started.
    """
    settings = Settings(access=access_of(endpoint_url=endpoint_url))
    listener = progress or ProgressListener()
    try:
        return describe_file(os.fspath(path), settings, progress=listener)
    finally:
        listener.end()


def picture(  # noqa: PLR0913 - an argument for each choice that the command line offers
    path: AnyPath,
    frame: int,
    *,
    video: AnyPath | None = None,
    container: str = "",
    camera: str = "",
    endpoint_url: str | None = None,
    progress: ProgressListener | None = None,
) -> Picture:
    """Draw the pose of an NWB file on a frame of the video that it was tracked in.

    Parameters
    ----------
    path
        The NWB file.
    frame
        Its number, counted from 0 over all files of the video.
    video
        The video file to take, whatever the NWB file refers to.
    container
        The name or path of the only PoseEstimation to draw.
    camera
        The name of its device, or of its ImageSeries.
    endpoint_url
        As of `validate`.
    progress
        Receives how many bytes came of a file elsewhere.

    Raises
    ------
    UsageError
        If there is no such file or frame, no such container or camera, or the video is not at hand.
    InternalError
        If posecheck fails, or no worker can be started.
    """
    named = as_path("video", video)
    request = PictureRequest(
        frame=frame,
        video=None if named is None else named.absolute(),
        container=container,
        camera=camera,
    )
    settings = Settings(access=access_of(endpoint_url=endpoint_url))
    listener = progress or ProgressListener()
    try:
        return draw_picture(os.fspath(path), request, settings, progress=listener)
    finally:
        listener.end()


def list_rules() -> tuple[Rule, ...]:
    """Return the catalogue, sorted by code."""
    return load_catalog()


def configured_fail_on(
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    config: AnyPath | None = None,
    config_rev: str | None = None,
    isolated: bool = False,
) -> FailOn | None:
    """Return the ``fail-on`` of the configuration that `validate` would use.

    Returns
    -------
    FailOn or None
        What `verdict_of_report` takes; ``None`` where the configuration does not say.

    Raises
    ------
    UsageError, ConfigurationError
        As `validate`.
    """
    settings = Settings(
        paths=as_paths(paths),
        config=as_path("config", config),
        config_rev=config_rev,
        isolated=isolated,
    )
    return configuration_of(settings).fail_on
