"""Send one file of a plan: its bytes, and then the asset that they are."""

from __future__ import annotations

import threading
from collections.abc import Callable

from posecheck.archive.errors import AccessError, ArchiveError, StoppedError
from posecheck.model.errors import PosecheckError
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.digest_queue import DigestQueue
from posecheck.upload.collect.digests import kept_from_writers
from posecheck.upload.metadata import store_metadata, with_checksum
from posecheck.upload.outcomes import Outcome, TransferStatus
from posecheck.upload.plan.files import Digests
from posecheck.upload.send.assets import AssetWriter
from posecheck.upload.send.blobs import Content, SentBlobs, content_of
from posecheck.upload.send.early_sender import EarlySender
from posecheck.upload.send.parts import ByteCounter
from posecheck.upload.send.tasks import Task
from posecheck.upload.send.transfer import Transfer
from posecheck.upload.send.zarrs import ZarrSender
from posecheck.validators.asset_metadata import describe_asset


class TaskSender:
    """Sends the files of tasks, from any thread; identical bytes once.

    Parameters
    ----------
    assets
        Makes assets of what was sent.
    transfer
        Sends the bytes of a file.
    zarrs
        Sends Zarr stores.
    checksums
        Computes those of the files.
    root
        The dandiset's folder.
    early_sender
        Has begun to send large files; ``None`` if nothing was sent early.
    stop
        Ends all sending when set.
    progress
        Receives how far it is.
    on_arrived
        Receives the outcome of each file that has arrived, at once and in the thread that sent it.

    Attributes
    ----------
    stopped_by
        Why all sending stopped, as a sentence.
    """

    def __init__(  # noqa: PLR0913 - what it works with, and for whom
        self,
        assets: AssetWriter,
        transfer: Transfer,
        zarrs: ZarrSender,
        checksums: DigestQueue,
        root: str,
        *,
        early_sender: EarlySender | None = None,
        stop: threading.Event,
        progress: ProgressListener,
        on_arrived: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self.stopped_by = ""
        self._assets = assets
        self._zarrs = zarrs
        self._send_bytes = transfer.send_bytes if early_sender is None else early_sender.send_bytes
        self._checksums = checksums
        self._root = root
        self._stop = stop
        self._progress = progress
        self._on_arrived = on_arrived
        self._blobs = SentBlobs()

    def send(self, task: Task, push: Callable[[Task], None]) -> Outcome | None:
        """Send a file; return ``None`` if it is tried again later.

        Parameters
        ----------
        task
            The file.
        push
            Receives the tasks that can go on: this one again, or others with the same bytes.
        """
        path = task.asset.path
        content: Content | None = None
        comes_again = False
        self._progress.begin_file(path, task.asset.local.size)
        try:
            digests = task.digests or self._checksums.of(task.asset.local)
            task.digests = digests
            claim = self._blobs.claim(content_of(task.asset.local, digests), task)
            if not claim.blob and not claim.may_send:
                return None
            content = content_of(task.asset.local, digests)
            return self._send(task, digests, content, claim.blob)
        except StoppedError:
            return not_begun(path, task.digests)
        except AccessError as error:
            self.stopped_by = self.stopped_by or str(error)
            self._stop.set()
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=str(error), digests=task.digests
            )
        except PosecheckError as error:
            if isinstance(error, ArchiveError) and error.is_temporary and not task.is_second_turn:
                task.is_second_turn = True
                comes_again = True
                return None
            reason = str(error) if path in str(error) else f"{path}: {error}"
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=reason, digests=task.digests
            )
        except Exception as error:  # noqa: BLE001 - other files must not wait for a failed one
            reason = f"{path}: posecheck failed while it sent it: {type(error).__name__}: {error}"
            return Outcome(
                path=path, status=TransferStatus.FAILED, reason=reason, digests=task.digests
            )
        finally:
            if content is not None:
                for waiting in self._blobs.release(content):
                    push(waiting)
            self._progress.end_file(path)
            if comes_again:
                push(task)

    def _send(self, task: Task, digests: Digests, content: Content, blob: str) -> Outcome:
        asset = task.asset
        if asset.local.is_store:
            return self._send_store(task, digests)
        has_sent = threading.Event()
        if not blob:
            with kept_from_writers(asset.local):
                blob = self._send_bytes(
                    asset.local,
                    digests,
                    lambda count: self._progress.advance_file(asset.path, count),
                    on_start=has_sent.set,
                )
            self._blobs.add(content, blob)
        if not has_sent.is_set():
            self._progress.advance_file(asset.path, asset.local.size)
        metadata = task.metadata or describe_asset(asset.local.location, self._root)
        asset_id = self._assets.assign(asset, blob, with_checksum(metadata, digests))
        outcome = Outcome(
            path=asset.path,
            status=TransferStatus.SENT if has_sent.is_set() else TransferStatus.ASSIGNED,
            asset_id=asset_id,
            blob=blob,
            digests=digests,
        )
        self._on_arrived(outcome)
        return outcome

    def _send_store(self, task: Task, digests: Digests) -> Outcome:
        asset = task.asset
        has_sent = threading.Event()
        metadata = task.metadata or describe_asset(asset.local.location, self._root)
        sent_bytes = ByteCounter(lambda count: self._progress.advance_file(asset.path, count))
        try:
            asset_id, zarr = self._zarrs.send(
                asset,
                digests,
                store_metadata(metadata, asset.local),
                sent_bytes.count,
                on_start=has_sent.set,
            )
        except BaseException:
            sent_bytes.undo()
            raise
        outcome = Outcome(
            path=asset.path,
            status=TransferStatus.SENT if has_sent.is_set() else TransferStatus.ASSIGNED,
            asset_id=asset_id,
            zarr=zarr,
            digests=digests,
        )
        self._on_arrived(outcome)
        return outcome


def not_begun(path: str, digests: Digests | None = None) -> Outcome:
    """Return the outcome of a file that was not sent."""
    reason = f"{path} was not sent before the upload ended"
    return Outcome(path=path, status=TransferStatus.NOT_BEGUN, reason=reason, digests=digests)
