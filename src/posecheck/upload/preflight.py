"""Validate what would be sent: an error stops it, unless the user allows the error."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.catalog import load_catalog
from posecheck.config.ignores import has_expired
from posecheck.config.schema import Configuration
from posecheck.config.selection import check_selectors, codes_matching
from posecheck.engine.run_plan import configuration_of, layers_of
from posecheck.engine.runner import run
from posecheck.engine.settings import Settings
from posecheck.execution.executor import Executor
from posecheck.model.errors import Argument, InternalError, UsageError
from posecheck.model.finding import INTERNAL_ERROR, Finding, Severity
from posecheck.model.named_text import NamedText
from posecheck.model.progress import ProgressListener
from posecheck.model.report import FileStatus, Report
from posecheck.upload.plan.configuration import ChecksConfiguration, Ignored
from posecheck.upload.plan.obstacles import FETCH
from posecheck.upload.plan.recordings import AllowedFinding, Refusal
from posecheck.validators.registry import engine_names

_ENDS = {
    FileStatus.UNREADABLE: "it cannot be read",
    FileStatus.NOT_NWB: "it is not NWB",
    FileStatus.TIMED_OUT: "the check took too long",
    FileStatus.CRASHED: "the check crashed",
    FileStatus.CHANGED: "it changed meanwhile",
    None: "it is gone",
}
"""How a check ends early."""


_ABSENCE = ("VID002", "VID026", "NWBI.check_image_series_external_file_valid")
"""The codes that say of a reference that its file is not on this disk."""


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """The result of the validation.

    Attributes
    ----------
    refusals
        The errors that stop a recording.
    allowed
        Those that the user allowed.
    report
        Everything that was found.
    asset_metadata
        What the archive would hold of a recording, by its path in the dandiset, where the check
        extracted it.
    """

    refusals: tuple[Refusal, ...]
    allowed: tuple[AllowedFinding, ...]
    report: Report
    asset_metadata: Mapping[str, Mapping[str, Any]]


def allowed_codes(selectors: Sequence[str]) -> frozenset[str]:
    """Return the codes that ``--allow`` names.

    Raises
    ------
    UsageError
        If one of them is none.
    """
    catalog = load_catalog(with_cases=False)
    verified = {rule.code for rule in catalog if rule.is_of_archive}
    codes: list[str] = []
    for selector in selectors:
        matched = codes_matching(catalog, selector, key=Argument("allow"), foreign=True)
        if verified.issuperset(matched):
            raise UsageError(
                Argument("allow"),
                f": {selector} is what is found once all is sent: there is nothing to allow",
            )
        codes += matched
    if INTERNAL_ERROR in codes:
        raise UsageError(
            Argument("allow"), f": {INTERNAL_ERROR} is a failure of posecheck, and stays one"
        )
    return frozenset(codes)


def open_configuration(settings: Settings) -> Configuration:
    """Read the configuration that the user named, and no other.

    A dandiset may come from anywhere: a configuration found in it could switch the checks off.

    Raises
    ------
    UsageError
        If the settings name a file and ask for none.
    ConfigurationError
        If it cannot be used, or selects what is not evaluated on files.
    """
    configuration = configuration_of(settings)
    check_selectors(load_catalog(with_cases=False), layers_of(settings, configuration))
    return configuration


def describe_configuration(configuration: Configuration, root: Path) -> ChecksConfiguration | None:
    """Return what a configuration changes of the checks; ``None`` if there is none.

    Parameters
    ----------
    configuration
        The configuration.
    root
        The dandiset's folder.
    """
    if configuration.source is None:
        return None
    file = Path(configuration.source.name)
    place = Path(os.path.realpath(file))
    real_root = Path(os.path.realpath(root))
    is_inside = place.is_relative_to(real_root)
    every = engine_names()
    stated = {"": configuration.ignore, **configuration.per_file_ignores}
    ignored = [
        Ignored(code=code, reason=terms.reason, files=glob)
        for glob, ignores in stated.items()
        for code, terms in ignores.items()
        if not has_expired(terms)
    ]
    return ChecksConfiguration(
        file=place.relative_to(real_root).as_posix() if is_inside else file.name,
        ignored=tuple(ignored),
        choices=tuple(_choices_of(configuration)),
        left_out=tuple(name for name in every if name not in (configuration.engines or every)),
    )


def _choices_of(configuration: Configuration) -> Iterator[tuple[str, str]]:
    if configuration.select is not None:
        yield "select", ", ".join(configuration.select)
    if configuration.extend_select:
        yield "extend-select", ", ".join(configuration.extend_select)
    if configuration.inspector_config is not None:
        stated = configuration.inspector_config
        name = stated.name if isinstance(stated, NamedText) else stated
        yield "inspector-config", Path(name).name
    for code, severity in configuration.severity.items():
        yield f"severity.{code}", severity.value
    if configuration.decode is not None:
        yield "decode", configuration.decode.value
    for code, parameters in configuration.parameters.items():
        for name, value in parameters.items():
            yield f"rules.{code}.{name}", str(list(value) if isinstance(value, tuple) else value)


def validate_recordings(  # noqa: PLR0913 - two of them only help
    settings: Settings,
    configuration: Configuration,
    paths: Mapping[str, str],
    allowed: frozenset[str],
    *,
    archived: Mapping[str, frozenset[str]] | None = None,
    progress: ProgressListener | None = None,
    pool: Executor | None = None,
) -> PreflightResult:
    """Validate the recordings that would be sent.

    Parameters
    ----------
    settings
        What to check, and how.
    configuration
        What the configuration says, as `open_configuration` reads it.
    paths
        The path in the dandiset of each file, by its display path.
    allowed
        The codes that do not stop a recording.
    archived
        The objects whose references lead to files that the archive holds and this disk does not,
        by the recording's path in the dandiset: what is said of their absence counts for nothing.
    progress, pool
        As `posecheck.engine.runner.run`, which calls the pool an executor.

    Raises
    ------
    InternalError
        If posecheck fails on one of them: a file that was not checked must not be sent.

    Notes
    -----
    A file that was not checked to its end is refused, whatever codes are allowed or ignored.
    """
    found: dict[str, Mapping[str, Any]] = {}
    report = run(settings, configuration, progress=progress, executor=pool, asset_metadata=found)
    refusals: list[Refusal] = []
    passed: list[AllowedFinding] = []
    for finding in report.findings:
        if finding.code == INTERNAL_ERROR:
            raise InternalError(f"{finding.file}: {finding.message}")
        if finding.severity is not Severity.ERROR or finding.file not in paths:
            continue
        path = paths[finding.file]
        if finding.code in _ABSENCE and finding.location in (archived or {}).get(path, ()):
            continue
        if _is_allowed(finding, allowed):
            passed.append(
                AllowedFinding(
                    path=path,
                    code=finding.code,
                    location=finding.location,
                    message=finding.message,
                )
            )
        else:
            refusals.append(
                Refusal(
                    path=path,
                    display_path=finding.file,
                    code=finding.code,
                    reason=f"{finding.message} (in {finding.location})",
                    remedy=finding.remedy,
                )
            )
    refused = {refusal.path for refusal in refusals}
    statuses = {file.path: file.status for file in report.files}
    refusals += [
        _unchecked(display_path, path, statuses.get(display_path))
        for display_path, path in paths.items()
        if statuses.get(display_path) is not FileStatus.CHECKED and path not in refused
    ]
    # With another path dandi found another dandiset than the one that is named.
    metadata = {
        paths[file]: each for file, each in found.items() if paths.get(file) == each["path"]
    }
    return PreflightResult(tuple(refusals), tuple(passed), report, metadata)


def _unchecked(display_path: str, path: str, status: FileStatus | None) -> Refusal:
    if status is FileStatus.NOT_FETCHED:
        reason = "its content is not fetched, so it was not checked"
        return Refusal(path=path, display_path=display_path, reason=reason, remedy=FETCH)
    reason = f"it was not checked to its end ({_ENDS[status]})"
    remedy = "Look at it with `posecheck validate`; no code that is allowed or ignored helps here."
    return Refusal(path=path, display_path=display_path, reason=reason, remedy=remedy)


def _is_allowed(finding: Finding, allowed: frozenset[str]) -> bool:
    return any(finding.code == code or finding.code.startswith(f"{code}.") for code in allowed)
