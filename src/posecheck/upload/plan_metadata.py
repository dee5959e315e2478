"""The metadata of what would be sent, made before anything is: a recording without any is refused.

``dandi upload`` sends the videos first, and finds out about the NWB file when its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from posecheck.execution.executor import Executor
from posecheck.files.dataset_roots import in_bids
from posecheck.model.progress import Phase, ProgressListener
from posecheck.upload.metadata import NotExtracted, extract_all
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.recordings import Refusal
from posecheck.upload.plan.upload_plan import UploadPlan

_CODE = "LAY009"
_REMEDY = (
    "Correct what the reason names (`posecheck explain LAY009`). No code that is allowed or "
    "ignored helps here: without metadata there is no asset. `dandi upload` fails in the same way."
)


def files_with_metadata(plan: UploadPlan) -> list[LocalFile]:
    """Return the files of which dandi reads more than the name, the size and the time."""
    root = Path(plan.root)
    return [
        asset.local
        for asset in plan.held
        if asset.is_sent and (asset.local.is_nwb or in_bids(root.joinpath(asset.path).parent, root))
    ]


def add_metadata(
    plan: UploadPlan,
    pool: Executor,
    progress: ProgressListener,
    extracted: Mapping[str, Mapping[str, Any]],
) -> UploadPlan:
    """Extract the metadata of what a plan would send, and refuse what has none.

    Parameters
    ----------
    plan
        The plan, after the checks.
    pool
        Where the workers come from.
    progress
        Receives how far it is.
    extracted
        The metadata that the checks have extracted already, by the path in the dandiset.
    """
    files = files_with_metadata(plan)
    if not files:
        return plan
    metadata = {file.path: extracted[file.path] for file in files if file.path in extracted}
    left = [file for file in files if file.path not in metadata]
    if left:
        progress.begin(Phase.EXTRACTING, len(left))
    refusals: list[Refusal] = []
    for path, found in extract_all(left, plan.root, pool):
        progress.advance(1)
        if isinstance(found, NotExtracted):
            refusals += _refusals(plan, path, found.reason.rstrip("."))
        else:
            metadata[path] = found
    order = {recording.path: position for position, recording in enumerate(plan.recordings)}
    refusals.sort(key=lambda refusal: order.get(refusal.path, len(order)))
    return replace(
        plan,
        refusals=(*plan.refusals, *refusals),
        metadata=metadata,
        notes=(*plan.notes, *_unnamed_species(metadata)),
    )


def _refusals(plan: UploadPlan, path: str, reason: str) -> Iterator[Refusal]:
    """Refuse every recording that needs a file of which dandi makes no metadata."""
    concerned = [recording for recording in plan.going if path in recording.paths]
    if not concerned:
        yield Refusal(
            path=path,
            display_path=path,
            code=_CODE,
            reason=f"dandi makes no metadata of it: {reason}",
            remedy=_REMEDY,
        )
    for recording in concerned:
        what = "it" if path == recording.path else path
        yield Refusal(
            path=recording.path,
            display_path=recording.display_path,
            code=_CODE,
            reason=f"dandi makes no metadata of {what}: {reason}",
            remedy=_REMEDY,
        )


def _unnamed_species(metadata: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a note for each species whose name is unknown, since no server answered."""
    addresses = {
        species["identifier"]
        for found in metadata.values()
        for participant in found.get("wasAttributedTo") or ()
        if (species := participant.get("species")) and not species.get("name")
    }
    for address in sorted(addresses):
        yield (
            f"the name of the species {address} is not known, since ontobee.org does not answer; "
            "the archive gets its address alone."
        )
