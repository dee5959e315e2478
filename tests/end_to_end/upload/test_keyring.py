"""A token that dandi keeps in the user's keyring: a real one, in a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.archive.server import Archive
from tests.end_to_end.command import Outcome, environment, posecheck
from tests.end_to_end.upload.conversing import converse
from tests.end_to_end.upload.upload_command import arguments, check_secrecy, files, held, variables

pytestmark = pytest.mark.slow

_PLAIN, _ENCRYPTED = (f"keyrings.alt.file.{kind}Keyring" for kind in ("Plaintext", "Encrypted"))
_PASSWORD = "a made-up password"  # noqa: S105 - it is one

_SAVE = """
import getpass, sys
from dandi.dandiapi import DandiAPIClient
from keyring.core import load_env
getpass.getpass = lambda *_: sys.argv[3]
with DandiAPIClient.for_dandi_instance(sys.argv[1]) as client:
    client.check_schema_version = lambda: None
    load_env().set_password(client._get_keyring_ids()[1], "key", sys.argv[2])
"""


def keyring(archive: Archive, folder: Path, backend: str, token: str) -> dict[str, str]:
    """Keep a token where ``dandi`` keeps it, and return the environment in which it is found."""
    places = {
        "PYTHON_KEYRING_BACKEND": backend,
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "configuration"),
    }
    subprocess.run(
        [sys.executable, "-c", _SAVE, archive.url, token, _PASSWORD],
        env=environment(places),
        check=True,
        capture_output=True,
    )
    return {**variables(archive, ""), **places}


def upload(archive: Archive, folder: Path, found: Mapping[str, str]) -> Outcome:
    done = posecheck(*arguments(archive), cwd=folder, env=found, seconds=300)
    check_secrecy(archive, folder, done.stdout + done.stderr)
    return done


def test_a_token_in_the_keyring_is_found(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    found = keyring(archive, tmp_path, _PLAIN, archive.token)

    done = upload(archive, one, found)

    assert done.code == 0, done.stderr
    assert held(archive, dandiset) == files(one)


def test_a_wrong_token_in_the_keyring_is_reported_and_not_quoted(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    found = keyring(archive, tmp_path, _PLAIN, "made-up-and-wrong")

    done = upload(archive, one, found)

    assert done.code == 2
    assert "token" in done.stderr
    assert "made-up-and-wrong" not in done.stdout + done.stderr
    assert archive.log.sent() == []


def test_the_variable_goes_before_the_keyring(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    found = keyring(archive, tmp_path, _PLAIN, "made-up-and-wrong")

    done = upload(archive, one, {**found, archive.token_variable: archive.token})

    assert done.code == 0, done.stderr


def test_a_keyring_that_wants_a_password_is_not_opened_where_nobody_can_type(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    found = keyring(archive, tmp_path, _ENCRYPTED, archive.token)

    done = upload(archive, one, found)

    assert done.code == 2
    assert "there is no token" in done.stderr


def test_a_keyring_that_wants_a_password_asks_on_a_terminal(
    archive: Archive, dandiset: str, one: Path, tmp_path: Path
) -> None:
    found = keyring(archive, tmp_path, _ENCRYPTED, archive.token)

    code, shown = converse(
        archive, one, replies=(("assword", _PASSWORD), ("Send 2 files", "y")), found=found
    )

    assert code == 0, shown
    assert _PASSWORD not in shown
    assert held(archive, dandiset) == files(one)
