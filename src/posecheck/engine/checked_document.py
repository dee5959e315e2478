"""What the check of a file came to, as a document: read back, it is equal."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from posecheck.engine.file_check import CheckedFile
from posecheck.model.collection import FileSummary
from posecheck.model.report import FileReport


def checked_to_text(checked: CheckedFile) -> str:
    """Return a document of what a check came to, without what it asked.

    Raises
    ------
    TypeError, ValueError
        If it holds what no document can hold.
    """
    summary = checked.summary
    metadata = checked.asset_metadata
    document: dict[str, Any] = {
        "report": checked.report.to_dict(),
        "summary": None if summary is None else dataclasses.asdict(summary),
    }
    if metadata is not None:
        document["asset_metadata"] = dict(metadata)
    return json.dumps(document)


def checked_from_text(text: str) -> CheckedFile:
    """Return what `checked_to_text` made a document of.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If it is no such document.
    """
    document = json.loads(text)
    summary = document["summary"]
    metadata = document.get("asset_metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise TypeError("metadata is a table")
    return CheckedFile(
        report=FileReport.from_dict(document["report"]),
        summary=None if summary is None else FileSummary.from_dict(summary),
        asset_metadata=metadata,
    )
