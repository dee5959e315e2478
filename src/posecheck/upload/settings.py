"""The settings of an upload, as the command line or a program gives them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from posecheck.upload.plan.files import Existing

DEFAULT_FILES, DEFAULT_PARTS = 5, 5
"""How many files are sent at a time, and how many parts of each; dandi's numbers."""

DEFAULT_RETRIES = 12
"""How often a request is sent again, with waits that add up to about five minutes."""

DEFAULT_WAIT = 600.0
"""How many seconds to wait for the archive's own work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSettings:
    """What to upload, where to, and what may stop it.

    Attributes
    ----------
    paths
        Files and folders as typed; none stands for the whole dandiset.
    dandiset
        The dandiset's folder; by default it is found upwards.
    instance
        The archive's name or address; by default ``DANDI_INSTANCE``, or ``dandi``.
    existing
        What to do with files that the archive holds.
    linked_from
        Folders outside the dandiset from which links may bring files in.
    allow, because
        Codes whose errors do not stop the upload, and why.
    skip_refused
        Whether to send the other recordings when some are refused.
    sync
        Whether to delete in the end what the archive holds and this disk does not.
    only_verify
        Whether nothing is to be sent; then nothing is validated.
    needs_token
        Whether to fail at once without a token.
    config, isolated
        The configuration of the checks, as for `Settings`; none is looked for.
    remember
        As of `Settings`.
    """

    paths: tuple[str, ...] = ()
    dandiset: Path | None = None
    instance: str | None = None
    existing: Existing = Existing.REFRESH
    linked_from: tuple[Path, ...] = ()
    allow: tuple[str, ...] = ()
    because: str = ""
    skip_refused: bool = False
    sync: bool = False
    only_verify: bool = False
    needs_token: bool = True
    config: Path | None = None
    isolated: bool = False
    remember: bool = True

    @property
    def requested_instance(self) -> str:
        """The archive that is meant, whether or not the user named one."""
        return self.instance or os.environ.get("DANDI_INSTANCE") or "dandi"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """How an upload session works.

    Attributes
    ----------
    reads
        Whether workers will validate, so that they load pynwb and NWB Inspector.
    prefetches
        Whether to compute checksums while recordings are read and checked, since the plan will be
        sent.
    early_parts
        How many parts of a large file to send at a time while recordings are still checked; with 0
        nothing is sent before the plan is made.
    retries
        How often a request is sent again.
    remember
        Whether checksums that earlier sessions computed are taken, and those of this one kept.
    scheduler
        The address or the file of the Dask scheduler whose workers read and check recordings;
        ``None`` for worker processes of this machine.
    """

    reads: bool = True
    prefetches: bool = False
    early_parts: int = 0
    retries: int = DEFAULT_RETRIES
    remember: bool = True
    scheduler: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What to wait for after the bytes have arrived.

    Attributes
    ----------
    checksum
        Whether to wait for the archive's own SHA-256.
    validation
        Whether to wait for the archive's own validation.
    seconds
        For how long.
    """

    checksum: bool = False
    validation: bool = False
    seconds: float = DEFAULT_WAIT

    @property
    def is_needed(self) -> bool:
        """Whether anything is waited for."""
        return self.checksum or self.validation
