"""A check as a gate runs it: findings that are known do not count."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from posecheck.archive.request_rate import share_request_rate
from posecheck.config.schema import Configuration
from posecheck.engine.discovery import Found, discover
from posecheck.engine.report_root import find_root, path_in
from posecheck.engine.run_plan import Plan, configuration_of, limits_of, make_plan
from posecheck.engine.runner import run_plan, unchanged
from posecheck.engine.settings import AUDIT_RATE, Settings
from posecheck.execution.limits import available_processors
from posecheck.gate.affected_files import AffectedFiles, affected_files
from posecheck.gate.annexed_content import AnnexedContent
from posecheck.gate.baseline_document import read_entries, write_entries
from posecheck.gate.baseline_file import (
    BaselineSource,
    check_baseline_place,
    display_path,
    read_baseline,
    read_baseline_in_revision,
    read_configured_baseline,
    replace_baseline,
)
from posecheck.gate.changed_files import changed_since
from posecheck.gate.coverage import Coverage
from posecheck.gate.known_findings import KnownFindings
from posecheck.gate.renames import follow_renames
from posecheck.gate.settings import GateSettings
from posecheck.model.baseline import BaselineUse
from posecheck.model.content_use import ContentUse, NotTransferred
from posecheck.model.errors import Argument, UsageError
from posecheck.model.progress import ProgressListener
from posecheck.model.report import FileReport, Report
from posecheck.sources.remote_access import redacted


def run_gate(
    settings: Settings,
    gate: GateSettings,
    configuration: Configuration | None = None,
    *,
    progress: ProgressListener | None = None,
) -> Report:
    """Check the files that the settings name, and set what is found against the baseline.

    Parameters
    ----------
    settings
        What to check.
    gate
        What to let pass.
    configuration
        What the caller read already.
    progress
        Receives how far the run is, and the reports, in which known findings are suppressed.

    Raises
    ------
    UsageError
        If a path or a code does not exist, or there is nothing to check.
    ConfigurationError
        If the configuration or the baseline cannot be used.
    InternalError
        If no worker can be started.
    """
    chosen = configuration if configuration is not None else configuration_of(settings)
    listener = progress or ProgressListener()
    _check_search(settings)
    per_second = settings.max_requests_per_second or (AUDIT_RATE if settings.with_pose else None)
    with (
        AnnexedContent(settings.annex, listener, settings.linked_from) as content,
        share_request_rate(per_second) as rate,
    ):
        bounded = replace(settings, access=replace(settings.access, rate=rate))
        report = _check(bounded, gate, chosen, content, listener)
    return replace(report, content=_content_of(report, gate, content))


def _check(
    settings: Settings,
    gate: GateSettings,
    chosen: Configuration,
    content: AnnexedContent,
    listener: ProgressListener,
) -> Report:
    """Check the files, with the content that is fetched for that."""
    source = _source_of(gate, settings, chosen)
    entries = read_entries(source.text, source.name) if source is not None else ()
    path = gate.write_baseline or (source.path if source is not None else None)
    changes = _changed(gate, settings, chosen, content, listener)
    scope = None if changes is None else changes.scope
    with _planned(settings, chosen, changes, listener) as (found, run):
        content.fetch_for(found)
        if path is None:
            return replace(run(found, listener), changes=scope)
        plan = _rooted(found, settings, path)
        if source is not None:
            entries = follow_renames(entries, source, plan.root, also_since=gate.diff_base)
        known = KnownFindings(entries, functools.partial(path_in, plan.root))
        report = replace(run(plan, listener, known.mark), changes=scope)
    stale = known.stale(Coverage(plan, report, settings.local_paths).holds)
    if gate.write_baseline is None:
        name = source.name if source is not None else ""
        use = BaselineUse(name=name, path=display_path(path), stale=stale)
        return replace(report, baseline=use)
    if report.has_internal_error or report.checked_nothing or report.applied_no_rule:
        return report
    renewed = known.renewed(stale)
    replace_baseline(gate.write_baseline, write_entries(renewed))
    written = sum(entry.count for entry in renewed)
    return replace(report, baseline=BaselineUse(name=str(path), path=str(path), written=written))


class _Run(Protocol):
    def __call__(
        self,
        plan: Plan,
        progress: ProgressListener,
        suppress: Callable[[FileReport], FileReport] = ...,
    ) -> Report:
        """Check the files of a plan."""


@contextlib.contextmanager
def _planned(
    settings: Settings,
    chosen: Configuration,
    changes: AffectedFiles | None,
    listener: ProgressListener,
) -> Iterator[tuple[Plan, _Run]]:
    """Yield what is to be checked, and what checks it."""
    if settings.with_pose:
        from posecheck.engine.archive_audit import open_audit  # noqa: PLC0415 - seldom wanted

        with open_audit(settings, chosen, listener) as audit:
            yield make_plan(audit.settings, chosen, found=audit.found, on_archive=True), audit.run
        return
    found = None if changes is None else changes.found
    # A dandiset of which a part is checked must not count as whole.
    named = settings if found is None else replace(settings, paths=_paths_of(found))

    def run(
        plan: Plan,
        progress: ProgressListener,
        suppress: Callable[[FileReport], FileReport] = unchanged,
    ) -> Report:
        return run_plan(plan, named, progress=progress, suppress=suppress)

    yield make_plan(settings, chosen, found=found, progress=listener), run


def _check_search(settings: Settings) -> None:
    """Refuse what belongs to a search for pose where there is none, and what no cluster keeps."""
    for keyword, is_given in (
        ("with_pose", settings.with_pose),
        ("max_requests_per_second", settings.max_requests_per_second is not None),
    ):
        if is_given and settings.scheduler is not None:
            raise UsageError(
                Argument(keyword),
                " bounds the requests of one machine, and not those of a cluster: leave out ",
                Argument("scheduler"),
            )
    for keyword, is_given in (
        ("probe_all", settings.probe_all),
        ("resume_file", settings.resume_file is not None),
    ):
        if is_given and not settings.with_pose:
            raise UsageError(Argument(keyword), " belongs to ", Argument("with_pose"))


def _content_of(report: Report, gate: GateSettings, content: AnnexedContent) -> ContentUse:
    """Say how much content was at hand, and what was done for that."""
    unknown = report.changes.unknown if report.changes is not None else 0
    return ContentUse(
        files=len(report.files) + unknown,
        at_hand=report.content_at_hand,
        required=gate.require_content,
        fetched=content.fetched,
        not_fetched=_named(content.not_fetched),
        not_dropped=_named(content.not_dropped),
    )


def _named(reasons: Mapping[Path, str]) -> tuple[NotTransferred, ...]:
    return tuple(
        NotTransferred(path=display_path(path), reason=why) for path, why in reasons.items()
    )


def _changed(
    gate: GateSettings,
    settings: Settings,
    configuration: Configuration,
    content: AnnexedContent,
    progress: ProgressListener,
) -> AffectedFiles | None:
    """Return the files to check since something changed; ``None`` for all."""
    if gate.diff_base is None:
        if gate.staged:
            raise UsageError(
                Argument("staged"),
                " says what counts as changed: name what since, with ",
                Argument("diff_base"),
            )
        return None
    if gate.write_baseline is not None:
        raise UsageError(
            Argument("write_baseline"),
            " writes what all files have: leave out ",
            Argument("diff_base"),
        )
    if settings.addresses:
        raise UsageError(
            Argument("diff_base"),
            f" is for files in git: leave out {redacted(settings.addresses[0])}",
        )
    changed = changed_since(settings.paths, gate.diff_base, staged=gate.staged)
    found = discover(settings.paths)
    if changed.may_concern_others:  # what the others reference stands in their content
        content.fetch(item.path for item in found if not item.obstacle)
    return affected_files(
        found,
        changed,
        workers=settings.jobs or configuration.jobs or available_processors(),
        limits=limits_of(settings, configuration),
        progress=progress,
        settings=settings,
    )


def _paths_of(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(os.fspath(item.path) for item in found)


def _source_of(
    gate: GateSettings, settings: Settings, configuration: Configuration
) -> BaselineSource | None:
    """Read the baseline; one that is to be written is read first, for its reasons."""
    if gate.write_baseline is not None:
        check_baseline_place(gate.write_baseline)
        if gate.write_baseline.exists():
            return read_baseline(gate.write_baseline)
    if gate.baseline is not None:
        if settings.config_rev is not None:
            return read_baseline_in_revision(gate.baseline, settings.config_rev)
        return read_baseline(gate.baseline)
    if configuration.baseline is None or configuration.source is None or gate.write_baseline:
        return None
    return read_configured_baseline(configuration.baseline, configuration.source)


def _rooted(plan: Plan, settings: Settings, baseline: Path) -> Plan:
    """Let paths be relative to the baseline's folder where no repository or dandiset holds them."""
    folder = os.path.abspath(baseline.parent)  # noqa: PTH100 - resolve() would follow links
    return (
        replace(plan, root=folder)
        if find_root(settings.local_paths, Path(folder)) == folder
        else plan
    )
