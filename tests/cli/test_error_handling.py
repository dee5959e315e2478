"""Whatever a command raises is a sentence and an exit code."""

from __future__ import annotations

import pytest
import typer

from posecheck.cli.error_handling import handle_errors
from posecheck.model.errors import (
    ConfigurationError,
    InternalError,
    PosecheckError,
    UsageError,
)


@handle_errors
def command(error: BaseException | None = None, traceback: bool = False) -> None:
    if error is not None:
        raise error


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UsageError("there is no folder 'x'"), 2, "posecheck: there is no folder 'x'\n"),
        (ConfigurationError("posecheck.toml: no"), 2, "posecheck: posecheck.toml: no\n"),
        (PosecheckError("something else"), 2, "posecheck: something else\n"),
        (UsageError("no file a\n\x1b[2Jb"), 2, "posecheck: no file a\\n\\x1b[2Jb\n"),
        (KeyboardInterrupt(), 130, "posecheck: interrupted\n"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_what_a_person_can_act_on(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, sentence: str
) -> None:
    with pytest.raises(typer.Exit) as stop:
        command(error)
    assert stop.value.exit_code == code
    assert capsys.readouterr().err == sentence


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (AssertionError(), "(AssertionError)"),
        (
            InternalError("a worker died: Trace\n  deep\nOSError: full"),
            "died: Trace … OSError: full",
        ),
    ],
)
def test_a_failure_of_posecheck_is_called_so(
    capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    with pytest.raises(typer.Exit) as stop:
        command(error)
    assert stop.value.exit_code == 3
    printed = capsys.readouterr().err
    assert "this is a failure of posecheck, not of your files" in printed
    assert said in printed
    assert printed.count("\n") == 1


def test_traceback_is_shown_only_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        command(ZeroDivisionError("\x1b[2J"), traceback=True)
    printed = capsys.readouterr().err
    assert "Traceback (most recent call last):" in printed
    assert "in command\n" in printed
    assert "\x1b" not in printed


def test_an_exit_passes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stop:
        command(typer.Exit(1))
    assert stop.value.exit_code == 1
    assert capsys.readouterr().err == ""
