"""How far a long run is: what it reports, and who listens."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posecheck.model.report import FileReport


class Phase(StrEnum):
    """What a run does at a time, in words."""

    CONNECTING = "Connecting to the archive"
    FETCHING = "Fetching"
    READING = "Reading"
    LISTING = "Listing the archive"
    DIGESTING = "Computing checksums"
    CHECKING = "Checking"
    EXTRACTING = "Extracting metadata"
    SENDING = "Sending"
    VERIFYING = "Verifying"
    WAITING = "Waiting for the archive"
    PLACING = "Placing"
    UNDOING = "Undoing"


class ProgressListener:
    """Receives how far a run is, and does nothing with it; a subclass may show it.

    Every method may be called from any thread. An exception that one raises ends the run.
    """

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        """Receive that a phase begins; the one before it is over.

        Parameters
        ----------
        phase
            What is done now, in words: ``Checking``.
        total
            How much there is to do; 0 if that is not known.
        in_bytes
            Whether ``total`` counts bytes, and not files.
        """

    def advance(self, count: int) -> None:
        """Receive that ``count`` more of the phase is done; a negative count undoes progress."""

    def begin_file(self, path: str, size: int) -> None:
        """Receive that work on a file of ``size`` bytes begins."""

    def advance_file(self, path: str, count: int) -> None:
        """Receive that ``count`` more bytes of a file are done; these count for the phase too."""

    def end_file(self, path: str) -> None:
        """Receive that work on a file is over, whatever became of it."""

    def add_report(self, report: FileReport) -> None:
        """Receive what was found in a file, as soon as it and all files before it are checked.

        After the last file comes a report for each dandiset, with what was found over several of
        its files. Only checks have reports: `posecheck.validate`, and the check before an upload.
        """

    def message(self, text: str) -> None:
        """Receive a sentence for the user, such as what the run is waiting for."""

    def end(self) -> None:
        """Receive that the last phase is over."""
