"""Findings that say one thing of many places, brought together for a reader.

A container of 24 series that all lack a unit gives 24 findings; a person wants one line. Only the
terminal folds: the formats for machines keep every finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from posecheck.model.finding import Finding, Severity

_NAMES = 6
_WIDTH = 72

_MEMBERS = frozenset(
    [
        *("data", "confidence", "timestamps", "starting_time"),
        *("external_file", "starting_frame", "dimension", "num_samples", "format"),
        *("nodes", "edges", "node_locations", "node_visibility"),
    ]
)
"""Datasets of an object (NWB and ndx-pose): siblings are the objects that hold them."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Findings of one rule and severity at siblings: objects of one parent.

    Attributes
    ----------
    parent
        The path of the object that holds them.
    findings
        In the order of the report; at least one.
    """

    parent: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that stands for all."""
        return self.findings[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The siblings' names, each once, in the order of the report."""
        return tuple(dict.fromkeys(split_location(f.location)[1] for f in self.findings))

    @property
    def is_one_place(self) -> bool:
        """Whether every finding is about the same object, so that there are no names to fold."""
        return len(self.names) == 1

    @property
    def differ(self) -> bool:
        """Whether the messages are not all the same."""
        return len({finding.message for finding in self.findings}) > 1


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """What one rule says, with one severity, about one file."""

    code: str
    name: str
    severity: Severity
    folds: tuple[Fold, ...]

    @property
    def count(self) -> int:
        """How many findings it stands for."""
        return sum(len(fold.findings) for fold in self.folds)


def fold_findings(findings: Iterable[Finding]) -> list[RuleBlock]:
    """Bring together what belongs together, the most severe first.

    Parameters
    ----------
    findings
        The findings of one file.

    Returns
    -------
    list of RuleBlock
        By severity; within one severity in the order in which the rules first reported.
    """
    blocks: dict[tuple[Severity, str, str], dict[str, list[Finding]]] = {}
    for finding in findings:
        places = blocks.setdefault((finding.severity, finding.code, finding.name), {})
        places.setdefault(split_location(finding.location)[0], []).append(finding)
    return [
        RuleBlock(
            code=code,
            name=name,
            severity=severity,
            folds=tuple(Fold(parent, tuple(group)) for parent, group in places.items()),
        )
        for (severity, code, name), places in sorted(
            blocks.items(), key=lambda item: item[0][0].rank
        )
    ]


def split_location(location: str) -> tuple[str, str]:
    """Split an object's path into its parent's path and its own name.

    A dataset goes by the object that it belongs to: ``nose/timestamps`` and ``tail/timestamps``
    are siblings.
    """
    parent, _, name = location.rstrip("/").rpartition("/")
    if name in _MEMBERS and parent:
        parent, _, owner = parent.rpartition("/")
        name = f"{owner}/{name}"
    return parent or "/", name


def enumerate_names(names: Sequence[str], *, most: int = _NAMES, width: int = _WIDTH) -> str:
    """Join names by commas, and count those for which there is no room.

    Parameters
    ----------
    names
        Names, already escaped.
    most
        How many to show at the most.
    width
        How many characters to use, about. One name is shown in any case.
    """
    shown: list[str] = []
    used = 0
    for name in names:
        if shown and (len(shown) == most or used + len(name) > width):
            break
        shown.append(name)
        used += len(name) + 2
    rest = len(names) - len(shown)
    # "and 1 more" takes the room of the name itself
    if rest == 1 and used + len(names[-1]) <= width:
        return ", ".join(names)
    return ", ".join(shown) + (f", … and {rest} more" if rest else "")
