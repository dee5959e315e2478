"""A line for each finding: ``file:location: CODE message``, for grep and for editors."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.report import FileReport
from posecheck.report.escapes import escape
from posecheck.report.reporter import StreamReporter


class ConciseReporter(StreamReporter):
    """Writes a line for each finding, in the order of the report."""

    def lines_of(self, block: FileReport, *, is_file: bool) -> Iterator[str]:
        """Yield a line for each finding."""
        for each in block.active:
            place = f"{escape(each.file)}:{escape(each.location)}"
            yield f"{place}: {escape(each.code)} {escape(each.message)}\n"
