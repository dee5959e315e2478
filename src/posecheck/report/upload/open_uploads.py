"""The open uploads of a dandiset, for a person and as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from posecheck.model.wording import counted
from posecheck.report.console import print_hanging
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized
from posecheck.upload.open_uploads import OpenUpload, OpenUploads

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))

EVERYBODYS = (
    "The archive cannot remove single ones: all of them go together, those of other owners too, "
    "and those that somebody is sending right now: these fail, and have to begin again."
)
"""What whoever removes open uploads has to know."""


def print_open_uploads(console: Console, found: OpenUploads) -> None:
    """Print each with its age and size, and whether this user began it on this machine."""
    where = found.destination
    title = f"Dandiset {escape(where.identifier)} on {escape(where.instance)}"
    print_hanging(console, Text(""), Text(title, style="bold"))
    if not found.uploads:
        print_hanging(console, Text(""), Text("No upload is open."))
        return
    now = datetime.now(UTC)
    for each in found.uploads:
        line = Text(f"{_age(each.remote.created, now):<11}{sized(each.remote.size):>9}  ")
        if each.path:
            line.append(f"yours: {escape(each.path)}", style="green")
        else:
            line.append("not begun by you on this machine", style="yellow")
        print_hanging(console, Text("  "), line)
    own = sum(bool(each.path) for each in found.uploads)
    size = sized(sum(each.remote.size for each in found.uploads))
    said = (
        f"{counted(len(found.uploads), 'open upload')} ({size}), {own} of them yours. {EVERYBODYS}"
    )
    print_hanging(console, Text(""), Text(said))


def document_of_uploads(found: OpenUploads, *, removed: bool) -> dict[str, Any]:
    """Return the same as a document."""
    now = datetime.now(UTC)
    return {
        "instance": found.destination.instance,
        "api": found.destination.api,
        "dandiset": found.destination.identifier,
        "uploads": [_document_of(each, now) for each in found.uploads],
        "removed": removed,
    }


def _document_of(each: OpenUpload, now: datetime) -> dict[str, Any]:
    created = each.remote.created
    return {
        "upload_id": each.remote.upload_id,
        "created": created.isoformat() if created is not None else None,
        "seconds": round((now - created).total_seconds()) if created is not None else None,
        "size": each.remote.size,
        "path": each.path or None,
    }


def _age(created: datetime | None, now: datetime) -> str:
    if created is None:
        return "?"
    seconds = max(0, int((now - created).total_seconds()))
    length, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    return counted(seconds // length, unit)
