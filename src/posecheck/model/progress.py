"""How far a long run is: what it reports, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
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
    SEARCHING = "Searching for pose"
    DIGESTING = "Computing checksums"
    CHECKING = "Checking"
    TRYING = "Trying fixes"
    EXTRACTING = "Extracting metadata"
    SENDING = "Sending"
    VERIFYING = "Verifying"
    WAITING = "Waiting for the archive"
    PLACING = "Placing"
    UNDOING = "Undoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """How many bytes of files elsewhere came so far.

    How much is read of a file is not known beforehand, unless it is downloaded whole, because its
    server sends no parts of files.

    Attributes
    ----------
    total
        All that came.
    downloaded, to_download
        Of the files that are being downloaded whole: what came, and their sizes together; 0 if
        there are none, or their server does not say how large they are.
    """

    total: int
    downloaded: int = 0
    to_download: int = 0


class ProgressListener:
    """Receives how far a run is, and does nothing with it; a subclass may show it.

    Every method may be called from any thread. An exception that one raises ends the run.

    Attributes
    ----------
    wants_preliminary_reports
        Whether `add_preliminary_report` is to be called.
    """

    wants_preliminary_reports: bool = False

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

    def receive(self, received: Received) -> None:
        """Receive how many bytes of files elsewhere came so far, some times a second."""

    def add_report(self, report: FileReport) -> None:
        """Receive what was found in a file, as soon as it and all files before it are checked.

        After the last file comes a report for each dandiset, with what was found over several of
        its files. Only checks have reports: `posecheck.validate`, and the check before an upload.
        """

    def add_preliminary_report(self, report: FileReport) -> None:
        """Receive what posecheck's own rules found in a file that others still check.

        It comes in a run over a few files at most, once for each of them. What `add_report` brings
        later stands for it.
        """

    def message(self, text: str) -> None:
        """Receive a sentence for the user, such as what the run is waiting for."""

    def end(self) -> None:
        """Receive that the last phase is over."""
