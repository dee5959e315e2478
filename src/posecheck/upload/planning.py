"""From the paths that a user names to a plan: gather, close, compare, and pass the gate."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from posecheck.archive.access import write_refusal
from posecheck.archive.client import ArchiveClient
from posecheck.archive.dandisets import check_accepts_files, look_up_dandiset
from posecheck.archive.errors import AccessError
from posecheck.archive.login import silence_dandi_log
from posecheck.engine.settings import Settings
from posecheck.model.errors import Argument, UsageError
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.candidates import Gathering, gather
from posecheck.upload.collect.local_dandiset import check_archive, open_dandiset
from posecheck.upload.describing import describe_recordings
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.plan_assembly import match
from posecheck.upload.preflight import (
    allowed_codes,
    check,
    describe_configuration,
    open_configuration,
)
from posecheck.upload.send.early_sender import SendingAhead
from posecheck.upload.session import Phase, Workshop
from posecheck.upload.settings import UploadSettings
from posecheck.validators.registry import engine_names


def plan_upload(
    settings: UploadSettings,
    *,
    watcher: ProgressListener | None = None,
    ask_token: Callable[[str], str] | None = None,
    workshop: Workshop | None = None,
) -> UploadPlan:
    """Find out what an upload would send, and what must not be sent.

    Parameters
    ----------
    settings
        What was asked for.
    watcher
        Looks on.
    ask_token
        Asks the user for a token, given the archive's name; ``None`` if there is nobody to ask.
    workshop
        That in which the plan will be carried out. What that needs is begun here: the checksums of
        what may be sent are computed while recordings are read and checked.

    Raises
    ------
    UsageError
        If it cannot be done: no token, no such dandiset, nothing to upload.
    ArchiveError
        If the archive does not answer.
    InternalError
        If posecheck fails.
    """
    watcher = watcher or ProgressListener()
    allowed = _allowed(settings)
    dandiset = open_dandiset(settings.dandiset, settings.paths)
    asked = settings.instance or os.environ.get("DANDI_INSTANCE") or "dandi"
    check_archive(dandiset, asked)
    checks = _checks(settings)
    configuration = open_configuration(checks)
    with contextlib.ExitStack() as stack:
        stack.callback(watcher.end)
        stack.enter_context(silence_dandi_log())
        reads = not settings.only_verify
        shop = workshop or stack.enter_context(Workshop(reads=reads))
        watcher.begin(Phase.CONNECTING)
        archive = shop.archive(
            asked,
            retries=settings.retries,
            needs_token=settings.needs_token,
            ask_token=ask_token,
            tell=watcher.message,
        )
        destination = look_up_dandiset(archive, dandiset.identifier)
        check_accepts_files(destination)
        obstacle = _write_refusal(settings, archive, dandiset.identifier)
        watcher.begin(Phase.READING)
        gathering = gather(
            dandiset,
            settings.paths,
            shop.pool,
            linked_from=settings.linked_from,
            on_start=lambda total: watcher.begin(Phase.READING, total),
            on_file=watcher.advance,
            # Who gave the workshop is going to send: what that needs of the disk is had meanwhile.
            on_guess=shop.checksums.begin if workshop is not None and reads else None,
        )
        plan = match(settings, dandiset, archive, destination, gathering, allowed, watcher, shop)
        if settings.only_verify:
            return plan
        if obstacle:
            plan = replace(plan, notes=(obstacle, *plan.notes))
        if workshop is not None:
            needed = [asset.local for asset in plan.to_send]
            shop.checksums.keep(needed)
            shop.checksums.begin(needed)
            if not destination.embargoed:  # an upload that is left open would block its release
                shop.send_ahead(archive, dandiset.identifier, needed)
        configured = describe_configuration(configuration, dandiset.root)
        if configured is not None:
            plan = replace(plan, configured=configured, notes=(*plan.notes, configured.note))
        engines = configuration.engines or engine_names()
        checks = replace(checks, engines=engines)
        extracted: dict[str, Mapping[str, Any]] = {}
        plan = _through_the_gate(checks, plan, gathering, allowed, watcher, shop, extracted)
        plan = describe_recordings(plan, shop.pool, watcher, extracted)
        return plan if shop.ahead is None else _without_refused(plan, shop.ahead)


def _without_refused(plan: UploadPlan, ahead: SendingAhead) -> UploadPlan:
    """Send no more of what the gate has refused, and tell what went out of it."""
    gone = ahead.keep(asset.path for asset in plan.to_send)
    if not gone:
        return plan
    note = (
        f"some bytes of {' and '.join(gone)} had gone to the archive before the check was over; no "
        "file of the dandiset holds them, and nobody sees them."
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
    """Say why nothing can be sent; a plan that nobody may carry out can still be looked at.

    Raises
    ------
    AccessError
        If it is to be carried out.
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
    )


def _through_the_gate(  # noqa: PLR0913, PLR0917 - what is checked, and who looks on
    checks: Settings,
    plan: UploadPlan,
    gathering: Gathering,
    allowed: frozenset[str],
    watcher: ProgressListener,
    shop: Workshop,
    extracted: dict[str, Mapping[str, Any]],
) -> UploadPlan:
    """Validate the recordings of which anything would be sent, and collect their metadata."""
    sent = {asset.path for asset in plan.held if asset.is_sent}
    going = {
        recording.shown: recording.path
        for recording in plan.going
        if any(path in sent for path in recording.paths)
    }
    if not going:
        return plan
    # Rules over a whole dandiset speak only where all of it is named.
    all_go = len(going) == len(gathering.found)
    paths = tuple(gathering.searched) if all_go else tuple(going)
    seen = 0

    def progress(done: int, _total: int) -> None:
        nonlocal seen
        watcher.advance(done - seen)
        seen = done

    def keep(shown: str, metadata: Mapping[str, Any]) -> None:
        path = going.get(shown)
        if (
            path is not None and path == metadata["path"]
        ):  # else dandi sees another dandiset than the one named
            extracted[path] = metadata

    watcher.begin(Phase.CHECKING, len(going))
    verdict = check(
        replace(checks, paths=paths),
        going,
        allowed,
        archived=_archived_places(plan),
        on_progress=progress,
        on_asset_metadata=keep,
        pool=shop.pool,
    )
    return replace(
        plan, refusals=(*plan.refusals, *verdict.refusals), allowed=tuple(verdict.allowed)
    )


def _archived_places(plan: UploadPlan) -> dict[str, frozenset[str]]:
    """Return the objects whose references lead to what the archive alone holds, by recording."""
    return {
        recording.path: frozenset(pointer.location for pointer in recording.satisfied)
        - frozenset(pointer.location for pointer in recording.left_out)
        for recording in plan.going
        if recording.satisfied
    }
