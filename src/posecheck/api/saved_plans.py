"""Plans as files of JSON, to be looked at, kept, and carried out later."""

from __future__ import annotations

from pathlib import Path

from posecheck.api.arguments import AnyPath
from posecheck.fix.plan.values import FixPlan
from posecheck.model.document_fields import document_of_json
from posecheck.model.errors import UsageError
from posecheck.organize.plan.values import OrganizePlan

_LONGEST_PLAN = 2 * 1024**3
"""Bytes of a plan file beyond which it is none."""


def save_plan(plan: OrganizePlan | FixPlan, path: AnyPath) -> None:
    """Save a plan to organize or to fix as JSON, in a file that is not there yet.

    Parameters
    ----------
    plan
        What `plan_organize` or `plan_fix` returned.
    path
        The new file.

    Raises
    ------
    UsageError
        If the file exists or cannot be written.
    """
    try:
        with Path(path).open("x", encoding="ascii", newline="\n") as file:
            file.write(text_of_plan(plan))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def text_of_plan(plan: OrganizePlan | FixPlan) -> str:
    """Return a plan as one JSON document."""
    if isinstance(plan, FixPlan):
        from posecheck.fix.plan import document as fix  # noqa: PLC0415 - import is light

        return fix.plan_to_json(plan)
    from posecheck.organize.plan import document as organize  # noqa: PLC0415 - import is light

    return organize.plan_to_json(plan)


def read_plan(path: AnyPath) -> OrganizePlan | FixPlan:
    """Read a plan that `save_plan`, or a command with ``--plan-file``, saved.

    Parameters
    ----------
    path
        The file. Anyone may have edited it: a plan that reaches out of its folder is refused.

    Returns
    -------
    OrganizePlan or FixPlan
        The plan, for `apply`, which refuses it if a file changed since.

    Raises
    ------
    UsageError
        If the file cannot be read, or holds no plan.
    """
    from posecheck.fix.plan import document as fix  # noqa: PLC0415 - import is light
    from posecheck.organize.plan import document as organize  # noqa: PLC0415 - import is light

    file = Path(path)
    try:
        if file.stat().st_size > _LONGEST_PLAN:
            raise UsageError(f"{path} is too large for a plan")
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        document = document_of_json(content)
        if isinstance(document, dict) and document.get("format") == fix.FORMAT:
            return fix.from_document(document)
        return organize.from_document(document)
    except UsageError as error:
        raise UsageError(f"{path}: ", error) from error
