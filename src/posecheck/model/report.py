"""A finished run: what was said of each file and of each dandiset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from posecheck.model.baseline import BaselineUse
from posecheck.model.change_scope import ChangeScope
from posecheck.model.configuration_use import NOTHING_CONFIGURED, ConfigurationUse
from posecheck.model.content_use import ContentUse
from posecheck.model.dandiset_contents import DandisetContents
from posecheck.model.display import counted, one_line
from posecheck.model.finding import INTERNAL_ERROR, Finding, Severity, Skipped
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
        return one_line(self, repr(self.path), self.status.value, *_counts(self))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished run: what was said of each file, in the order in which the files were named.

    Attributes
    ----------
    root
        The folder to which the fingerprints of the findings are relative: the top of the git
        repository that holds all paths of the run, else their dandiset, else the folder of the
        configuration, else the folder that holds them all.
    dandisets
        What rules over several files said of each dandiset, under the path of its folder; each
        finding names the file that it concerns.
    configuration
        Where the configuration was read, what was ignored and why, and how many findings that
        suppressed.
    baseline
        What the run had from a baseline; ``None`` for a run without one.
    changes
        What was left out since it did not change; ``None`` for a run over all files.
    content
        How many files had their content at hand, and how many had to; ``None`` where that is not
        known: a check before an upload, several reports that were put together.
    """

    version: str
    files: tuple[FileReport, ...] = ()
    seconds: float = 0.0
    dandisets: tuple[FileReport, ...] = ()
    root: str = ""
    configuration: ConfigurationUse = NOTHING_CONFIGURED
    baseline: BaselineUse | None = None
    changes: ChangeScope | None = None
    content: ContentUse | None = None

    def __repr__(self) -> str:
        return one_line(self, counted(len(self.files), "file"), *_counts(self))

    @property
    def blocks(self) -> tuple[FileReport, ...]:
        """Everything that was said: of each file, and then of each dandiset."""
        return (*self.files, *self.dandisets)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all files, and then those over several files."""
        return tuple(finding for block in self.blocks for finding in block.findings)

    @property
    def active(self) -> tuple[Finding, ...]:
        """The findings that count: those that nothing suppresses."""
        return tuple(finding for block in self.blocks for finding in block.active)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The skipped rules of all files, and then those over several files."""
        return tuple(skip for block in self.blocks for skip in block.skipped)

    def count(self, severity: Severity) -> int:
        """How many findings that count have exactly this severity."""
        return sum(block.count(severity) for block in self.blocks)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, by the names of ``docs/report.schema.json``.

        Returns
        -------
        dict
            What `from_dict` reads. Numbers stay as they are, NaN and the infinities too: the format
            ``json`` spells those out.
        """
        return {
            "posecheck": self.version,
            "root": self.root,
            "seconds": self.seconds,
            "configuration": self.configuration.to_dict(),
            "baseline": self.baseline and self.baseline.to_dict(),
            "changes": self.changes and self.changes.to_dict(),
            "content": self.content and self.content.to_dict(),
            "summary": self.summary(),
            "files": [_with_counts(file) for file in self.files],
            "dandisets": [_with_counts(dandiset) for dandiset in self.dandisets],
            "findings": [finding.to_dict() for finding in self.findings],
            "skipped": [skipped.to_dict() for skipped in self.skipped],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Report:
        """Return the report that `to_dict` made a document of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such document.
        """
        findings, skipped = iter(document["findings"]), iter(document["skipped"])
        baseline, changes = document["baseline"], document["changes"]
        content = document["content"]
        files = tuple(_blocks(document["files"], findings, skipped))
        dandisets = tuple(_blocks(document["dandisets"], findings, skipped))
        if next(findings, None) is not None or next(skipped, None) is not None:
            raise ValueError("there are more findings than the files have")
        return cls(
            version=text_in(document, "posecheck"),
            root=text_in(document, "root"),
            seconds=float(document["seconds"]),
            files=files,
            dandisets=dandisets,
            configuration=ConfigurationUse.from_dict(document["configuration"]),
            baseline=BaselineUse.from_dict(baseline) if baseline else None,
            changes=ChangeScope.from_dict(changes) if changes else None,
            content=ContentUse.from_dict(content) if content else None,
        )

    def summary(self) -> dict[str, int]:
        """Return how many files, findings and skipped rules there are."""
        return {
            "files": len(self.files),
            "errors": self.count(Severity.ERROR),
            "warnings": self.count(Severity.WARNING),
            "hints": self.count(Severity.HINT),
            "suppressed": sum(finding.suppression is not None for finding in self.findings),
            "skipped": len(self.skipped),
        }

    def has_at_least(self, threshold: Severity) -> bool:
        """Whether any finding that counts is as severe as ``threshold``."""
        return any(finding.severity.reaches(threshold) for finding in self.active)

    @property
    def has_internal_error(self) -> bool:
        """Whether posecheck itself failed somewhere."""
        return any(finding.code == INTERNAL_ERROR for finding in self.findings)

    @property
    def content_at_hand(self) -> int:
        """How many files had their content here."""
        return sum(file.status is not FileStatus.NOT_FETCHED for file in self.files)

    @property
    def checked_nothing(self) -> bool:
        """Whether no file's content was at hand, so that the report cannot vouch for anything."""
        return all(file.status is FileStatus.NOT_FETCHED for file in self.files)

    @property
    def searched_pose(self) -> bool:
        """Whether dandisets were searched for recordings with pose."""
        return any(
            block.contents is not None and block.contents.pose_probes is not None
            for block in self.dandisets
        )

    @property
    def applied_no_rule(self) -> bool:
        """Whether no file was evaluated: it could not be read, or no rule applied to it."""
        return not any(file.rules_run or file.validators_run for file in self.files)


def _counts(report: FileReport | Report) -> list[str]:
    counts = {severity: report.count(severity) for severity in Severity}
    found = [counted(number, severity.value) for severity, number in counts.items() if number]
    return found or ["no findings"]


def _with_counts(block: FileReport) -> dict[str, Any]:
    counts = {"finding_count": len(block.findings), "skipped_count": len(block.skipped)}
    return {**block.to_dict_without_findings(), **counts}


def _blocks(
    documents: Sequence[Mapping[str, Any]], findings: Iterator[Any], skipped: Iterator[Any]
) -> Iterator[FileReport]:
    """Yield each block with its part of the findings, which stand in the same order."""
    for document in documents:
        own = {
            "findings": list(islice(findings, int(document["finding_count"]))),
            "skipped": list(islice(skipped, int(document["skipped_count"]))),
        }
        yield FileReport.from_dict({**document, **own})
