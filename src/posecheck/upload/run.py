"""Carry out a plan: send, verify, and report, also when interrupted.

What waits for what:

- sending waits for the validation, and the validation for the archive's listing;
- checksums are computed in threads from the first look at the folders on; each file that is sent
  waits for its own;
- metadata is extracted in the workers that validate, before any asset is made: a recording of which
  dandi makes no metadata must not be sent in part;
- the bytes of large files may be sent while recordings are checked: they belong to no path until
  their recording has passed;
- verifying waits for all of this.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.login import silence_dandi_log
from posecheck.archive.resources import RemoteAsset
from posecheck.model.progress import Phase
from posecheck.upload.deletion import delete_gone
from posecheck.upload.metadata import extract_aside
from posecheck.upload.outcomes import Outcome, TransferStatus, UploadInterrupted, UploadReport
from posecheck.upload.plan.discrepancies import find_discrepancies
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.plan_metadata import files_with_metadata
from posecheck.upload.send.assets import AssetWriter
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.sender import Sender
from posecheck.upload.send.task_sender import TaskSender
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.send.zarrs import ZarrSender
from posecheck.upload.session import UploadSession
from posecheck.upload.settings import (
    DEFAULT_FILES,
    DEFAULT_PARTS,
    Waiting,
)
from posecheck.upload.verification import Evidence, asset_rules, verify


def upload(  # noqa: PLR0913 - what to send, and how
    plan: UploadPlan,
    session: UploadSession,
    *,
    files: int = DEFAULT_FILES,
    parts: int = DEFAULT_PARTS,
    waiting: Waiting | None = None,
    on_arrived: Callable[[Outcome], None] = lambda _: None,
) -> UploadReport:
    """Do what a plan says, and verify it.

    Parameters
    ----------
    plan
        The plan. If it is stopped by a refusal, nothing is sent.
    session
        The session in which the plan was made, or a new one; it serves one upload.
    files, parts
        How many files are sent at a time, and how many parts of each.
    waiting
        What to wait for afterwards.
    on_arrived
        Receives the outcome of each file that has arrived, at once and in the thread that sent it.

    Returns
    -------
    UploadReport
        What became of it, with the failures of single files.

    Raises
    ------
    UploadInterrupted
        If the user interrupts it, with the report of what was done.
    UsageError
        If the archive cannot be logged into.
    ArchiveError
        If it does not answer at all.
    """
    with silence_dandi_log():
        return _Run(plan, session, waiting or Waiting()).send(files, parts, on_arrived)


def verify_upload(
    plan: UploadPlan, session: UploadSession | None = None, *, waiting: Waiting | None = None
) -> UploadReport:
    """Compare the archive's listing of when the plan was made with the disk, and send nothing.

    Parameters
    ----------
    plan
        The plan.
    session
        As for `upload`; needed only to wait.
    waiting
        What to wait for; then the archive is requested again.

    Raises
    ------
    ArchiveError
        If the archive does not answer.
    """
    if session is not None and waiting is not None and waiting.is_needed:
        with silence_dandi_log():
            return _Run(plan, session, waiting).only_verify()
    digests = {asset.path: asset.digests for asset in plan.assets if asset.digests is not None}
    remote = {asset.path: asset.remote for asset in plan.assets if asset.remote is not None}
    remote |= {asset.path: asset for asset in plan.archived}
    return UploadReport(
        plan=plan,
        verified=True,
        digests=digests,
        remote=remote,
        discrepancies=tuple(find_discrepancies(plan, remote, digests, asset_rules())),
    )


class _Run:
    """One upload: what is known so far, so that an interruption can report it."""

    def __init__(self, plan: UploadPlan, session: UploadSession, waiting: Waiting) -> None:
        self._plan = plan
        self._session = session
        self._progress = session.progress
        self._waiting = waiting
        self._began = datetime.now(UTC)
        self._clock = time.monotonic()
        self._digests = {
            asset.path: asset.digests for asset in plan.assets if asset.digests is not None
        }
        self._sends = True
        self._journal: Journal | None = None
        self._outcomes: tuple[Outcome, ...] = ()
        self._stopped_by = ""
        self._deleted: tuple[str, ...] = ()

    def only_verify(self) -> UploadReport:
        self._sends = False
        try:
            archive = self._open(needs_token=False)
            return self._report(self._verify(archive))
        except KeyboardInterrupt as interrupt:
            raise UploadInterrupted(self._report(None, interrupted=True)) from interrupt
        finally:
            self._session.stop.set()
            self._progress.end()

    def send(self, files: int, parts: int, on_arrived: Callable[[Outcome], None]) -> UploadReport:
        try:
            if not self._plan.to_send:
                archive = self._open(needs_token=bool(self._plan.to_delete))
                return self._report(self._delete_gone(archive, self._verify(archive)))
            archive = self._open(needs_token=True)
            self._session.digests.begin_no_more()
            if self._session.early_sender is not None:
                self._session.early_sender.begin_no_more()
                self._clock = self._session.early_sender.began
            self._progress.begin(Phase.SENDING, self._plan.bytes_to_send, in_bytes=True)
            recordings = files_with_metadata(self._plan)
            self._journal = self._session.journal(archive, self._plan.destination.identifier)
            sender = Sender(
                self._task_sender(archive, self._journal, parts, on_arrived),
                self._plan,
                {file.path for file in recordings},
                files=files,
                stop=self._session.stop,
            )
            known = self._plan.metadata
            for path, metadata in known.items():
                sender.set_metadata(path, dict(metadata))
            left = [file for file in recordings if file.path not in known]
            extract_aside(left, self._plan.root, self._session.pool, sender.set_metadata)
            sent = sender.run()
            self._outcomes, self._stopped_by = sent.outcomes, sent.stopped_by
            self._digests |= {
                outcome.path: outcome.digests
                for outcome in sent.outcomes
                if outcome.digests is not None
            }
            if sent.interruption is not None:
                raise sent.interruption
            if self._stopped_by:
                return self._report(None)
            return self._report(self._delete_gone(archive, self._verify(archive)))
        except KeyboardInterrupt as interrupt:
            raise UploadInterrupted(self._report(None, interrupted=True)) from interrupt
        finally:
            self._session.stop.set()
            self._progress.end()

    def _task_sender(
        self,
        archive: ArchiveClient,
        journal: Journal,
        parts: int,
        on_arrived: Callable[[Outcome], None],
    ) -> TaskSender:
        dandiset = self._plan.destination.identifier
        return TaskSender(
            AssetWriter(archive, dandiset),
            Transfer(archive, dandiset, parts=parts, journal=journal),
            ZarrSender(archive, dandiset, files=parts),
            self._session.digests,
            self._plan.root,
            early_sender=self._session.early_sender,
            stop=self._session.stop,
            progress=self._progress,
            on_arrived=on_arrived,
        )

    def _open(self, *, needs_token: bool) -> ArchiveClient:
        instance = self._plan.destination.requested_instance
        return self._session.archive(instance, needs_token=needs_token)

    def _verify(self, archive: ArchiveClient) -> Evidence:
        self._progress.begin(Phase.WAITING if self._waiting.is_needed else Phase.VERIFYING)
        try:
            return verify(archive, self._plan, self._digests, self._waiting)
        except AccessError as error:
            self._stopped_by = str(error)
            return Evidence(is_whole=False)
        except ArchiveError as error:
            return Evidence(
                is_whole=False, unanswered=[f"what arrived could not be verified: {error}"]
            )

    def _delete_gone(self, archive: ArchiveClient, evidence: Evidence) -> Evidence:
        """Delete what is not on this disk, if that is wanted and everything else has arrived."""
        if not self._plan.to_delete:
            return evidence
        is_there = evidence.is_whole and not evidence.discrepancies
        if is_there and all(outcome.arrived for outcome in self._outcomes):
            self._deleted, problem = delete_gone(archive, self._plan)
        else:
            problem = "nothing was deleted on the archive, because not everything has arrived"
        if problem:
            evidence.unanswered.append(problem)
        return evidence

    def _report(self, evidence: Evidence | None, *, interrupted: bool = False) -> UploadReport:
        found: dict[str, RemoteAsset] = evidence.listing if evidence is not None else {}
        outcomes = self._outcomes
        if self._sends and not outcomes:
            outcomes = tuple(
                Outcome(
                    path=asset.path,
                    status=TransferStatus.NOT_BEGUN,
                    reason=f"{asset.path} was not sent before the upload ended",
                )
                for asset in self._plan.to_send
            )
        held = {asset.path for asset in self._plan.held}
        return UploadReport(
            plan=self._plan,
            outcomes=outcomes,
            verified=evidence is not None and evidence.is_whole,
            discrepancies=evidence.discrepancies if evidence is not None else (),
            archive_errors=tuple(evidence.archive_errors) if evidence is not None else (),
            dandiset_errors=tuple(evidence.dandiset_errors) if evidence is not None else (),
            unanswered=tuple(evidence.unanswered) if evidence is not None else (),
            stopped_by=self._stopped_by,
            interrupted=interrupted,
            deleted=self._deleted,
            left_open=self._journal.left_open if self._journal is not None else 0,
            digests=dict(self._digests),
            remote={path: asset for path, asset in found.items() if path in held},
            began=self._began,
            seconds=time.monotonic() - self._clock,
        )
