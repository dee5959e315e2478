"""From a plan to what arrived: describe, send, verify, and report also when interrupted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from posecheck.engine.pool import Pool
from posecheck.upload.archive import Archive, open_archive, quiet_dandi
from posecheck.upload.connection import Patience
from posecheck.upload.digests import digest_watched
from posecheck.upload.failures import ArchiveError
from posecheck.upload.gathering import in_bids
from posecheck.upload.metadata import NotExtracted, extract_all
from posecheck.upload.outcomes import Fate, Outcome, UploadInterrupted, UploadReport
from posecheck.upload.plan.holding import find_shortcomings
from posecheck.upload.plan.values import Refusal, RemoteAsset, UploadPlan
from posecheck.upload.sending import Sender
from posecheck.upload.settings import (
    DEFAULT_FILES,
    DEFAULT_PARTS,
    DEFAULT_RETRIES,
    Waiting,
)
from posecheck.upload.transfer import Transfer
from posecheck.upload.verifying import Evidence, verify
from posecheck.upload.watching import Phase, Watcher


def upload(  # noqa: PLR0913 - an argument for each choice that the command line offers
    plan: UploadPlan,
    *,
    files: int = DEFAULT_FILES,
    parts: int = DEFAULT_PARTS,
    waiting: Waiting | None = None,
    retries: int = DEFAULT_RETRIES,
    watcher: Watcher | None = None,
    ask_token: Callable[[str], str] | None = None,
) -> UploadReport:
    """Do what a plan says, and verify it.

    Parameters
    ----------
    plan
        The plan. If it is stopped by a refusal, nothing is sent.
    files, parts
        How many files are sent at a time, and how many parts of each.
    waiting
        What to wait for afterwards.
    retries
        How often a request is sent again.
    watcher
        Looks on.
    ask_token
        As for `plan_upload`.

    Returns
    -------
    UploadReport
        What became of it; what failed of single files is in there.

    Raises
    ------
    UploadInterrupted
        If the user interrupts it, with the report of what was done.
    UsageError
        If the archive cannot be logged into.
    ArchiveError
        If it does not answer at all.
    """
    run = _Run(plan, watcher or Watcher(), retries, waiting or Waiting(), ask_token)
    with quiet_dandi():
        return run.send(files, parts)


def verify_upload(
    plan: UploadPlan,
    *,
    waiting: Waiting | None = None,
    retries: int = DEFAULT_RETRIES,
    watcher: Watcher | None = None,
    ask_token: Callable[[str], str] | None = None,
) -> UploadReport:
    """Hold what the archive listed when the plan was made against the disk, and send nothing.

    Parameters
    ----------
    plan, retries, watcher, ask_token
        As for `upload`.
    waiting
        What to wait for; then the archive is asked again.

    Raises
    ------
    ArchiveError
        If the archive is asked and does not answer.
    """
    wanted = waiting or Waiting()
    if wanted.checksum or wanted.validation:
        run = _Run(plan, watcher or Watcher(), retries, wanted, ask_token)
        with quiet_dandi():
            return run.only_verify()
    digests = {asset.path: asset.digests for asset in plan.assets if asset.digests is not None}
    remote = {asset.path: asset.remote for asset in plan.assets if asset.remote is not None}
    return UploadReport(
        plan=plan,
        verified=True,
        digests=digests,
        remote=remote,
        shortcomings=tuple(find_shortcomings(plan, remote, digests)),
    )


class _Run:
    """One upload: what is known so far, so that an interruption can report it."""

    def __init__(
        self,
        plan: UploadPlan,
        watcher: Watcher,
        retries: int,
        waiting: Waiting,
        ask_token: Callable[[str], str] | None,
    ) -> None:
        self._plan = plan
        self._watcher = watcher
        self._stop = threading.Event()
        self._patience = Patience(retries, self._stop)
        self._waiting = waiting
        self._ask_token = ask_token
        self._began = datetime.now(UTC)
        self._clock = time.monotonic()
        self._digests = {
            asset.path: asset.digests for asset in plan.assets if asset.digests is not None
        }
        self._outcomes: tuple[Outcome, ...] = ()
        self._stopped_by = ""

    def only_verify(self) -> UploadReport:
        try:
            archive = self._open(needs_token=False)
            return self._report(self._verify(archive))
        except KeyboardInterrupt as interrupt:
            raise UploadInterrupted(self._report(None, interrupted=True)) from interrupt
        finally:
            self._stop.set()
            self._watcher.end()

    def send(self, files: int, parts: int) -> UploadReport:
        try:
            if not self._plan.to_send:
                archive = self._open(needs_token=False)
                return self._report(self._verify(archive))
            archive = self._open(needs_token=True)
            metadata = self._describe()
            if self._plan.is_stopped or not self._plan.to_send:
                return self._report(None)
            self._watcher.begin(Phase.SENDING, self._plan.bytes_to_send, in_bytes=True)
            sender = Sender(
                Transfer(archive, self._plan.destination.dandiset, parts=parts),
                self._plan,
                self._digests,
                metadata,
                files=files,
                stop=self._stop,
                watcher=self._watcher,
            )
            sent = sender.run()
            self._outcomes, self._stopped_by = sent.outcomes, sent.stopped_by
            self._digests |= {
                outcome.path: outcome.digests
                for outcome in sent.outcomes
                if outcome.digests is not None
            }
            if sent.interruption is not None:
                raise sent.interruption
            return self._report(None if self._stopped_by else self._verify(archive))
        except KeyboardInterrupt as interrupt:
            raise UploadInterrupted(self._report(None, interrupted=True)) from interrupt
        finally:
            self._stop.set()
            self._watcher.end()

    def _open(self, *, needs_token: bool) -> Archive:
        return open_archive(
            self._plan.destination.asked,
            self._patience,
            needs_token=needs_token,
            ask_token=self._ask_token,
        )

    def _describe(self) -> dict[str, Mapping[str, Any]]:
        """Compute the NWB files' checksums and extract their metadata, before anything goes."""
        root = Path(self._plan.root)
        # Of other files the metadata is their name and size, but in BIDS, where dandi reads more.
        recordings = [
            asset.local
            for asset in self._plan.to_send
            if asset.local.is_nwb or in_bids(root, asset.path.split("/"))
        ]
        unread = [file for file in recordings if file.path not in self._digests]
        self._digests |= digest_watched(unread, self._stop, self._watcher)
        self._watcher.begin(Phase.DESCRIBING, len(recordings))
        metadata: dict[str, Mapping[str, Any]] = {}
        refusals = []
        shown = {recording.path: recording.shown for recording in self._plan.recordings}
        with Pool(other_validators=True) as pool:
            todo = [(file, self._digests[file.path]) for file in recordings]
            for path, found in extract_all(todo, self._plan.root, pool):
                if isinstance(found, NotExtracted):
                    refusals.append(
                        Refusal(
                            path=path,
                            shown=shown.get(path, path),
                            reason=f"dandi extracts no metadata from it: {found.reason}",
                            remedy="Look at it with `dandi validate`; `dandi upload` fails alike.",
                        )
                    )
                else:
                    metadata[path] = found
                self._watcher.advance(1)
        self._plan = replace(self._plan, refusals=(*self._plan.refusals, *refusals))
        return metadata

    def _verify(self, archive: Archive) -> Evidence:
        waits = self._waiting.checksum or self._waiting.validation
        self._watcher.begin(Phase.WAITING if waits else Phase.VERIFYING)
        try:
            return verify(archive, self._plan, self._digests, self._waiting)
        except ArchiveError as error:
            return Evidence(
                is_whole=False, unanswered=[f"what arrived could not be verified: {error}"]
            )

    def _report(self, evidence: Evidence | None, *, interrupted: bool = False) -> UploadReport:
        found: dict[str, RemoteAsset] = evidence.listing if evidence is not None else {}
        outcomes = self._outcomes or tuple(
            Outcome(
                path=asset.path,
                fate=Fate.NOT_BEGUN,
                reason=f"{asset.path} was not sent before the upload ended",
            )
            for asset in self._plan.to_send
        )
        held = {asset.path for asset in self._plan.held}
        return UploadReport(
            plan=self._plan,
            outcomes=outcomes,
            verified=evidence is not None and evidence.is_whole,
            shortcomings=evidence.shortcomings if evidence is not None else (),
            verdicts=tuple(evidence.verdicts) if evidence is not None else (),
            remarks=tuple(evidence.remarks) if evidence is not None else (),
            unanswered=tuple(evidence.unanswered) if evidence is not None else (),
            stopped_by=self._stopped_by,
            interrupted=interrupted,
            digests=dict(self._digests),
            remote={path: asset for path, asset in found.items() if path in held},
            began=self._began,
            seconds=time.monotonic() - self._clock,
        )
