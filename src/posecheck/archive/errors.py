"""What goes wrong between here and an archive, as sentences."""

from __future__ import annotations

from posecheck.model.errors import PosecheckError, UsageError


class ArchiveError(PosecheckError):
    """The archive, or its storage, did not do what it was asked for.

    Parameters
    ----------
    sentence
        What, where, and what to do.
    status
        The HTTP status that it answered with; 0 if it did not answer.
    may_heal
        Whether the same may go well some time later.
    """

    def __init__(self, sentence: str, *, status: int = 0, may_heal: bool = False) -> None:
        super().__init__(sentence)
        self.status = status
        self.may_heal = may_heal


class AccessError(ArchiveError, UsageError):
    """The archive lets this user do nothing here, so there is no point in going on."""


class StoppedError(PosecheckError):
    """The upload was stopped while this was going on."""

    def __init__(self) -> None:
        super().__init__("stopped before it was done")
