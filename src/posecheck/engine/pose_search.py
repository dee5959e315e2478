"""Which recordings of a dandiset hold pose: candidates by their paths, and a few bytes of each."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from posecheck.archive.asset_index import AssetIndex
from posecheck.archive.errors import AccessError, ArchiveError
from posecheck.archive.listing import list_assets_of, listing_of
from posecheck.archive.resources import RemoteAsset
from posecheck.dandi_layout.markers import STORES, is_recording
from posecheck.dandi_layout.pose_paths import suggests_pose
from posecheck.engine.archived_dandisets import count_assets
from posecheck.engine.audit_targets import AuditTarget
from posecheck.engine.resume_file import ResumeFile
from posecheck.execution.executor import Executor
from posecheck.execution.failure import WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.errors import UsageError
from posecheck.model.natural_order import natural_key
from posecheck.model.pose_probes import NotProbed
from posecheck.sources.archive_source import ArchiveSource, ListedVersion
from posecheck.sources.http_answers import NoRangesError
from posecheck.sources.ranged_file import SourceError
from posecheck.sources.remote_access import RemoteAccess
from posecheck.storage.pose_probe import BEGINNING, PoseProbe, probe_pose

_AT_ONCE = 1000
"""Candidates that are held in memory."""
_MOST_FAILURES = 3
"""Failures that are told of a dandiset."""
_MOST_SILENT = 3
"""Dandisets in a row that cannot be listed, after which the archive counts as away."""


@dataclass(slots=True, kw_only=True)
class SearchedVersion:
    """A version of a dandiset, and what the search for pose in it came to.

    Attributes
    ----------
    address
        The address of the version.
    contents
        What its assets are.
    digest
        Of its listing: what references of its recordings lead to.
    carrying
        The recordings that carry ndx-pose.
    undecided
        Those of which a few bytes do not tell it.
    absent
        How many do not.
    not_probed, not_listed, failures
        As of `posecheck.model.pose_probes.PoseProbes`.
    """

    address: str
    contents: DandisetContents = field(default_factory=DandisetContents)
    digest: str = ""
    carrying: list[ArchiveSource] = field(default_factory=list)
    undecided: list[ArchiveSource] = field(default_factory=list)
    absent: int = 0
    not_probed: Counter[NotProbed] = field(default_factory=Counter)
    not_listed: NotProbed | None = None
    failures: list[str] = field(default_factory=list)

    @property
    def to_check(self) -> list[tuple[ArchiveSource, bool]]:
        """What is to be checked, in the order of the paths, and whether that is to decide it."""
        found = [(source, False) for source in self.carrying]
        found += [(source, True) for source in self.undecided]
        return sorted(found, key=lambda each: natural_key(each[0].asset_path))

    def add_failure(self, sentence: str) -> None:
        """Take note that a recording could not be read."""
        self.not_probed[NotProbed.FAILED] += 1
        if len(self.failures) < _MOST_FAILURES:
            self.failures.append(sentence)


class PoseSearch:
    """Searches dandisets for recordings with pose, one after the other.

    Parameters
    ----------
    access
        What the user allows of files elsewhere.
    executor
        Whose workers ask for the bytes.
    workers
        How many of them.
    limits
        What one recording may take.
    probes_all
        Whether recordings whose paths suggest nothing are asked, too.
    resume
        What is known already; ``None`` if nothing is kept.
    report
        Called with how many more candidates there are, and how many more were probed.
    """

    def __init__(  # noqa: PLR0913 - what it needs
        self,
        access: RemoteAccess,
        executor: Executor,
        *,
        workers: int,
        limits: Limits,
        probes_all: bool,
        resume: ResumeFile | None,
        report: Callable[[int, int], None],
    ) -> None:
        self._access = access
        self._executor = executor
        self._workers = workers
        self._limits = limits
        self._probes_all = probes_all
        self._resume = resume
        self._report = report
        self._silent = 0

    def search(self, target: AuditTarget) -> SearchedVersion:
        """Return what a version of a dandiset holds, and which recordings of it may hold pose.

        Raises
        ------
        UsageError
            If there is no such version.
        ArchiveError
            If the archive answers nobody any more.
        """
        archive = target.archive
        if target.dandiset is None:
            address = f"dandi://{archive.name}/{target.identifier}"
            return _hidden(address, NotProbed.EMBARGOED, target.hidden)
        listing = listing_of(archive, target.dandiset, target.version)
        try:
            index = AssetIndex.write(list_assets_of(archive, target.dandiset, listing.version))
        except AccessError as error:
            return _hidden(listing.address, NotProbed.EMBARGOED, str(error))
        except ArchiveError as error:
            self._silent += error.is_temporary
            if self._silent >= _MOST_SILENT:
                raise
            return _hidden(listing.address, NotProbed.FAILED, str(error))
        except UsageError as error:  # it is gone since the archive was listed
            if target.is_named:
                raise
            return _hidden(listing.address, NotProbed.FAILED, str(error))
        self._silent = 0
        searched = SearchedVersion(
            address=listing.address, contents=count_assets(index), digest=_digest(index)
        )
        version = ListedVersion(listing=listing, index=index, access=self._access)
        candidates = self._candidates(searched, target, version)
        while batch := list(islice(candidates, _AT_ONCE)):
            self._report(len(batch), 0)
            for source, answer in self._answers(batch):
                _add(searched, source, answer)
                self._report(0, 1)
        index.close()  # there may be more dandisets than files that can be open
        return searched

    def _candidates(
        self, searched: SearchedVersion, target: AuditTarget, version: ListedVersion
    ) -> Iterator[ArchiveSource]:
        for asset in version.index:
            if not is_recording(asset.path):
                continue
            if not target.selects(asset):
                searched.not_probed[NotProbed.NOT_NAMED] += 1
            elif asset.path.lower().endswith(STORES) and not asset.zarr:
                searched.not_probed[NotProbed.ZARR] += 1
            elif target.is_named or self._probes_all or suggests_pose(asset.path):
                yield version.source_of(asset)
            else:
                searched.not_probed[NotProbed.NOT_CANDIDATE] += 1

    def _answers(
        self, sources: Iterable[ArchiveSource]
    ) -> Iterator[tuple[ArchiveSource, PoseProbe | str]]:
        """Yield whether each carries ndx-pose, or why that is not known."""
        unknown: list[ArchiveSource] = []
        for source in sources:
            known = None
            if self._resume is not None:
                known = self._resume.probe_of(_content_of(source.asset))
            if known is not None:
                yield source, known
            else:
                unknown.append(source)
        for place, answer in self._executor.run(
            probe_source, unknown, workers=self._workers, limits=self._limits
        ):
            if isinstance(answer, WorkerFailure):
                answer.raise_if_fault()
                yield unknown[place], answer.reason
                continue
            if self._resume is not None and isinstance(answer, PoseProbe):
                self._resume.keep_probe(_content_of(unknown[place].asset), answer)
            yield unknown[place], answer


def probe_source(source: ArchiveSource) -> PoseProbe | str:
    """Return whether a recording carries ndx-pose, or why its bytes cannot be had."""
    try:
        if source.is_store():
            # numcodecs costs a tenth of a second to import.
            from posecheck.storage.zarr_probe import probe_pose_of_store  # noqa: PLC0415

            return probe_pose_of_store(source.open_store())
        with contextlib.closing(source.open_ranges(BEGINNING)) as reader:
            return probe_pose(reader)
    except NoRangesError:
        return PoseProbe.UNDECIDED
    except SourceError as error:
        return str(error)


def _add(searched: SearchedVersion, source: ArchiveSource, answer: PoseProbe | str) -> None:
    match answer:
        case PoseProbe.CARRIED:
            searched.carrying.append(source)
        case PoseProbe.UNDECIDED if source.is_store():
            # Without consolidated metadata it cannot be read, either.
            searched.not_probed[NotProbed.ZARR] += 1
        case PoseProbe.UNDECIDED:
            searched.undecided.append(source)
        case PoseProbe.ABSENT:
            searched.absent += 1
        case _:
            searched.add_failure(f"{source.display_path}: {answer}")


def _hidden(address: str, reason: NotProbed, why: str) -> SearchedVersion:
    return SearchedVersion(address=address, not_listed=reason, failures=[why])


def _content_of(asset: RemoteAsset) -> str:
    """Return what is equal for assets of equal bytes."""
    return asset.blob or asset.asset_id


def _digest(index: AssetIndex) -> str:
    digest = hashlib.sha256()
    for asset in index:
        parts = (asset.path, asset.blob, asset.zarr, str(asset.size))
        digest.update("\0".join((*parts, "\n")).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
