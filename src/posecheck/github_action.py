"""What ``action.yml`` runs in a step of GitHub Actions: ``python -P -m posecheck.github_action``.

It reads the event to find out what a pull request is to be compared with, fetches that commit if
the checkout is too shallow to hold it, and runs ``posecheck validate``. All its inputs come
from the environment, so that no text of a pull request ever becomes part of a shell's command.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.files.git_repository import GitRepository
from posecheck.model.errors import ExitCode, PosecheckError, UsageError
from posecheck.report.formats.github import command_text

AUTO = "auto"
NONE = "none"

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Base:
    """What an event compares with.

    Attributes
    ----------
    commit
        The hash of the commit; empty if the event compares with nothing.
    is_trusted
        Whether the configuration is to be taken from it: who pushed may change the configuration,
        who opened a pull request may not.
    """

    commit: str = ""
    is_trusted: bool = False


def base_of(name: str, event: Mapping[str, Any]) -> Base:
    """Return what an event compares with.

    Parameters
    ----------
    name, event
        The event's name and its payload, as GitHub describes them ("Webhook events and payloads").

    Raises
    ------
    UsageError
        If the event runs with secrets on the code of a stranger.
    """
    if name == "pull_request_target":
        raise UsageError(
            "a workflow on pull_request_target has secrets at hand while it looks at the files of "
            "a stranger; use `on: pull_request`, which is all that posecheck needs"
        )
    commits = {
        "pull_request": _text(event, "pull_request", "base", "sha"),
        "merge_group": _text(event, "merge_group", "base_sha"),
        "push": _text(event, "before"),
    }
    commit = commits.get(name, "")
    if not _COMMIT.fullmatch(commit) or not commit.strip("0"):  # of a new branch, all zeros
        return Base()
    return Base(commit, is_trusted=name != "push")


def arguments_of(inputs: Mapping[str, str], base: Base, folder: Path) -> Iterator[str]:
    """Yield the arguments of ``posecheck validate``.

    Parameters
    ----------
    inputs
        Those of the action, by their names.
    base
        What the event compares with.
    folder
        Where the reports go.
    """
    yield from ("--output", "full", "--output", "github")
    for name, file in REPORTS.items():
        yield from ("--output", f"{name}={folder / file}")
    revisions = {
        "diff-base": base.commit,
        "config-rev": base.commit if base.is_trusted else "",
    }
    for name, automatic in revisions.items():
        stated = inputs.get(name, "").strip() or AUTO
        value = automatic if stated == AUTO else stated
        if value and value != NONE:
            yield f"--{name}={value}"
    for name in PASSED_ON:
        if value := inputs.get(name, "").strip():
            yield f"--{name}={value}"
    yield from _lines(inputs.get("arguments", ""))
    yield "--"
    yield from _lines(inputs.get("paths", "")) or ["."]


REPORTS = {"markdown": "summary.md", "sarif": "posecheck.sarif", "json": "posecheck.json"}
"""The formats that go to files, and their names."""

PASSED_ON = ("fail-on", "baseline", "annex", "require-content")
"""Inputs that are options of the same name."""


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Run the step; return its exit code."""
    inputs = {
        name.removeprefix("POSECHECK_INPUT_").lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith("POSECHECK_INPUT_")
    }
    # A folder for each call: a job may run the action twice.
    folder = Path(tempfile.mkdtemp(prefix="posecheck-", dir=environment["RUNNER_TEMP"]))
    try:
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        base = base_of(environment["GITHUB_EVENT_NAME"], event)
        arguments = list(arguments_of(inputs, base, folder))
        _fetch_missing(arguments)
    except PosecheckError as error:
        sys.stdout.write(f"::error title=posecheck::{command_text(str(error))}\n")
        return error.exit_code
    done = subprocess.run([sys.executable, "-P", "-m", "posecheck", "validate", *arguments])  # noqa: S603, PLW1510
    _write_outputs(environment, folder, done.returncode)
    return done.returncode


def _fetch_missing(arguments: list[str]) -> None:
    """Fetch the commits that are named and not there, as in a checkout of one commit."""
    repository = GitRepository.around(Path.cwd())
    named = [each.partition("=")[2] for each in arguments if each.startswith(_REVISIONS)]
    if repository is None:
        if named:
            raise UsageError("there is no checkout: run actions/checkout before posecheck")
        return
    for revision in dict.fromkeys(named):
        if not repository.has_commit(revision) and not repository.fetch(revision):
            raise UsageError(
                f"the checkout does not hold {revision}, and it cannot be fetched; give "
                "actions/checkout `fetch-depth: 0`, or run "
                f"`git fetch --depth=1 origin {revision}` before"
            )


_REVISIONS = ("--diff-base=", "--config-rev=")


def _write_outputs(environment: Mapping[str, str], folder: Path, code: int) -> None:
    summary = folder / REPORTS["markdown"]
    if "GITHUB_STEP_SUMMARY" in environment and summary.exists():
        with Path(environment["GITHUB_STEP_SUMMARY"]).open("ab") as stream:
            stream.write(summary.read_bytes())
    if "GITHUB_OUTPUT" not in environment:
        return
    outputs = {"exit-code": str(code)}
    report = folder / REPORTS["json"]
    if report.exists() and code != ExitCode.USAGE:
        counts = json.loads(report.read_text(encoding="utf-8"))["summary"]
        outputs |= {name: str(counts[name]) for name in ("files", "errors", "warnings", "hints")}
        outputs |= {name: str(folder / REPORTS[name]) for name in ("sarif", "json")}
    with Path(environment["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as stream:
        stream.writelines(f"{name}={value}\n" for name, value in outputs.items())


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _text(event: Mapping[str, Any], *keys: str) -> str:
    value: Any = event
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


if __name__ == "__main__":
    sys.exit(main())
