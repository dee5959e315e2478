"""Recordings that one name would fit: reported, since a person overlooks two of them among sixty.

Two files of one subject and session get names that say their object_id. So do sessions that differ
only in what a name leaves out (``ses 1`` and ``ses_1``). Whether that is meant only a person knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from posecheck.dandi_layout.organized_path import label_of
from posecheck.model.wording import counted
from posecheck.organize.plan.facts import ExistingRecording, Path, RecordingFacts
from posecheck.organize.plan.names import folded

_LISTED = 5
_OBJECT_ID = re.compile(r"_obj-[^_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A recording with its name and its identifiers."""

    display_path: str
    facts: RecordingFacts | ExistingRecording
    path: Path
    plain: Path
    is_placed: bool

    @property
    def session(self) -> tuple[Path, ...]:
        """What a name says of subject and session; empty without a session_id."""
        label = label_of(self.facts.session)
        return (folded((label_of(self.facts.subject), label)),) if label else ()

    def __str__(self) -> str:
        known = {
            "subject_id": repr(self.facts.subject) if self.facts.subject else "",
            "session_id": repr(self.facts.session) if self.facts.session else "",
            "object_id": self.facts.object_id,
        }
        listed = ", ".join(f"{name} {value}" for name, value in known.items() if value)
        return f"{self.display_path} ({listed})" if listed else self.display_path


def describe_shared_names(
    recordings: Sequence[RecordingFacts],
    targets: Mapping[str, Path],
    existing: Sequence[ExistingRecording],
) -> Iterator[str]:
    """Say which recordings one name would fit, one sentence or more for each such name.

    Parameters
    ----------
    recordings
        What is organized.
    targets
        Where each goes, by its source; those that go nowhere are not looked at.
    existing
        What the dandiset holds besides.
    """
    named = [
        _Named(
            display_path=item.display_path,
            facts=item,
            path=targets[item.source],
            plain=item.plain or _without_object_id(targets[item.source]),
            is_placed=targets[item.source] != item.inside,
        )
        for item in recordings
        if item.source in targets
    ]
    named += [
        _Named(
            display_path="/".join(item.path),
            facts=item,
            path=item.path,
            plain=_without_object_id(item.path),
            is_placed=False,
        )
        for item in existing
    ]
    reported: set[int] = set()
    for group in _grouped(named, lambda one: one.session):
        if len({one.facts.session for one in group}) > 1:
            reported.update(map(id, group))
            yield _differ_too_little(group)
    apart = [one for one in named if id(one) not in reported]
    for group in _grouped(apart, lambda one: (folded(one.plain),)):
        # Without any, their names differ by something else, such as desc- or probe-.
        if any(_OBJECT_ID.search(one.path[-1]) for one in group):
            yield _have_one_name(group)


def _grouped(
    named: Sequence[_Named], key: Callable[[_Named], tuple[Path, ...]]
) -> Iterator[list[_Named]]:
    """Yield those with one key, where they are several and one of them is placed."""
    groups: dict[Path, list[_Named]] = {}
    for one in named:
        for value in key(one):
            groups.setdefault(value, []).append(one)
    for group in groups.values():
        if len(group) > 1 and any(one.is_placed for one in group):
            yield group


def _without_object_id(path: Path) -> Path:
    return (*path[:-1], _OBJECT_ID.sub("", path[-1]))


def _have_one_name(group: Sequence[_Named]) -> str:
    name = "/".join(group[0].plain)
    written = {one.facts.identifier for one in group}
    twice = (
        f" They also have one identifier, {written.pop()!r}, as if one recording was written twice."
        if len(written) == 1 and written != {""}
        else ""
    )
    return (
        f"{counted(len(group), 'recording')} of one subject and session would have one name, "
        f"{name}: {_listed(group)}.{twice} A name says the object_id (_obj-…) where it "
        f"would not be the only one. If they are different sessions, give each its own "
        f"session_id; if one was exported twice, leave one out."
    )


def _differ_too_little(group: Sequence[_Named]) -> str:
    label = label_of(group[0].facts.session)
    return (
        f"{counted(len(group), 'recording')} have session_ids that differ only in what a name "
        f"leaves out, or in capitals, so that by their names all are of session {label}: "
        f"{_listed(group)}. If they are one session, spell its session_id alike; if not, let "
        f"letters or digits tell them apart."
    )


def _listed(group: Sequence[_Named]) -> str:
    listed = "; ".join(map(str, group[:_LISTED]))
    more = len(group) - _LISTED
    return f"{listed}; and {more:,} more" if more > 0 else listed
