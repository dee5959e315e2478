"""dandi's check of where an NWB file lies and how it is named, inside a dandiset.

It looks at the path alone: no file is opened.
"""

from __future__ import annotations

from pathlib import Path

import dandi
from dandi.organize import validate_organized_path

from posecheck.files.dataset_roots import in_bids
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.validators.explanations import explanation

ORIGIN = Origin("dandi", dandi.__version__)


def check_layout(path: Path, dandiset: Path | None, display_path: str) -> tuple[Finding, ...]:
    """Return what dandi says of an NWB file's name and folder.

    Parameters
    ----------
    path
        The file's absolute path.
    dandiset
        The absolute path of the dandiset that it lies in; ``None`` if in none.
    display_path
        The file's path as the user would write it.

    Returns
    -------
    tuple of Finding
        Nothing where dandi asks for no layout: outside a dandiset, in a BIDS dataset, and of
        hidden files, which it never uploads.
    """
    if dandiset is None or not path.is_relative_to(dandiset):
        return ()
    inside = path.relative_to(dandiset)
    if any(part.startswith(".") for part in inside.parts) or in_bids(path.parent, dandiset):
        return ()
    findings = []
    for result in validate_organized_path(inside.as_posix(), path, dandiset):
        known = explanation(result.id)
        findings.append(
            Finding(
                code=result.id,
                name=known.name,
                severity=Severity.ERROR,
                message=f"{result.message}: {inside.as_posix()}",
                file=display_path,
                location="/",
                remedy=known.remedy,
                url=known.page,
                origin=ORIGIN,
                values={"pattern": result.path_regex},
            )
        )
    return tuple(findings)
