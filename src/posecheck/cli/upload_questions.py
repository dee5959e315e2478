"""What ``posecheck upload`` asks: for a token, and whether to send or delete."""

from __future__ import annotations

import functools
import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from posecheck.model.wording import counted
from posecheck.report.escapes import escape
from posecheck.report.sizes import sized

if TYPE_CHECKING:
    from posecheck.cli.upload_progress import UploadProgressBars
    from posecheck.upload.plan.upload_plan import UploadPlan


def token_question(bars: UploadProgressBars) -> Callable[[str], str]:
    """Return a function that asks for the token of an archive, once for each archive."""

    @functools.cache
    def prompt(instance: str) -> str:
        bars.end()
        name = escape(instance)  # an archive chooses its own name
        return getpass.getpass(f"API key for {name} (it is not displayed): ", stream=sys.stderr)

    return prompt


def confirm_sending(plan: UploadPlan) -> bool:
    """Ask whether to send what a plan says."""
    what = f"{counted(len(plan.to_send), 'file')} ({sized(plan.bytes_to_send)})"
    linked = sum(bool(asset.local.origin) for asset in plan.to_send)
    if linked:
        what += f", {linked} of them from {escape(', '.join(plan.linked_from))},"
    return typer.confirm(f"Send {what} to {escape(plan.destination.instance)}?", err=True)


def confirm_deletion(plan: UploadPlan) -> bool:
    """Ask whether to delete the assets that a plan would delete."""
    count = counted(len(plan.to_delete), "asset")
    size = sized(sum(asset.size for asset in plan.to_delete))
    where = escape(plan.destination.instance)
    question = f"Delete {count} ({size}) on {where} that are not on this disk?"
    if len(plan.to_delete) == 1:
        question = f"Delete {count} ({size}) on {where} that is not on this disk?"
    return typer.confirm(question, err=True)
