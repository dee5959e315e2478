"""Verify an upload: compare the archive's listing with the disk, and read its validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from posecheck.archive.client import ArchiveClient
from posecheck.archive.errors import ArchiveError, StoppedError
from posecheck.archive.resources import RemoteAsset
from posecheck.catalog import load_catalog
from posecheck.model.rule import Rule
from posecheck.upload.plan.discrepancies import Discrepancy, find_discrepancies
from posecheck.upload.plan.files import Digests
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.settings import Waiting
from posecheck.upload.threads import in_threads

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
_REQUESTS_AT_A_TIME = 4
_ASSETS_NAMED = 50
"""How many assets without a result the archive names at most, and how many with errors."""

_PENDING = "asset is currently being validated, please wait."
"""What the archive gives as the error of an asset without a result."""

_UNDECIDED = frozenset({"Pending", "Validating"})


@dataclass(slots=True)
class Evidence:
    """What verifying found.

    Attributes
    ----------
    listing
        What the archive holds, by path.
    discrepancies
        What it does not hold as planned.
    archive_errors
        Pairs of a path and an error of the archive's own validation.
    dandiset_errors
        Errors of the archive's validation of the dandiset itself.
    unanswered
        Sentences: what was not answered in time.
    is_whole
        Whether the archive was listed.
    """

    listing: dict[str, RemoteAsset] = field(default_factory=dict)
    discrepancies: tuple[Discrepancy, ...] = ()
    archive_errors: list[tuple[str, str]] = field(default_factory=list)
    dandiset_errors: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    is_whole: bool = True


def verify(
    archive: ArchiveClient, plan: UploadPlan, digests: Mapping[str, Digests], waiting: Waiting
) -> Evidence:
    """List the draft, and compare it with the plan.

    Parameters
    ----------
    archive
        The archive.
    plan
        What should be there.
    digests
        The checksums of the local files, by path.
    waiting
        What to wait for.

    Raises
    ------
    ArchiveError
        If the archive does not answer.
    StoppedError
        If the user stops the run.
    """
    dandiset = plan.destination.identifier
    evidence = Evidence(listing=archive.list_assets(dandiset, plan.prefix))
    until = time.monotonic() + waiting.seconds
    if waiting.checksum:

        def is_known() -> bool:
            there = (evidence.listing.get(asset.path) for asset in plan.held)
            # Of a Zarr there is no SHA-256; its own checksum is waited for where it is sent.
            if all(found is None or found.zarr or found.sha256 for found in there):
                return True
            evidence.listing = archive.list_assets(dandiset, plan.prefix)
            return False

        if not _poll(archive, is_known, until):
            evidence.unanswered.append(
                f"{archive.name} has not computed the SHA-256 of all files in "
                f"{waiting.seconds:.0f}s; check later with --verify-only --wait-checksum"
            )
    evidence.discrepancies = tuple(
        find_discrepancies(
            plan, evidence.listing, digests, asset_rules(), with_sha256=waiting.checksum
        )
    )
    if waiting.validation:
        try:
            _wait_for_validation(archive, plan, evidence, until)
        except ArchiveError as error:  # what the listing proves stays proven
            evidence.unanswered.append(
                f"the result of the archive's validation is not known: {error}"
            )
    return evidence


def asset_rules() -> tuple[Rule, ...]:
    """Return the rules about what an archive holds, which only verifying evaluates."""
    return tuple(rule for rule in load_catalog(with_cases=False) if rule.is_of_archive)


def _wait_for_validation(
    archive: ArchiveClient, plan: UploadPlan, evidence: Evidence, until: float
) -> None:
    dandiset = plan.destination.identifier
    held = {
        asset.path: evidence.listing[asset.path]
        for asset in plan.held
        if asset.path in evidence.listing
    }
    results: dict[str, Mapping[str, Any]] = {}
    info: dict[str, Any] = {}

    def is_decided() -> bool:
        info.update(archive.version_info(dandiset))
        suspects, is_waiting = _suspects(info, held)
        requested = in_threads(
            lambda path: archive.asset_validation(dandiset, held[path].asset_id),
            [path for path in suspects if not _is_decided(results.get(path, {}))],
            _REQUESTS_AT_A_TIME,
            archive.retry.stop,
        )
        results.update(requested)
        are_decided = all(_is_decided(results[path]) for path in suspects)
        return are_decided and not is_waiting and _is_decided(info)

    if not _poll(archive, is_decided, until):
        evidence.unanswered.append(
            f"{archive.name} has not finished its own validation in time; look at the dandiset's "
            "page, or check later with --verify-only --wait-validation"
        )
    for path, result in sorted(results.items()):
        evidence.archive_errors += [
            (path, text) for text in _texts(result.get("validation_errors"))
        ]
    evidence.dandiset_errors += _texts(info.get("version_validation_errors"))


def _suspects(info: Mapping[str, Any], held: Collection[str]) -> tuple[list[str], bool]:
    """Return which files may be invalid, and whether some may have no result yet.

    The archive names the assets without a result and those with errors, `_ASSETS_NAMED` of each at
    most. If it has left some out, every file may be invalid.
    """
    errors = [each for each in info.get("asset_validation_errors") or () if isinstance(each, dict)]
    waiting = {str(error.get("path")) for error in errors if error.get("message") == _PENDING}
    invalid = {str(error.get("path")) for error in errors} - waiting
    is_waiting = len(waiting) >= _ASSETS_NAMED or not waiting.isdisjoint(held)
    leaves_out = len(invalid) >= _ASSETS_NAMED and not is_waiting
    return sorted(held if leaves_out else invalid.intersection(held)), is_waiting


def _is_decided(result: Mapping[str, Any]) -> bool:
    return bool(result) and str(result.get("status")) not in _UNDECIDED


def _texts(errors: Iterable[Any] | None) -> list[str]:
    texts = []
    for error in errors or ():
        if isinstance(error, dict):
            place = str(error.get("field") or "")
            message = str(error.get("message") or "")
            texts.append(f"{place}: {message}" if place else message)
        else:
            texts.append(str(error))
    return texts


def _poll(archive: ArchiveClient, is_done: Callable[[], bool], until: float) -> bool:
    """Request again with growing pauses, until it is done or too late."""
    pause = _FIRST_PAUSE
    while not is_done():
        left = until - time.monotonic()
        if left <= 0:
            return False
        if archive.retry.stop.wait(min(pause, left)):
            raise StoppedError
        pause = min(_LONGEST_PAUSE, pause * 1.5)
    return True
