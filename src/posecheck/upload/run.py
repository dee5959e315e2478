"""From a plan to what arrived: send, verify, and report also when interrupted.

Who waits for whom, from the first moment on:

- the gate waits for the listing, and whoever sends waits for the gate;
- checksums are computed in threads, of what may be sent from the first look at the folders on: a
  file that is sent waits for its own;
- metadata is extracted in the gate's workers before any asset is made, since a recording of which
  dandi makes none must not be sent in part;
- the bytes of large files may go ahead while recordings are checked: they belong to no path until
  their recording has passed;
- verifying waits for all that.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.login import silence_dandi_log
from posecheck.archive.resources import RemoteAsset
from posecheck.model.progress import ProgressListener
from posecheck.upload.deletion import delete_gone
from posecheck.upload.describing import described_files
from posecheck.upload.metadata import extract_aside
from posecheck.upload.outcomes import Fate, Outcome, UploadInterrupted, UploadReport
from posecheck.upload.plan.discrepancies import find_shortcomings
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.send.journal import Journal
from posecheck.upload.send.sender import Sender
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.session import Phase, Workshop
from posecheck.upload.settings import (
    DEFAULT_FILES,
    DEFAULT_PARTS,
    DEFAULT_RETRIES,
    Waiting,
)
from posecheck.upload.verification import Evidence, asset_rules, verify


def upload(  # noqa: PLR0913 - an argument for each choice that the command line offers
    plan: UploadPlan,
    *,
    files: int = DEFAULT_FILES,
    parts: int = DEFAULT_PARTS,
    waiting: Waiting | None = None,
    retries: int = DEFAULT_RETRIES,
    watcher: ProgressListener | None = None,
    ask_token: Callable[[str], str] | None = None,
    workshop: Workshop | None = None,
    on_arrived: Callable[[Outcome], None] = lambda _: None,
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
    workshop
        That in which the plan was made, for one upload; by default this has one of its own.
    on_arrived
        Receives the outcome of each file that has arrived, at once and in the thread that sent it.

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
    wanted = waiting or Waiting()
    with _at_work(workshop, reads=bool(plan.to_send)) as shop:
        run = _Run(plan, watcher or ProgressListener(), retries, wanted, ask_token, shop)
        return run.send(files, parts, on_arrived)


def verify_upload(  # noqa: PLR0913 - an argument for each choice that the command line offers
    plan: UploadPlan,
    *,
    waiting: Waiting | None = None,
    retries: int = DEFAULT_RETRIES,
    watcher: ProgressListener | None = None,
    ask_token: Callable[[str], str] | None = None,
    workshop: Workshop | None = None,
) -> UploadReport:
    """Hold what the archive listed when the plan was made against the disk, and send nothing.

    Parameters
    ----------
    plan, retries, watcher, ask_token, workshop
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
        with _at_work(workshop, reads=False) as shop:
            run = _Run(plan, watcher or ProgressListener(), retries, wanted, ask_token, shop)
            return run.only_verify()
    digests = {asset.path: asset.digests for asset in plan.assets if asset.digests is not None}
    remote = {asset.path: asset.remote for asset in plan.assets if asset.remote is not None}
    remote |= {asset.path: asset for asset in plan.archived}
    return UploadReport(
        plan=plan,
        verified=True,
        digests=digests,
        remote=remote,
        shortcomings=tuple(find_shortcomings(plan, remote, digests, asset_rules())),
    )


@contextlib.contextmanager
def _at_work(workshop: Workshop | None, *, reads: bool) -> Iterator[Workshop]:
    with silence_dandi_log(), contextlib.ExitStack() as stack:
        yield workshop or stack.enter_context(Workshop(reads=reads))


class _Run:
    """One upload: what is known so far, so that an interruption can report it."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with, and for whom
        self,
        plan: UploadPlan,
        watcher: ProgressListener,
        retries: int,
        waiting: Waiting,
        ask_token: Callable[[str], str] | None,
        shop: Workshop,
    ) -> None:
        self._plan = plan
        self._watcher = watcher
        self._retries = retries
        self._shop = shop
        self._waiting = waiting
        self._ask_token = ask_token
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
            self._shop.stop.set()
            self._watcher.end()

    def send(self, files: int, parts: int, on_arrived: Callable[[Outcome], None]) -> UploadReport:
        try:
            if not self._plan.to_send:
                archive = self._open(needs_token=bool(self._plan.to_delete))
                return self._report(self._delete_gone(archive, self._verify(archive)))
            archive = self._open(needs_token=True)
            self._shop.checksums.begin_no_more()
            if self._shop.ahead is not None:
                self._shop.ahead.begin_no_more()
                self._clock = self._shop.ahead.began
            self._watcher.begin(Phase.SENDING, self._plan.bytes_to_send, in_bytes=True)
            recordings = described_files(self._plan)
            self._journal = self._shop.journal(archive, self._plan.destination.identifier)
            sender = Sender(
                Transfer(
                    archive,
                    self._plan.destination.identifier,
                    parts=parts,
                    journal=self._journal,
                ),
                self._plan,
                self._shop.checksums,
                {file.path for file in recordings},
                ahead=self._shop.ahead,
                files=files,
                stop=self._shop.stop,
                watcher=self._watcher,
                on_arrived=on_arrived,
            )
            known = self._plan.metadata
            for path, metadata in known.items():
                sender.take_metadata(path, dict(metadata))
            left = [file for file in recordings if file.path not in known]
            extract_aside(left, self._plan.root, self._shop.pool, sender.take_metadata)
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
            self._shop.stop.set()
            self._watcher.end()

    def _open(self, *, needs_token: bool) -> ArchiveClient:
        return self._shop.archive(
            self._plan.destination.requested_instance,
            retries=self._retries,
            needs_token=needs_token,
            ask_token=self._ask_token,
            tell=self._watcher.message,
        )

    def _verify(self, archive: ArchiveClient) -> Evidence:
        waits = self._waiting.checksum or self._waiting.validation
        self._watcher.begin(Phase.WAITING if waits else Phase.VERIFYING)
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
        is_there = evidence.is_whole and not evidence.shortcomings
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
            deleted=self._deleted,
            left_open=self._journal.left_open if self._journal is not None else 0,
            digests=dict(self._digests),
            remote={path: asset for path, asset in found.items() if path in held},
            began=self._began,
            seconds=time.monotonic() - self._clock,
        )
