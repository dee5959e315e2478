"""dandi's check of where an NWB file lies and how it is named, inside a dandiset.

It looks at the path alone: no file is opened.
"""

from __future__ import annotations

from pathlib import Path

import dandi
from dandi.consts import MAX_ZARR_DEPTH
from dandi.organize import validate_organized_path

from posecheck.files.dataset_roots import in_bids
from posecheck.files.walk import walk
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.validators.explanations import explanation

ORIGIN = Origin("dandi", dandi.__version__)

TOO_DEEP = "DANDI.TREE_DEPTH_EXCEEDED"
"""What dandi calls ``dandi_zarr.tree_depth_exceeded``: it uploads no such store."""


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
        hidden files, which it never uploads. Of a Zarr store it asks for no name, but for few
        folders in each other, in a BIDS dataset, too.
    """
    if dandiset is None or not path.is_relative_to(dandiset):
        return ()
    inside = path.relative_to(dandiset)
    if any(part.startswith(".") for part in inside.parts):
        return ()
    findings = [_too_deep(display_path)] if path.is_dir() and _is_too_deep(path) else []
    if in_bids(path.parent, dandiset):
        return tuple(findings)
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


def _is_too_deep(store: Path) -> bool:
    """Whether a folder, which is a Zarr store, holds a file deeper than dandi takes it."""
    found = walk(store, enters=lambda name: True)
    return any(len(Path(each.relative).parts) > MAX_ZARR_DEPTH for each in found if each.entry)


def _too_deep(display_path: str) -> Finding:
    known = explanation(TOO_DEEP)
    return Finding(
        code=TOO_DEEP,
        name=known.name,
        severity=Severity.ERROR,
        message=f"Zarr directory tree more than {MAX_ZARR_DEPTH} directories deep",
        file=display_path,
        location="/",
        remedy=known.remedy,
        url=known.page,
        origin=ORIGIN,
        values={"most": MAX_ZARR_DEPTH},
    )
