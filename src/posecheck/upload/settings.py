"""What an upload is asked to do, as the command line or a program says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posecheck.upload.plan.files import Existing

DEFAULT_FILES, DEFAULT_PARTS = 5, 5
"""How many files are sent at a time, and how many parts of each; dandi's numbers."""

DEFAULT_RETRIES = 12
"""How often a request is sent again, with waits that add up to about five minutes."""

DEFAULT_WAIT = 600.0
"""Seconds that the archive's own work is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSettings:
    """What the user asked for.

    Attributes
    ----------
    paths
        Files and folders as typed; none stands for the whole dandiset.
    dandiset
        The dandiset's folder; by default it is found upwards.
    instance
        The archive's name or address; by default ``DANDI_INSTANCE``, or ``dandi``.
    existing
        What becomes of files that the archive holds.
    linked_from
        Folders outside the dandiset from which links may bring files in.
    allow, because
        Codes whose errors do not stop the upload, and why.
    skip_refused
        Whether to send the other recordings when some are refused.
    sync
        Whether what the archive holds and this disk does not is deleted in the end.
    only_verify
        Whether nothing is to be sent, so that nothing need be checked.
    needs_token
        Whether to fail at once without a token.
    retries
        How often a request is sent again.
    config, isolated
        The configuration of the checks, as for `Settings`; none is looked for.
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
    retries: int = DEFAULT_RETRIES
    config: Path | None = None
    isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is waited for after the bytes have arrived.

    Attributes
    ----------
    checksum
        Whether for the archive's own SHA-256.
    validation
        Whether for the archive's own validation.
    seconds
        For how long.
    """

    checksum: bool = False
    validation: bool = False
    seconds: float = DEFAULT_WAIT
