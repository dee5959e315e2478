"""A line of JSON for each file, as soon as it is checked, and one for the whole at the end.

Each line is an object whose ``type`` says what it is: ``file`` or ``dandiset``, with the findings
of that file or over that dandiset, or ``summary``, which is last. Without it the run did not end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from posecheck.model.report import FileReport, Report
from posecheck.report.json_document import plain
from posecheck.report.reporter import StreamReporter


class JsonLinesReporter(StreamReporter):
    """Writes a line for each file and each dandiset, and the summary."""

    def lines_of(self, block: FileReport, *, is_file: bool) -> Iterator[str]:
        """Yield the line of a file or a dandiset."""
        yield _line("file" if is_file else "dandiset", block.to_dict())

    def tail(self, report: Report) -> str:
        """Return the summary."""
        end = {
            "posecheck": report.version,
            "root": report.root,
            "seconds": report.seconds,
            "configuration": report.configuration.to_dict(),
            "baseline": report.baseline and report.baseline.to_dict(),
            "changes": report.changes and report.changes.to_dict(),
            "content": report.content and report.content.to_dict(),
            **report.summary(),
        }
        return _line("summary", end)


def _line(kind: str, document: dict[str, Any]) -> str:
    return json.dumps(plain({"type": kind, **document}), allow_nan=False) + "\n"
