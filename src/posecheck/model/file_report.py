"""What was said of one file, or of one dandiset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.display import counted, one_line
from posecheck.model.finding import Finding, Severity, Skipped
from posecheck.model.values import text_in


class FileStatus(StrEnum):
    """How far the check of a file came."""

    CHECKED = "checked"
    UNREADABLE = "unreadable"
    NOT_NWB = "not-nwb"
    NOT_FETCHED = "not-fetched"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseSummary:
    """How much pose a file holds."""

    nwb_version: str | None = None
    ndx_pose_version: str | None = None
    containers: int = 0
    series: int = 0
    frames: int = 0
    skeletons: int = 0
    videos: int = 0
    training_frames: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Everything said of one file, findings in a stable order.

    Attributes
    ----------
    rules_run
        How many of posecheck's own rules were evaluated on it.
    read_from
        Where its content was read, if that is not where the file is: nothing says that it is the
        content that git-annex knows.
    sampled
        The rules that were evaluated on a sample of the arrays' rows, by their codes; those that
        need every row are among the skipped ones.
    validators_run
        The other validators that finished with it, by the names that ``--engine`` has for them.
    ignored
        How many findings of each code are not reported because they are ignored.
    contents
        What a dandiset on an archive holds; ``None`` of a file, and of a folder on the disk.
    """

    path: str
    status: FileStatus
    pose: PoseSummary = PoseSummary()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    read_from: str = ""
    rules_run: int = 0
    sampled: tuple[str, ...] = ()
    validators_run: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    contents: DandisetContents | None = None
    seconds: float = 0.0

    def __repr__(self) -> str:
        return one_line(self, repr(self.path), self.status.value, *severities_in_words(self.count))

    @property
    def active(self) -> tuple[Finding, ...]:
        """The findings that count: those that nothing suppresses."""
        return tuple(finding for finding in self.findings if finding.suppression is None)

    def count(self, severity: Severity) -> int:
        """How many findings that count have exactly this severity."""
        return sum(finding.severity is severity for finding in self.active)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, with its findings."""
        return {
            **self.to_dict_without_findings(),
            "findings": [finding.to_dict() for finding in self.findings],
            "skipped": [skipped.to_dict() for skipped in self.skipped],
        }

    def to_dict_without_findings(self) -> dict[str, Any]:
        """Return what is said of the file as a whole."""
        held = {} if self.contents is None else {"contents": self.contents.to_dict()}
        return {
            "path": self.path,
            "status": self.status.value,
            "pose": asdict(self.pose),
            "seconds": self.seconds,
            "read_from": self.read_from,
            "rules_run": self.rules_run,
            "sampled": list(self.sampled),
            "validators_run": list(self.validators_run),
            "ignored": dict(self.ignored),
            **held,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> FileReport:
        """Return the report that `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        return cls(
            path=text_in(document, "path"),
            status=FileStatus(document["status"]),
            pose=PoseSummary(**document["pose"]),
            findings=tuple(map(Finding.from_dict, document["findings"])),
            skipped=tuple(map(Skipped.from_dict, document["skipped"])),
            read_from=str(document.get("read_from", "")),
            rules_run=int(document["rules_run"]),
            sampled=tuple(map(str, document.get("sampled", ()))),
            validators_run=tuple(map(str, document["validators_run"])),
            ignored={str(code): int(n) for code, n in document["ignored"].items()},
            contents=(
                DandisetContents.from_dict(document["contents"]) if "contents" in document else None
            ),
            seconds=float(document["seconds"]),
        )


def severities_in_words(count: Callable[[Severity], int]) -> list[str]:
    """Say how many findings there are of each severity that has any."""
    counts = {severity: count(severity) for severity in Severity}
    found = [counted(number, severity.value) for severity, number in counts.items() if number]
    return found or ["no findings"]
