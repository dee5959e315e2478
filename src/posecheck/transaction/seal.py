"""The seal of a run: by it posecheck recognizes a journal that this user began on this machine.

A journal says which files to place, from where, and which folders to write into. One that came
with a dandiset of another user must not be trusted, and nothing in a dandiset proves where it comes
from. So each user has a secret outside all dandisets, and only that secret makes the seal of a run.
A dandiset may be copied, moved, mounted elsewhere, or change its permissions: its seals stay valid.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from posecheck.files.folders import STATE_VARIABLE, state_folder
from posecheck.files.publication import remove, rename_noreplace
from posecheck.files.regular_file import open_regular_file
from posecheck.model.errors import Argument, UsageError
from posecheck.transaction.operation import Operation

_SIZE = 32


def read_secret(operation: Operation) -> bytes | None:
    """Return this user's secret; ``None`` if there is none yet.

    Raises
    ------
    UsageError
        If it cannot be read.
    """
    path = _path(operation)
    try:
        with open_regular_file(path, _SIZE) as file:
            secret = file.read(_SIZE)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if len(secret) != _SIZE:
        raise UsageError(
            f"{path}, by which posecheck recognizes its own journals, is damaged. Move it away; "
            "what was begun before is then resumed or undone with ",
            Argument("trust_journal"),
            ".",
        )
    return secret


def make_secret(operation: Operation) -> bytes:
    """Return this user's secret, and make one if there is none.

    Raises
    ------
    UsageError
        If it cannot be read or written.
    """
    known = read_secret(operation)
    if known is not None:
        return known
    path = _path(operation)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(_SIZE))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        # Another process may have made one meanwhile: then that is the secret.
        with contextlib.suppress(FileExistsError):
            rename_noreplace(beside, path)
    except OSError as error:
        raise _unusable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            remove(beside)
    made = read_secret(operation)
    if made is None:
        raise UsageError(f"{path} comes and goes. Look who removes it.")
    return made


def _path(operation: Operation) -> Path:
    return state_folder() / f"{operation.name}.key"


def seal(secret: bytes, run: str, plan: bytes) -> str:
    """Return the seal of a run.

    Parameters
    ----------
    secret
        The user's secret.
    run
        The run's name.
    plan
        The content of its plan's file.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    digest.update(run.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(plan)
    return digest.hexdigest()


def is_sealed(operation: Operation, found: object, run: str, plan: bytes) -> bool:
    """Whether a seal is what this user would have made."""
    secret = read_secret(operation)
    if secret is None or not isinstance(found, str):
        return False
    expected = seal(secret, run, plan)
    return hmac.compare_digest(expected.encode(), found.encode("utf-8", "backslashreplace"))


def _unusable(path: Path, error: OSError | ValueError) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(
        f"nothing was begun: {path}, by which posecheck recognizes its own journals, cannot be "
        f"read or written ({reason}). Fix that, or name another folder of your own with the "
        f"environment variable {STATE_VARIABLE}."
    )
