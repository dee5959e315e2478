"""The user's token: looked for where dandi looks for it, and nowhere else.

The name of the environment variable follows from the archive's name, so that the token of one
archive is never sent to another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.model.errors import UsageError

if TYPE_CHECKING:
    from dandi.dandiapi import DandiAPIClient
    from keyring.backend import KeyringBackend


def token_variable(client: DandiAPIClient) -> str:
    """Return the name of the environment variable that holds the token."""
    return str(client.api_key_env_var)


def token_instructions(client: DandiAPIClient) -> str:
    """Return sentences that say where to get a token, and where to put it."""
    variable = token_variable(client)
    gui = str(client.dandi_instance.gui or client.dandi_instance.api)
    hint = (
        "" if re.fullmatch(r"[A-Z_][A-Z0-9_]*", variable) else " (with `env`, as shells refuse it)"
    )
    return (
        f"Copy the API key from your account's menu on {gui} into the environment variable "
        f"{variable}{hint}, or into the keyring as dandi does."
    )


def find_token(client: DandiAPIClient, *, prompt: Callable[[str], str] | None = None) -> str:
    """Look for the token in the environment and the keyring, and then ask for it.

    Parameters
    ----------
    client
        dandi's client of the archive.
    prompt
        Prompts the user, given the archive's name; ``None`` if nobody can be prompted. Then this
        function opens no dialog and waits for no answer.

    Returns
    -------
    str
        The token; empty if there is none.

    Raises
    ------
    UsageError
        If the value cannot be a token; the message names the place, and does not quote the value.
    """
    variable = token_variable(client)
    token = os.environ.get(variable, "").strip()
    if token:
        return _checked(token, f"in the environment variable {variable}")
    service = f"dandi-api-{client.dandi_instance.name}"  # as dandi_authenticate documents it
    token = (_in_keyring(service, may_prompt=prompt is not None) or "").strip()
    if token:
        return _checked(token, f"in the keyring, under {service}")
    return (
        _checked(prompt(str(client.dandi_instance.name)).strip(), "that was typed")
        if prompt
        else ""
    )


def _checked(token: str, where: str) -> str:
    """Refuse what an HTTP header cannot hold: a later refusal would quote the token."""
    if re.fullmatch(r"[!-~]*", token):
        return token
    raise UsageError(
        f"the value {where} is not a token: it holds a space, a line break or a character that no "
        "token has. Copy the API key again from your account's menu, and nothing around it."
    )


def _in_keyring(service: str, *, may_prompt: bool) -> str | None:
    """Look where `dandi.keyring_utils` looks, but create no keyring where there is none."""
    from keyring.core import get_keyring, load_config, load_env  # noqa: PLC0415 - seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        backend: KeyringBackend = load_env() or load_config() or get_keyring()
        if _needs_password(backend) and not may_prompt:
            return None
        return backend.get_password(service, "key")
    except KeyringError:
        return _in_encrypted_file(service) if may_prompt else None
    except Exception:  # noqa: BLE001 - a backend that fails has no token
        return None


def _needs_password(backend: KeyringBackend) -> bool:
    from keyrings.alt.file import EncryptedKeyring  # noqa: PLC0415

    return isinstance(backend, EncryptedKeyring)


def _in_encrypted_file(service: str) -> str | None:
    from keyring.errors import KeyringError  # noqa: PLC0415
    from keyrings.alt.file import EncryptedKeyring  # noqa: PLC0415

    encrypted = EncryptedKeyring()
    if not Path(str(encrypted.file_path)).exists():
        return None
    try:
        token: str | None = encrypted.get_password(service, "key")
    except (KeyringError, ValueError, OSError):
        return None
    return token
