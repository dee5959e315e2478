"""The public functions: what the command line does, for a program that embeds posecheck.

>>> import posecheck
>>> report = posecheck.validate("sub-M01", select=["VID"])  # doctest: +SKIP
>>> report.has_at_least(posecheck.Severity.ERROR)  # doctest: +SKIP
False

Files are read in worker processes; the calling script needs no ``__main__`` guard for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from posecheck.catalog import load_catalog
from posecheck.engine.configuration import load_configuration
from posecheck.engine.running import describe as describe_file
from posecheck.engine.running import picture as draw_picture
from posecheck.engine.running import run
from posecheck.engine.settings import Engine, Settings
from posecheck.model.finding import FileReport, Report, Threshold
from posecheck.model.picture import Picture
from posecheck.model.recording import Recording
from posecheck.model.rule import Rule
from posecheck.model.video import Decode
from posecheck.upload.outcomes import UploadReport
from posecheck.upload.plan.values import Existing, UploadPlan
from posecheck.upload.settings import (
    DEFAULT_FILES,
    DEFAULT_PARTS,
    DEFAULT_RETRIES,
    DEFAULT_WAIT,
    UploadSettings,
    Waiting,
)
from posecheck.upload.watching import Watcher

AnyPath = str | os.PathLike[str]


def validate(  # noqa: PLR0913 - an argument for each choice that the command line offers
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    select: Iterable[str] | None = None,
    extend_select: Iterable[str] | None = None,
    ignore: Iterable[str] | None = None,
    per_file_ignores: Iterable[tuple[str, str]] | None = None,
    config: AnyPath | None = None,
    isolated: bool = False,
    jobs: int | None = None,
    file_timeout: float | None = None,
    file_memory: int | None = None,
    engines: Iterable[Engine] | None = None,
    inspector_config: str | None = None,
    decode: Decode | None = None,
    video_timeout: float | None = None,
    on_start: Callable[[int], None] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check NWB files and folders of them.

    Parameters
    ----------
    paths
        Files and folders; none stands for the current folder.
    select, extend_select, ignore
        Codes, prefixes of codes, names of rules, or ``ALL``, as on the command line.
    per_file_ignores
        Pairs of a glob and a code.
    config
        A configuration file; by default the nearest ``posecheck.toml`` or ``pyproject.toml``.
    isolated
        Use no configuration file.
    jobs
        Number of worker processes; by default one for each processor.
    file_timeout
        Seconds that one file may take.
    file_memory
        Bytes that one file may take (Linux).
    engines
        Who judges: posecheck's own rules, pynwb's schema validation, NWB Inspector, dandi's layout
        check. By default all; where rules are selected, posecheck's own alone.
    inspector_config
        NWB Inspector's configuration: ``dandi``, the default, or a YAML file.
    decode
        How far to look into videos: count their frames, decode them all, or open none.
    video_timeout
        Seconds that a look into one video may take.
    on_start, on_file, on_progress
        Called with the number of files; with each file's report, in the order of the files; and
        with the numbers of files done and to do. An exception that they raise ends the run.

    Returns
    -------
    Report
        What was said of each file. Findings are values: a broken file raises nothing.

    Raises
    ------
    UsageError
        If a path or a code does not exist, or there is nothing to check.
    ConfigurationError
        If the configuration file cannot be used.
    InternalError
        If no worker can be started.
    """
    settings = Settings(
        paths=_as_paths(paths),
        select=_as_tuple(select),
        extend_select=_as_tuple(extend_select),
        ignore=_as_tuple(ignore),
        per_file_ignores=tuple(per_file_ignores) if per_file_ignores is not None else None,
        jobs=jobs,
        file_timeout=file_timeout,
        file_memory=file_memory,
        engines=tuple(engines) if engines is not None else None,
        inspector_config=inspector_config,
        decode=decode,
        video_timeout=video_timeout,
        config=Path(config) if config is not None else None,
        isolated=isolated,
    )
    return run(settings, on_start=on_start, on_file=on_file, on_progress=on_progress)


def describe(path: AnyPath) -> Recording:
    """Read one NWB file with everything that can be known of it.

    Raises
    ------
    UsageError
        If the path is not there, or is a folder of files.
    InternalError
        If the reader fails, or no worker can be started.
    """
    return describe_file(os.fspath(path))


def picture(path: AnyPath, frame: int) -> Picture:
    """Draw the pose of an NWB file on a frame of the video that it was tracked in.

    Parameters
    ----------
    path
        The NWB file.
    frame
        Its number, counted from 0 over all files of the video.

    Raises
    ------
    UsageError
        If there is no such file or frame, or the video is not at hand.
    InternalError
        If posecheck fails, or no worker can be started.
    """
    return draw_picture(os.fspath(path), frame)


def list_rules() -> tuple[Rule, ...]:
    """Return the catalogue, sorted by code."""
    return load_catalog()


def configured_threshold(
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    config: AnyPath | None = None,
    isolated: bool = False,
) -> Threshold | None:
    """Return the ``fail-on`` of the configuration that `validate` would use.

    Returns
    -------
    Severity, "never" or None
        ``None`` where the configuration does not say.

    Raises
    ------
    UsageError, ConfigurationError
        As `validate`.
    """
    settings = Settings(
        paths=_as_paths(paths),
        config=Path(config) if config is not None else None,
        isolated=isolated,
    )
    return load_configuration(settings, load_catalog(with_cases=False)).fail_on


def plan_upload(  # noqa: PLR0913 - an argument for each choice that the command line offers
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    dandiset: AnyPath | None = None,
    instance: str | None = None,
    existing: Existing = Existing.REFRESH,
    allow: Iterable[str] = (),
    because: str = "",
    skip_refused: bool = False,
    only_verify: bool = False,
    needs_token: bool = True,
    retries: int = DEFAULT_RETRIES,
    config: AnyPath | None = None,
    isolated: bool = False,
    watcher: Watcher | None = None,
    ask_token: Callable[[str], str] | None = None,
) -> UploadPlan:
    """Find out what an upload to a DANDI archive would send, and what must not be sent.

    Parameters
    ----------
    paths
        NWB files, folders of them, and videos to send though no NWB file references them; none
        stands for the whole dandiset.
    dandiset
        The dandiset's folder; by default the nearest one upwards with a ``dandiset.yaml``.
    instance
        The archive's name (``dandi``, ``dandi-sandbox`` …) or address; by default the environment
        variable ``DANDI_INSTANCE``, or ``dandi``.
    existing
        What becomes of files that the archive holds with other bytes.
    allow, because
        Codes whose errors do not stop a recording, and why.
    skip_refused
        Whether the other recordings are sent when some are refused.
    only_verify
        Whether the plan is for `verify_upload`: then nothing is validated.
    needs_token
        Whether to fail at once where there is no token.
    retries
        How often a request is tried again.
    config, isolated
        The configuration of the checks, as for `validate`.
    watcher
        Looks on.
    ask_token
        Asks for a token, given the archive's name; ``None`` if there is nobody to ask.

    Returns
    -------
    UploadPlan
        What `upload` would do; ``refusals`` says what stops it.

    Raises
    ------
    UsageError
        If it cannot be done: no token, no such dandiset, nothing to upload.
    PosecheckError
        If the archive does not answer.
    """
    from posecheck.upload.planning import plan_upload as make_plan  # noqa: PLC0415 - HTTP is heavy

    settings = UploadSettings(
        paths=_as_paths(paths),
        dandiset=Path(dandiset) if dandiset is not None else None,
        instance=instance,
        existing=Existing(existing),
        allow=_as_tuple(allow) or (),
        because=because,
        skip_refused=skip_refused,
        only_verify=only_verify,
        needs_token=needs_token,
        retries=retries,
        config=Path(config) if config is not None else None,
        isolated=isolated,
    )
    return make_plan(settings, watcher=watcher, ask_token=ask_token)


def upload(  # noqa: PLR0913 - an argument for each choice that the command line offers
    plan: UploadPlan,
    *,
    files: int = DEFAULT_FILES,
    parts: int = DEFAULT_PARTS,
    wait_checksum: bool = False,
    wait_validation: bool = False,
    wait_limit: float = DEFAULT_WAIT,
    retries: int = DEFAULT_RETRIES,
    watcher: Watcher | None = None,
    ask_token: Callable[[str], str] | None = None,
) -> UploadReport:
    """Send what a plan says, and hold the archive's listing against the disk.

    Parameters
    ----------
    plan
        From `plan_upload`. If it is stopped by a refusal, nothing is sent.
    files, parts
        How many files are sent at a time, and how many parts of each.
    wait_checksum, wait_validation, wait_limit
        Whether to wait for the archive's SHA-256, for its validation, and for how many seconds.
    retries, watcher, ask_token
        As for `plan_upload`.

    Returns
    -------
    UploadReport
        What became of each file; ``is_complete`` tells whether all arrived and was verified.

    Raises
    ------
    UploadInterrupted
        If the user interrupts it; it carries the report of what was done.
    PosecheckError
        If the archive does not answer, or does not know the user.
    """
    from posecheck.upload.running import upload as send  # noqa: PLC0415 - HTTP is heavy

    waiting = Waiting(checksum=wait_checksum, validation=wait_validation, seconds=wait_limit)
    return send(
        plan,
        files=files,
        parts=parts,
        waiting=waiting,
        retries=retries,
        watcher=watcher,
        ask_token=ask_token,
    )


def verify_upload(  # noqa: PLR0913 - an argument for each choice that the command line offers
    plan: UploadPlan,
    *,
    wait_checksum: bool = False,
    wait_validation: bool = False,
    wait_limit: float = DEFAULT_WAIT,
    retries: int = DEFAULT_RETRIES,
    watcher: Watcher | None = None,
    ask_token: Callable[[str], str] | None = None,
) -> UploadReport:
    """Hold what the archive lists against the disk, and send nothing.

    Parameters
    ----------
    plan
        From `plan_upload`, best with ``only_verify``.
    wait_checksum, wait_validation, wait_limit, retries, watcher, ask_token
        As for `upload`.

    Raises
    ------
    PosecheckError
        If the archive does not answer.
    """
    from posecheck.upload.running import verify_upload as check  # noqa: PLC0415 - HTTP is heavy

    waiting = Waiting(checksum=wait_checksum, validation=wait_validation, seconds=wait_limit)
    return check(plan, waiting=waiting, retries=retries, watcher=watcher, ask_token=ask_token)


def _as_paths(paths: AnyPath | Iterable[AnyPath]) -> tuple[str, ...]:
    if isinstance(paths, str | os.PathLike):
        return (os.fspath(paths),)
    return tuple(os.fspath(path) for path in paths)


def _as_tuple(codes: Iterable[str] | None) -> tuple[str, ...] | None:
    return (codes,) if isinstance(codes, str) else None if codes is None else tuple(codes)
