"""The installed command, run as a user runs it: in a process of its own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.command_client import HAS_SERVER, CommandServer, ForkedRun

COMMAND = (sys.executable, "-m", "posecheck")

Run = ForkedRun | subprocess.Popen[bytes]
"""A run of the command that was started."""

_NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> Any:
        """The JSON document on standard output, which must be all there is."""
        return json.loads(self.stdout, parse_constant=_refuse)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The findings of severity error."""
        return [finding for finding in self.report["findings"] if finding["severity"] == "error"]

    def codes(self, file: str = "", *severities: str) -> set[str]:
        """The codes reported, of a file by its name (all), and of these severities (any)."""
        return {
            finding["code"]
            for finding in self.report["findings"]
            if _is(finding["file"], file) and (not severities or finding["severity"] in severities)
        }

    def status(self, file: str) -> str:
        """The status of the one file of this name."""
        (status,) = {entry["status"] for entry in self.report["files"] if _is(entry["path"], file)}
        return str(status)

    def message(self, code: str, file: str = "") -> str:
        """The messages of a code, of a file by its name (all)."""
        return "\n".join(
            finding["message"]
            for finding in self.report["findings"]
            if finding["code"] == code and _is(finding["file"], file)
        )


def _is(path: str, file: str) -> bool:
    return not file or path == file or path.endswith(f"/{file}")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what decorates output, or asks a keyring."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"FORCE_COLOR", "NO_COLOR", "COLUMNS", "GITHUB_ACTIONS"}
    }
    return kept | _NO_KEYRING | dict(extra or {})


@functools.cache
def _server() -> CommandServer:
    """Return what forks the runs of this process."""
    return CommandServer(environment())


def posecheck(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 120,
    new_interpreter: bool = False,
) -> Outcome:
    """Run the command and wait for it: in a process of its own, which has its imports done.

    Where no engine is named, posecheck's own rules run alone: what the other validators say costs
    seconds each time, and is tested where they are.

    Parameters
    ----------
    arguments
        What follows the command's name.
    cwd
        Where it is called, by default here.
    env
        Environment variables beside those of this process.
    seconds
        How long it may take.
    new_interpreter
        Whether how it starts, or what it imports, is the matter: an interpreter is started for it.
    """
    if arguments[:1] == ("validate",) and "--engine" not in arguments:
        arguments = (*arguments, "--engine", "pose")
    called, where, variables = [*map(str, arguments)], cwd or Path.cwd(), environment(env)
    if not new_interpreter and HAS_SERVER and _server().can_run(variables):
        code, stdout, stderr = _server().run(called, cwd=where, env=variables, seconds=seconds)
    else:
        done = subprocess.run(
            [*COMMAND, *called],
            cwd=where,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        code, stdout, stderr = done.returncode, done.stdout, done.stderr
    return Outcome(code, stdout.decode("utf-8", "strict"), stderr.decode("utf-8", "strict"))


def start(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    start_new_session: bool = False,
) -> Run:
    """Start the command, in a process of its own that has its imports done, and do not wait for it.

    Parameters
    ----------
    arguments, cwd, env
        As of `posecheck`, but that no engine is chosen.
    stdin, stdout, stderr, start_new_session
        As of `subprocess.Popen`.
    """
    called, where, variables = [*map(str, arguments)], cwd or Path.cwd(), environment(env)
    if HAS_SERVER and _server().can_run(variables):
        return _server().start(
            called,
            cwd=where,
            env=variables,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=start_new_session,
        )
    group: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
        if os.name == "nt" and start_new_session
        else {"start_new_session": start_new_session}
    )
    return subprocess.Popen(
        [*COMMAND, *called],
        cwd=where,
        env=variables,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        **group,
    )


def outcome_of(process: Run, seconds: float = 120) -> Outcome:
    """Wait for the end of a run that was started."""
    stdout, stderr = process.communicate(timeout=seconds)
    return Outcome(process.wait(), stdout.decode(), stderr.decode())


def validate(*arguments: str | Path, cwd: Path | None = None, seconds: float = 120) -> Outcome:
    """Run ``posecheck validate`` without configuration, for its JSON."""
    return posecheck(
        "validate",
        *arguments,
        "--isolated",
        "--output",
        "json",
        cwd=cwd,
        seconds=seconds,
    )


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
