"""What is known of the files of a run before it checks them, and which of them count."""

from __future__ import annotations

from collections.abc import Iterable

from posecheck.engine.file_check import CheckedFile
from posecheck.model.report import FileReport


class CheckMemory:
    """Knows nothing, and counts every file; a run over an archive has one that knows more.

    Files are named by their places in the plan.

    Attributes
    ----------
    remembered
        How many verdicts of earlier runs on unchanged files were taken.
    """

    remembered = 0

    def known(self, place: int) -> CheckedFile | None:
        """Return what an earlier run said of a file; ``None`` if it is to be checked."""
        return None

    def records(self, place: int) -> bool:
        """Return whether it is taken down what the check of a file asks of the disk."""
        return False

    def keep(self, place: int, checked: CheckedFile) -> None:
        """Take what was said of a file, as soon as it is checked."""

    def counts(self, place: int, checked: CheckedFile) -> bool:
        """Return whether a file is part of the report: called for each, in their order."""
        return True

    def with_others(self, dandisets: Iterable[FileReport]) -> Iterable[FileReport]:
        """Return the reports of the dandisets, and those of dandisets without a file that counts.

        Called when all files are checked.
        """
        return dandisets
