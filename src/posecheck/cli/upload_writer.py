"""The output of ``posecheck upload``: the plan, and then the report."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from posecheck.cli.output_file import write_output_file
from posecheck.cli.output_formats import FULL, JSON, Output, write_json
from posecheck.report.console import open_console

if TYPE_CHECKING:
    from posecheck.upload.outcomes import UploadReport
    from posecheck.upload.plan.upload_plan import UploadPlan


class UploadWriter:
    """Writes a plan and a report, as text or as JSON.

    Parameters
    ----------
    outputs
        The formats and files that the user asked for.
    color
        Whether colors are allowed.
    quiet
        Whether to print only what is refused or missing, and the summary.
    """

    def __init__(self, outputs: Sequence[Output], *, color: bool, quiet: bool) -> None:
        self._documents = [output for output in outputs if output.format == JSON]
        self._texts = {
            output.path: io.StringIO()
            for output in outputs
            if output.path and output.format == FULL
        }
        self._consoles = [open_console(text, color=False) for text in self._texts.values()]
        if Output(JSON) not in outputs:
            self._consoles.append(open_console(sys.stdout, color=color))
        self._quiet = quiet

    def write_plan(self, plan: UploadPlan, *, is_last: bool) -> None:
        """Write a plan; as JSON only if no report follows.

        Raises
        ------
        UsageError
            If a file cannot be written.
        """
        from posecheck.report.upload.plan import print_plan  # noqa: PLC0415 - help stays light

        for console in self._consoles:
            print_plan(console, plan, quiet=self._quiet)
        if is_last:
            from posecheck.upload.plan.document import document_of  # noqa: PLC0415

            self._write(document_of(plan))

    def write_report(self, report: UploadReport) -> None:
        """Write a report; as JSON it is the receipt.

        Raises
        ------
        UsageError
            If a file cannot be written.
        """
        from posecheck.report.upload.result import print_report  # noqa: PLC0415
        from posecheck.upload.receipt import receipt_of  # noqa: PLC0415

        for console in self._consoles:
            print_report(console, report, quiet=self._quiet)
        self._write(receipt_of(report))

    def _write(self, document: Mapping[str, Any]) -> None:
        from posecheck.report.json_document import dump  # noqa: PLC0415

        write_json(self._documents, dump(document))
        for path, text in self._texts.items():
            write_output_file(path, text.getvalue())
