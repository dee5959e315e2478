"""What real files must give, read from a table, and what the command says of them."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.command import Outcome, posecheck

SEVERITIES = ("error", "warning")


@dataclass(frozen=True, slots=True)
class Expectations:
    """A table of expected codes: for each file and severity, the codes with the proof of each."""

    files: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, name: str) -> Expectations:
        """Read a table that lies beside this module."""
        text = Path(__file__).with_name(name).read_text(encoding="utf-8")
        return cls({entry["path"]: entry for entry in tomllib.loads(text)["file"]})

    def codes(self, path: str, severity: str) -> set[str]:
        """Return the codes that a file must give."""
        return set(self.files[path][f"{severity}s"])

    def is_proven(self, path: str) -> bool:
        """Whether each code has its proof, and a file without any says why it is accepted."""
        entry = self.files[path]
        proofs = [text for severity in SEVERITIES for text in entry[f"{severity}s"].values()]
        return all(proofs) and bool(proofs or entry.get("accepted"))


def check_folder(folder: Path) -> Outcome:
    """Check all files of a folder by posecheck's own rules, through the command."""
    arguments = (".", "--isolated", "--engine", "pose", "--output", "json")
    return posecheck("validate", *arguments, cwd=folder)


def said(outcome: Outcome, path: str, severity: str) -> dict[str, list[str]]:
    """Return what was said of a file with a severity: the messages of each code."""
    messages: dict[str, list[str]] = defaultdict(list)
    for finding in outcome.report["findings"]:
        if finding["file"] == path and finding["severity"] == severity:
            messages[finding["code"]].append(f"{finding['location']}: {finding['message']}")
    return messages
