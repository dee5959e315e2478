"""Validate what would be sent: an error stops it, unless the user says that it must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from posecheck.catalog import load_catalog
from posecheck.engine.configuration import load_configuration
from posecheck.engine.pool import Pool
from posecheck.engine.running import run
from posecheck.engine.selection import codes_matching
from posecheck.engine.settings import Engine, Settings
from posecheck.model.errors import InternalError, UsageError
from posecheck.model.finding import INTERNAL_ERROR, FileStatus, Finding, Report, Severity
from posecheck.upload.plan.values import AllowedFinding, Refusal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate said.

    Attributes
    ----------
    refusals
        The errors that stop a recording.
    allowed
        Those that the user allowed.
    report
        Everything that was found.
    """

    refusals: tuple[Refusal, ...]
    allowed: tuple[AllowedFinding, ...]
    report: Report


def allowed_codes(selectors: Sequence[str]) -> frozenset[str]:
    """Return the codes that ``--allow`` names.

    Raises
    ------
    UsageError
        If one of them is none.
    """
    catalog = load_catalog(with_cases=False)
    codes = [
        code
        for selector in selectors
        for code in codes_matching(catalog, selector, key="--allow", foreign=True)
    ]
    if INTERNAL_ERROR in codes:
        raise UsageError(f"--allow: {INTERNAL_ERROR} is a failure of posecheck, and stays one")
    return frozenset(codes)


def gate_engines(settings: Settings) -> tuple[Engine, ...]:
    """Return who judges: whoever the configuration names as ``engines``, and by default everybody.

    Rules that it selects leave the others out of `posecheck validate`, and not of this.

    Raises
    ------
    ConfigurationError
        If the configuration file cannot be used.
    """
    configuration = load_configuration(settings, load_catalog(with_cases=False))
    return configuration.engines or tuple(Engine)


def check(  # noqa: PLR0913 - three of them only look on, or help
    settings: Settings,
    paths: Mapping[str, str],
    allowed: frozenset[str],
    *,
    on_start: Callable[[int], None] = lambda _: None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    pool: Pool | None = None,
) -> Verdict:
    """Validate the recordings that would be sent.

    Parameters
    ----------
    settings
        What to check, and how.
    paths
        The path in the dandiset of each file, by how it is shown.
    allowed
        The codes that do not stop a recording.
    on_start, on_progress, pool
        As `posecheck.engine.running.run`.

    Raises
    ------
    InternalError
        If posecheck fails on one of them: what it did not see, nobody should upload.
    """
    report = run(settings, on_start=on_start, on_progress=on_progress, pool=pool)
    refusals: list[Refusal] = []
    passed: list[AllowedFinding] = []
    for finding in report.findings:
        if finding.code == INTERNAL_ERROR:
            raise InternalError(f"{finding.file}: {finding.message}")
        if finding.severity is not Severity.ERROR or finding.file not in paths:
            continue
        path = paths[finding.file]
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
                    shown=finding.file,
                    code=finding.code,
                    reason=f"{finding.message} (in {finding.location})",
                    remedy=finding.remedy,
                )
            )
    refusals += [
        Refusal(
            path=paths[file.path],
            shown=file.path,
            reason="its content is not fetched, so it was not checked",
            remedy="Fetch it (datalad get, git annex get).",
        )
        for file in report.files
        if file.status is FileStatus.NOT_FETCHED and file.path in paths
    ]
    return Verdict(tuple(refusals), tuple(passed), report)


def _is_allowed(finding: Finding, allowed: frozenset[str]) -> bool:
    return any(finding.code == code or finding.code.startswith(f"{code}.") for code in allowed)
