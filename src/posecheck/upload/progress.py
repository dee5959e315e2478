"""Who looks on while an upload is planned and done: a bar on a terminal, or nobody."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """What is going on; the values complete "… 12 of 300"."""

    CONNECTING = "Connecting to the archive"
    READING = "Reading"
    LISTING = "Asking the archive"
    DIGESTING = "Computing checksums"
    CHECKING = "Checking"
    EXTRACTING = "Extracting metadata"
    SENDING = "Sending"
    VERIFYING = "Verifying"
    WAITING = "Waiting for the archive"


class Watcher:
    """Looks on and does nothing; a subclass shows something.

    Every method may be called from any thread.
    """

    def begin(self, phase: Phase, total: int = 0, *, in_bytes: bool = False) -> None:
        """Take note that a phase begins.

        Parameters
        ----------
        phase
            Which.
        total
            How much there is to do; 0 if that is not known.
        in_bytes
            Whether that counts bytes, and not files.
        """

    def advance(self, count: int) -> None:
        """Take note that so much more of the phase is done; a negative count takes it back."""

    def begin_file(self, path: str, size: int) -> None:
        """Take note that the sending of a file begins."""

    def advance_file(self, path: str, count: int) -> None:
        """Take note that so many bytes of a file went out; a negative count takes them back."""

    def end_file(self, path: str) -> None:
        """Take note that a file is done with, one way or the other."""

    def tell(self, text: str) -> None:
        """Take note in words of what is waited for."""

    def end(self) -> None:
        """Take note that the last phase is over."""
