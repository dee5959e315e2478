"""The program as a shell sees it: light to start, quiet when cut off, complete on Tab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from posecheck import __version__

HEAVY = ("pynwb", "dandi", "av", "h5py", "numpy", "hdmf", "nwbinspector")


def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "posecheck", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"} | variables,
    )


def modules_after(arguments: Sequence[str]) -> set[str]:
    program = (
        "import sys, json\n"
        "from posecheck.cli import main\n"
        f"sys.argv = ['posecheck', *{list(arguments)!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["rules", "--help"],
        ["explain", "--help"],
        ["validate", "--help"],
        ["info", "--help"],
        ["organize", "--help"],
        ["rules"],
        ["explain", "CNF007"],
    ],
    ids=" ".join,
)
def test_what_reads_no_file_imports_no_reader(arguments: list[str]) -> None:
    assert not modules_after(arguments) & set(HEAVY)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["rules"]], ids=" ".join)
def test_what_describes_no_recording_imports_no_model_of_it(arguments: list[str]) -> None:
    assert "posecheck.model.recording" not in modules_after(arguments)


def test_a_worker_that_imports_the_package_imports_no_command_line() -> None:
    program = "import posecheck.cli, sys; print('typer' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_version() -> None:
    done = call("--version")
    assert (done.returncode, done.stdout) == (0, f"posecheck {__version__}\n")


@pytest.mark.slow
def test_help_names_every_command() -> None:
    done = call("--help")
    assert done.returncode == 0
    for command in ("validate", "rules", "explain", "info"):
        assert f" {command} " in done.stdout


@pytest.mark.slow
def test_help_can_be_written_where_nothing_but_ascii_can() -> None:
    done = call("validate", "--help", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "--no-such-option"],
        ["validate", "--jobs", "0"],
        ["validate", "--file-timeout", "-1"],
        ["validate", "--file-memory", "much"],
        ["validate", "--fail-on", "catastrophe"],
        ["validate", "--select", ","],
        ["validate", "--per-file-ignores", "VID002"],
        ["explain"],
        ["no-such-command"],
    ],
    ids=" ".join,
)
def test_a_mistake_in_the_call_is_2_and_a_sentence(arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    assert not done.stdout


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_reason_to_complain() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "posecheck", "rules"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()
        process.stderr.close()
        assert process.wait() == 141
    assert complaint == b""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown(shell: str) -> None:
    done = call("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 0
    assert "_POSECHECK_COMPLETE" in done.stdout


def completions(line: str) -> list[str]:
    done = call(
        _POSECHECK_COMPLETE="complete_bash",
        COMP_WORDS=line,
        COMP_CWORD=str(line.count(" ")),
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("posecheck explain CNF007", "CNF007"),
        ("posecheck explain cnf007", "cnf007"),
        ("posecheck explain confidence-not", "confidence-not-a-probability"),
        ("posecheck rules --select FIL001,CNF00", "FIL001,CNF007"),
        ("posecheck validate --ignore CNF", "CNF007"),
        ("posecheck exp", "explain"),
    ],
)
def test_tab_completes(line: str, offered: str) -> None:
    assert offered in completions(line)


def test_tab_on_nonsense_offers_nothing() -> None:
    assert completions("posecheck explain zzz") == []
