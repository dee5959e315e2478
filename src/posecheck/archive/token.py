"""Where the user's token comes from: where dandi looks for it, and nowhere else.

The variable's name follows from the archive's, so that the token of one is never sent to another.
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


def variable_of(client: DandiAPIClient) -> str:
    """Return the name of the environment variable that holds the token."""
    return str(client.api_key_env_var)


def find_token(client: DandiAPIClient, *, ask: Callable[[str], str] | None = None) -> str:
    """Look into the environment and the keyring, and then ask.

    Parameters
    ----------
    client
        dandi's client of the archive.
    ask
        Asks the user, given the archive's name; ``None`` if there is nobody to ask. Then nothing
        here opens a dialog or waits for an answer.

    Returns
    -------
    str
        The token; empty if there is none.

    Raises
    ------
    UsageError
        If what is there can be no token; the sentence names the place, and never quotes it.
    """
    variable = variable_of(client)
    token = os.environ.get(variable, "").strip()
    if token:
        return _checked(token, f"in the environment variable {variable}")
    _, service = client._get_keyring_ids()
    token = (_in_keyring(service, may_ask=ask is not None) or "").strip()
    if token:
        return _checked(token, f"in the keyring, under {service}")
    return _checked(ask(str(client.dandi_instance.name)).strip(), "that was typed") if ask else ""


def _checked(token: str, where: str) -> str:
    """Refuse here what a header cannot hold: whoever refuses it later would quote it."""
    if re.fullmatch(r"[!-~]*", token):
        return token
    raise UsageError(
        f"the token {where} is none: it holds a space, a line's end or a character that no token "
        "has. Copy the API key anew from your account's menu, and nothing around it."
    )


def _in_keyring(service: str, *, may_ask: bool) -> str | None:
    """Look where `dandi.keyring_utils` does, but found no keyring where there is none."""
    from keyring.core import get_keyring, load_config, load_env  # noqa: PLC0415 - seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        backend: KeyringBackend = load_env() or load_config() or get_keyring()
        if _asks_for_a_password(backend) and not may_ask:
            return None
        return backend.get_password(service, "key")
    except KeyringError:
        return _in_encrypted_file(service) if may_ask else None
    except Exception:  # noqa: BLE001 - a backend's own fault is no token, and not ours to show
        return None


def _asks_for_a_password(backend: KeyringBackend) -> bool:
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
