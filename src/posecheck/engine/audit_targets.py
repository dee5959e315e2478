"""From addresses to the dandisets to audit: those that are named, or all of an archive."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posecheck.archive.client import ArchiveClient
from posecheck.archive.dandi_address import (
    DandiAddress,
    instance_named_by,
    is_dandi_address,
    parse_dandi_address,
)
from posecheck.archive.dandisets import list_dandisets, look_up_dandiset
from posecheck.archive.errors import AccessError
from posecheck.archive.listing import DRAFT
from posecheck.archive.login import connect_to_archive
from posecheck.archive.resources import RemoteAsset, RemoteDandiset
from posecheck.archive.retry import RetryPolicy
from posecheck.engine.settings import Settings
from posecheck.model.errors import Argument, UsageError
from posecheck.model.progress import Phase, ProgressListener
from posecheck.sources.remote_access import redacted

_RETRIES = 5


@dataclass(slots=True, kw_only=True)
class AuditTarget:
    """A version of a dandiset to audit.

    Attributes
    ----------
    archive
        The archive that has it.
    identifier
        Six digits.
    dandiset
        What the archive says of it; ``None`` where it does not show it.
    version
        As the user named it; otherwise the newest published one, or the draft.
    addresses
        What of it the user named; empty if the user named the archive alone.
    hidden
        Why the archive does not show it; empty if it does.
    """

    archive: ArchiveClient
    identifier: str
    dandiset: RemoteDandiset | None
    version: str
    addresses: list[DandiAddress]
    hidden: str = ""

    @property
    def is_named(self) -> bool:
        """Whether the user named the dandiset."""
        return bool(self.addresses)

    def selects(self, asset: RemoteAsset) -> bool:
        """Return whether an asset is one of those that the user means."""
        return not self.addresses or any(each.selects(asset) for each in self.addresses)


class AuditTargets:
    """Finds what to audit, with one connection to each archive; use it as a context manager.

    Parameters
    ----------
    settings
        What the user asked for.
    progress
        Receives that the archive is listed.

    Raises
    ------
    UsageError
        If something else than archives and dandisets is named.
    """

    def __init__(self, settings: Settings, progress: ProgressListener) -> None:
        self._retry = RetryPolicy(
            _RETRIES, threading.Event(), progress.message, rate=settings.access.rate
        )
        self._progress = progress
        self._archives: dict[str, ArchiveClient] = {}
        self._open = contextlib.ExitStack()
        self._named = _addresses_of(settings)

    def __enter__(self) -> AuditTargets:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def find(self) -> Sequence[AuditTarget]:
        """Return the versions to audit, each once: what is named is looked up at once.

        Raises
        ------
        UsageError
            If an archive or a dandiset that is named does not exist.
        ArchiveError
            If an archive does not answer.
        """
        targets: dict[tuple[str, str, str], AuditTarget] = {}
        for named in self._named:
            for target in self._of_named(named):
                key = (target.archive.api, target.identifier, target.version)
                known = targets.setdefault(key, target)
                if known is not target:
                    known.addresses += target.addresses
        return tuple(targets.values())

    def _of_named(self, named: DandiAddress | str) -> Iterator[AuditTarget]:
        self._progress.begin(Phase.LISTING)
        if isinstance(named, str):
            archive = self._connected(named)
            for dandiset in list_dandisets(archive):
                yield AuditTarget(
                    archive=archive,
                    identifier=dandiset.identifier,
                    dandiset=dandiset,
                    version=dandiset.published or DRAFT,
                    addresses=[],
                )
            return
        archive = self._connected(named.instance)
        found, hidden = None, ""
        try:
            found = look_up_dandiset(archive, named.dandiset)
        except AccessError as error:
            hidden = str(error)
        published = found.published if found is not None else ""
        yield AuditTarget(
            archive=archive,
            identifier=named.dandiset,
            dandiset=found,
            version=named.version or published or DRAFT,
            addresses=[named],
            hidden=hidden,
        )

    def _connected(self, instance: str) -> ArchiveClient:
        if instance not in self._archives:
            archive = connect_to_archive(instance, self._retry, needs_token=False)
            self._open.callback(archive.close)
            self._archives[instance] = archive
        return self._archives[instance]


def _addresses_of(settings: Settings) -> tuple[DandiAddress | str, ...]:
    """Return what the user named: dandisets, and archives by their names."""
    wrong = next((path for path in settings.paths if not is_dandi_address(path)), None)
    if wrong is not None or settings.sources or not settings.paths:
        what = f": {redacted(wrong)!r} is none" if wrong is not None else ""
        raise UsageError(
            Argument("with_pose"),
            " looks for pose in dandisets of an archive. Name some (DANDI:000409), or the archive "
            f"(dandi://dandi){what}",
        )
    named: list[DandiAddress | str] = []
    for path in settings.paths:
        instance = instance_named_by(path)
        address = instance if instance is not None else parse_dandi_address(path)
        if isinstance(address, DandiAddress) and not address.dandiset:
            raise UsageError(
                Argument("with_pose"), f" looks for pose in dandisets, and {path!r} names an asset"
            )
        named.append(address)
    return tuple(named)
