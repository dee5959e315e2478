"""Hold what should have arrived against what the archive lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from posecheck.archive.resources import RemoteAsset
from posecheck.model.asset import Asset, Copy
from posecheck.model.rule import Hit, Params, Rule
from posecheck.model.wording import wording_of
from posecheck.rules import evaluate_rule
from posecheck.upload.plan.files import Digests, PlannedAsset
from posecheck.upload.plan.upload_plan import UploadPlan

_NO_PARAMETERS = Params({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """Something that the archive should hold and does not.

    Attributes
    ----------
    path
        The path of the file, or of the NWB file whose reference leads nowhere.
    code, name
        The rule that says so.
    reason
        A clause.
    """

    path: str
    code: str
    name: str
    reason: str


def find_discrepancies(
    plan: UploadPlan,
    listing: Mapping[str, RemoteAsset],
    digests: Mapping[str, Digests],
    rules: Sequence[Rule],
    *,
    with_sha256: bool = False,
) -> Iterator[Discrepancy]:
    """Compare the whole closed set with a listing of the version.

    Parameters
    ----------
    plan
        What should be there.
    listing
        What is there, by path.
    digests
        The checksums of the local files, by path. A file of another size needs none.
    rules
        Those that are evaluated on each asset.
    with_sha256
        Whether a SHA-256 that the archive names must agree too.
    """
    dangling = {
        recording.path: tuple(
            pointer for pointer in recording.pointers if pointer.path not in listing
        )
        for recording in plan.going
    }
    for planned in plan.held:
        asset = Asset(
            path=planned.path,
            local=_local_copy(planned, digests.get(planned.path), with_sha256=with_sha256),
            remote=_remote_copy(listing.get(planned.path)),
            kept=planned.reason,
            dangling_references=dangling.get(planned.path, ()),
        )
        for rule in rules:
            for outcome in evaluate_rule(rule, asset, _NO_PARAMETERS):
                if isinstance(outcome, Hit):
                    _, reason, _ = wording_of(rule, outcome)
                    yield Discrepancy(
                        path=asset.path, code=rule.code, name=rule.name, reason=reason
                    )


def _local_copy(planned: PlannedAsset, digests: Digests | None, *, with_sha256: bool) -> Copy:
    size = planned.local.size
    if digests is None:
        return Copy(size=size)
    return Copy(size=size, etag=digests.etag, sha256=digests.sha256 if with_sha256 else "")


def _remote_copy(found: RemoteAsset | None) -> Copy | None:
    if found is None:
        return None
    return Copy(size=found.size, etag=found.etag or "", sha256=found.sha256 or "")
