"""The token: found where dandi finds it, requested only where it is needed, and never quoted."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from posecheck.archive.token import find_token, token_variable
from posecheck.model.errors import UsageError

VARIABLE = "DANDI_ELSEWHERE_API_KEY"


@dataclass
class Client:
    """What is used of dandi's client: how the archive's variable and keyring entry are called."""

    api_key_env_var: str = VARIABLE
    dandi_instance: Any = field(default_factory=lambda: SimpleNamespace(name="dandi-elsewhere"))


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv(VARIABLE, raising=False)


def find(**how: Any) -> str:
    client: Any = Client()
    assert token_variable(client) == VARIABLE
    return find_token(client, **how)


def test_the_variable_comes_before_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " abc123\n")
    assert find(prompt=lambda _: "typed") == "abc123"


def test_who_is_asked_hears_the_name() -> None:
    prompted: list[str] = []

    def prompt(name: str) -> str:
        prompted.append(name)
        return "typed "

    assert find(prompt=prompt) == "typed"
    assert prompted == ["dandi-elsewhere"]


def test_without_anybody_to_ask_there_is_none() -> None:
    assert find() == ""


@pytest.mark.parametrize("token", ["SECRET\nTOKEN", "SECRET TOKEN", "SECRÉTTOKEN", "SECRET\udce9"])
def test_what_no_header_holds_is_refused_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv(VARIABLE, token)

    with pytest.raises(UsageError) as raised:
        find(prompt=lambda _: "typed")

    assert VARIABLE in str(raised.value)
    assert "SECR" not in str(raised.value)


def test_what_is_typed_is_looked_at_alike() -> None:
    with pytest.raises(UsageError, match="that was typed") as raised:
        find(prompt=lambda _: "SEC RET")
    assert "RET" not in str(raised.value)
