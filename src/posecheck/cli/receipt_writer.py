"""The receipt that ``posecheck upload`` writes: lines while it runs, one document at the end."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from posecheck.cli.error_handling import print_error, spell
from posecheck.model.errors import UsageError
from posecheck.report.console import open_console, print_hanging
from posecheck.report.escapes import escape
from posecheck.upload.receipt import check_default_place, default_place, write_receipt
from posecheck.upload.receipt_log import ReceiptLines

if TYPE_CHECKING:
    from posecheck.upload.outcomes import Outcome, UploadReport
    from posecheck.upload.plan.upload_plan import UploadPlan


class ReceiptWriter:
    """Writes a receipt where it was asked for, and in any case if something arrives.

    Parameters
    ----------
    plan
        What is sent.
    path
        Where the user wants it, if they say so.
    is_wanted
        Whether there is to be one.

    Raises
    ------
    UsageError
        If the default place is none of the dandiset's own.
    """

    def __init__(self, plan: UploadPlan, path: Path | None, *, is_wanted: bool) -> None:
        self._path = path
        self._is_wanted = is_wanted
        if is_wanted and path is None:
            check_default_place(Path(plan.root))
        self._place = path or default_place(Path(plan.root), datetime.now(UTC))
        self._lines = ReceiptLines(plan, self._place)

    def add(self, outcome: Outcome) -> None:
        """Record the outcome of a file, if it has arrived."""
        if self._is_wanted:
            self._lines.add(outcome)

    def finish(self, report: UploadReport, *, quiet: bool) -> None:
        """Write the receipt in the place of its lines.

        Raises
        ------
        UsageError
            If it cannot be written where the user wants it.
        """
        if not self._is_wanted:
            return
        has_changed = report.deleted or any(outcome.arrived for outcome in report.outcomes)
        if self._path is None and not has_changed:
            return
        try:
            write_receipt(report, self._place)
        except UsageError as error:
            if self._path is not None:
                raise
            print_error(f"there is no receipt: {error.worded(spell)}")
            return
        self._lines.discard()
        if not quiet:
            place = Text(escape(str(self._place)))
            print_hanging(open_console(sys.stderr), Text("Receipt: "), place)
