"""What became of an upload, file by file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from posecheck.archive.resources import RemoteAsset
from posecheck.model.display import counted, one_line
from posecheck.upload.plan.discrepancies import Discrepancy
from posecheck.upload.plan.files import Digests
from posecheck.upload.plan.upload_plan import UploadPlan


class TransferStatus(StrEnum):
    """What became of one file that was to be sent.

    ``SENT``: its bytes went out. ``ASSIGNED``: the archive had them, and they have a path more.
    ``FAILED``: see the reason. ``NOT_BEGUN``: its turn did not come.
    """

    SENT = "sent"
    ASSIGNED = "assigned"
    FAILED = "failed"
    NOT_BEGUN = "not-begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    path
        Its path in the dandiset.
    asset_id, blob, zarr
        What the archive calls it and its bytes, which are a blob or a Zarr; empty if it did not
        arrive.
    digests
        Its checksums, if they were computed.
    reason
        Why it did not arrive, as a sentence.
    ended
        When that was known.
    """

    path: str
    status: TransferStatus
    asset_id: str = ""
    blob: str = ""
    zarr: str = ""
    digests: Digests | None = None
    reason: str = ""
    ended: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @property
    def arrived(self) -> bool:
        """Whether the archive took it."""
        return self.status in {TransferStatus.SENT, TransferStatus.ASSIGNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReport:
    """A finished, or interrupted, upload.

    Attributes
    ----------
    plan
        What was to be done.
    outcomes
        What became of each file that was to be sent, in the order of the plan.
    verified
        Whether the archive's listing was compared with the disk.
    discrepancies
        What the archive does not hold as it should.
    archive_errors
        Errors of the archive's own validation, by path, where they were waited for.
    unanswered
        Sentences: what was waited for in vain.
    dandiset_errors
        What the archive says of the dandiset itself.
    stopped_by
        Why no more was sent, if something stopped it, as a sentence.
    interrupted
        Whether the user stopped it.
    deleted
        The paths that were deleted on the archive, because they are not on this disk.
    left_open
        How many uploads of this user into the dandiset are begun and not finished.
    digests
        The checksums of the local files, by path, as far as they were computed.
    remote
        What the archive holds of the set, by path.
    began, seconds
        When, and how long it took.
    """

    plan: UploadPlan
    outcomes: tuple[Outcome, ...] = ()
    verified: bool = False
    discrepancies: tuple[Discrepancy, ...] = ()
    archive_errors: tuple[tuple[str, str], ...] = ()
    unanswered: tuple[str, ...] = ()
    dandiset_errors: tuple[str, ...] = ()
    stopped_by: str = ""
    interrupted: bool = False
    deleted: tuple[str, ...] = ()
    left_open: int = 0
    digests: dict[str, Digests] = field(default_factory=dict)
    remote: dict[str, RemoteAsset] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0

    def __repr__(self) -> str:
        arrived = sum(outcome.arrived for outcome in self.outcomes)
        return one_line(
            self,
            f"{arrived} of {counted(len(self.outcomes), 'file')} arrived",
            "verified" if self.verified else "not verified",
            "complete" if self.is_complete else "not complete",
        )

    @property
    def is_complete(self) -> bool:
        """Whether the archive holds everything that it should, as far as was requested."""
        return (
            self.verified
            and not self.plan.refusals
            and not self.discrepancies
            and not self.archive_errors
            and not self.unanswered
            and all(outcome.arrived for outcome in self.outcomes)
        )


class UploadInterrupted(KeyboardInterrupt):
    """The user stopped an upload; what was done until then is in ``report``."""

    def __init__(self, report: UploadReport) -> None:
        super().__init__("interrupted")
        self.report = report
