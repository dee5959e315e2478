"""Plan an upload: collect files, resolve references, compare with the archive, validate."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from posecheck.archive.access import write_refusal
from posecheck.archive.client import ArchiveClient
from posecheck.archive.dandisets import check_accepts_files, look_up_dandiset
from posecheck.archive.errors import AccessError
from posecheck.archive.login import silence_dandi_log
from posecheck.config.schema import Configuration
from posecheck.engine.settings import Settings
from posecheck.model.errors import Argument, UsageError
from posecheck.model.progress import Phase
from posecheck.upload.collect.candidates import Candidates, collect_candidates
from posecheck.upload.collect.local_dandiset import check_archive, open_dandiset
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.plan_assembly import assemble_plan
from posecheck.upload.plan_metadata import add_metadata
from posecheck.upload.preflight import (
    allowed_codes,
    describe_configuration,
    open_configuration,
    validate_recordings,
)
from posecheck.upload.send.early_sender import EarlySender
from posecheck.upload.session import UploadSession
from posecheck.upload.settings import UploadSettings
from posecheck.validators.registry import engine_names


def plan_upload(settings: UploadSettings, session: UploadSession) -> UploadPlan:
    """Find out what an upload would send, and what must not be sent.

    Parameters
    ----------
    settings
        What to upload.
    session
        The session in which the plan will be carried out. If it prefetches, the checksums of what
        may be sent are computed while recordings are read and checked.

    Raises
    ------
    UsageError
        If it cannot be done: no token, no such dandiset, nothing to upload.
    ArchiveError
        If the archive does not answer.
    InternalError
        If posecheck fails.
    """
    progress = session.progress
    allowed = _allowed(settings)
    dandiset = open_dandiset(settings.dandiset, settings.paths)
    instance = settings.requested_instance
    check_archive(dandiset, instance)
    checks = _checks(settings)
    configuration = open_configuration(checks)
    with contextlib.ExitStack() as stack:
        stack.callback(progress.end)
        stack.enter_context(silence_dandi_log())
        prefetches = session.settings.prefetches and not settings.only_verify
        progress.begin(Phase.CONNECTING)
        archive = session.archive(instance, needs_token=settings.needs_token)
        destination = look_up_dandiset(archive, dandiset.identifier)
        check_accepts_files(destination)
        refusal = _write_refusal(settings, archive, dandiset.identifier)
        progress.begin(Phase.READING)
        candidates = collect_candidates(
            dandiset,
            settings.paths,
            session.pool,
            linked_from=settings.linked_from,
            progress=progress,
            on_prefetch=session.digests.begin if prefetches else None,
        )
        plan = assemble_plan(settings, dandiset, archive, destination, candidates, allowed, session)
        if settings.only_verify:
            return plan
        if refusal:
            plan = replace(plan, notes=(refusal, *plan.notes))
        if prefetches:
            needed = [asset.local for asset in plan.to_send]
            session.digests.keep(needed)
            session.digests.begin(needed)
            if not destination.embargoed:  # an unfinished upload would block its release
                session.send_early(archive, dandiset.identifier, needed)
        configured = describe_configuration(configuration, dandiset.root)
        if configured is not None:
            plan = replace(plan, configuration=configured, notes=(*plan.notes, configured.note))
        engines = configuration.engines or engine_names()
        checks = replace(checks, engines=engines)
        plan, extracted = _validate(checks, configuration, plan, candidates, allowed, session)
        plan = add_metadata(plan, session.pool, progress, extracted)
        if session.early_sender is None:
            return plan
        return _without_refused(plan, session.early_sender)


def _without_refused(plan: UploadPlan, early_sender: EarlySender) -> UploadPlan:
    """Stop sending what the checks refused, and note which files had bytes sent."""
    sent = early_sender.keep(asset.path for asset in plan.to_send)
    if not sent:
        return plan
    note = (
        f"some bytes of {' and '.join(sent)} were sent to the archive before the check was over; "
        "no file of the dandiset holds them, and they are not visible."
    )
    return replace(plan, notes=(*plan.notes, note))


def _allowed(settings: UploadSettings) -> frozenset[str]:
    if settings.allow and not settings.because.strip():
        raise UsageError(
            Argument("allow"),
            " needs ",
            Argument("because"),
            ": the receipt keeps why an error was no reason to stop",
        )
    if settings.because and not settings.allow:
        raise UsageError(
            Argument("because"),
            " says why ",
            Argument("allow"),
            " was given, and ",
            Argument("allow"),
            " was not",
        )
    return allowed_codes(settings.allow)


def _write_refusal(settings: UploadSettings, archive: ArchiveClient, dandiset: str) -> str:
    """Return why nothing can be sent, as a note in a plan that is only looked at.

    Raises
    ------
    AccessError
        If the plan is to be carried out.
    """
    if settings.only_verify or not archive.has_token:
        return ""
    reason = write_refusal(archive, dandiset)
    if reason and settings.needs_token:
        raise AccessError(reason, status=403)
    return reason


def _checks(settings: UploadSettings) -> Settings:
    """Return how recordings are checked; a configuration counts only if the user named it."""
    return Settings(
        config=settings.config,
        isolated=settings.isolated or settings.config is None,
        linked_from=tuple(Path(os.path.realpath(folder)) for folder in settings.linked_from),
        remember=settings.remember,
    )


def _validate(  # noqa: PLR0913, PLR0917 - what is checked, and what comes of it
    checks: Settings,
    configuration: Configuration,
    plan: UploadPlan,
    candidates: Candidates,
    allowed: frozenset[str],
    session: UploadSession,
) -> tuple[UploadPlan, Mapping[str, Mapping[str, Any]]]:
    """Validate the recordings of which anything would be sent; return their metadata, too."""
    sent = {asset.path for asset in plan.held if asset.is_sent}
    going = {
        recording.display_path: recording.path
        for recording in plan.going
        if any(path in sent for path in recording.paths)
    }
    if not going:
        return plan, {}
    # Rules about a whole dandiset are evaluated only if all of it is named.
    all_go = len(going) == len(candidates.found)
    paths = tuple(candidates.searched) if all_go else tuple(going)
    result = validate_recordings(
        replace(checks, paths=paths),
        configuration,
        going,
        allowed,
        archived=_archived_locations(plan),
        progress=session.progress,
        pool=session.pool,
    )
    refusals = (*plan.refusals, *result.refusals)
    return replace(plan, refusals=refusals, allowed=result.allowed), result.asset_metadata


def _archived_locations(plan: UploadPlan) -> dict[str, frozenset[str]]:
    """Return the objects whose references lead to files that only the archive holds."""
    return {
        recording.path: frozenset(pointer.location for pointer in recording.archived)
        - frozenset(pointer.location for pointer in recording.left_out)
        for recording in plan.going
        if recording.archived
    }
