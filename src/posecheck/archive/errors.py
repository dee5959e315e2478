"""The errors of an archive, as sentences."""

from __future__ import annotations

from posecheck.model.errors import PosecheckError, UsageError


class ArchiveError(PosecheckError):
    """The archive or its storage refused a request, or did not answer.

    Parameters
    ----------
    sentence
        What failed, where, and what to do.
    status
        The HTTP status of the answer; 0 if there was none.
    is_temporary
        Whether the same request may succeed later.
    """

    def __init__(self, sentence: str, *, status: int = 0, is_temporary: bool = False) -> None:
        super().__init__(sentence)
        self.status = status
        self.is_temporary = is_temporary


class AccessError(ArchiveError, UsageError):
    """The archive does not allow this user the request, so every further one would fail too."""


class StoppedError(PosecheckError):
    """The run was stopped before this was done."""

    def __init__(self) -> None:
        super().__init__("stopped before it was done")
