"""Where each NWB file goes, and which are there already.

A file that lies and is called as DANDI wants it stays so. Any other gets dandi's name for it; where
that is taken by another recording, or two newcomers claim it, the newcomer's name says its
object_id. The name that a recording has in the dandiset already, known by its object_id, is its
own: so organizing again, beside whatever joined, gives the names of the first time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from posecheck.dandi_layout.organized_path import is_organized_path
from posecheck.model.stamp import Stamp
from posecheck.organize.plan.conflicts import conflict, occupied, other_version
from posecheck.organize.plan.facts import (
    Choices,
    Destination,
    ExistingRecording,
    Facts,
    Path,
    RecordingFacts,
)
from posecheck.organize.plan.names import claimed, folded, is_too_long, why_refused
from posecheck.organize.plan.values import Conflict, ConflictKind

_COARSE_NS = 2_000_000_000
"""FAT keeps the time of a file in steps of two seconds."""


@dataclass(slots=True)
class RecordingTargets:
    """Where recordings go.

    Attributes
    ----------
    targets
        By the source's path; a recording with a conflict has none.
    settled
        Sources whose organized form is in the dandiset.
    conflicts
        Why others cannot be placed.
    """

    targets: dict[str, Path] = field(default_factory=dict)
    settled: list[RecordingFacts] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def assign_targets(
    recordings: Sequence[RecordingFacts], facts: Facts, choices: Choices
) -> RecordingTargets:
    """Decide where each recording goes.

    Parameters
    ----------
    recordings
        Those that are not left out, in order.
    facts
        For what is in the dandiset already.
    choices
        For ``rename``.
    """
    return _TargetAssigner(facts, choices).run(recordings)


class _TargetAssigner:
    def __init__(self, facts: Facts, choices: Choices) -> None:
        self._destination: Destination = facts.destination
        self._rename = choices.rename
        self._by_object_id = {
            existing.object_id: existing for existing in facts.existing if existing.object_id
        }
        self._recordings = {recording.source: recording for recording in facts.recordings}
        self._holders = {
            claimed(recording.inside): recording.source
            for recording in facts.recordings
            if recording.inside
        }
        self._taken = {claimed(existing.path) for existing in facts.existing if existing.object_id}
        self._subjects: dict[str, dict[str, str]] = {}
        for existing in facts.existing:
            self._know_subject(existing.path, existing.subject, "/".join(existing.path))
        for recording in facts.recordings:
            if recording.inside:
                self._know_subject(recording.inside, recording.subject, recording.display_path)
        self._places = RecordingTargets()

    def run(self, recordings: Sequence[RecordingFacts]) -> RecordingTargets:
        newcomers = []
        for recording in recordings:
            if recording.exempt:
                self._places.settled.append(recording)
            elif self._stays(recording):
                self._take(recording, recording.inside)
            elif recording.object_id in self._by_object_id and not recording.inside:
                self._hold_against(recording, self._by_object_id[recording.object_id or ""])
            else:
                newcomers.append(recording)
        for recording, target in self._named(newcomers):
            self._take(recording, target)
        self._refuse_shared()
        self._refuse_case()
        self._refuse_clash()
        for recording in newcomers:
            self._check(recording)
        self._drop_refused()
        return self._places

    def _stays(self, recording: RecordingFacts) -> bool:
        if not recording.inside:
            return False
        own_names = {recording.plain, recording.distinct}
        kept = recording.kept == recording.inside
        return recording.inside in own_names if self._rename and recording.plain else kept

    def _take(self, recording: RecordingFacts, target: Path) -> None:
        self._places.targets[recording.source] = target
        self._taken.add(claimed(target))

    def _hold_against(self, recording: RecordingFacts, existing: ExistingRecording) -> None:
        """Settle a source whose organized form is there; what else is there is a conflict."""
        if not (existing.is_edited_copy or is_same_time(recording.stamp, existing.stamp)):
            why = "and one of the two has been changed since"
        elif not existing.is_whole:
            why = "and not all of its videos are there"
        else:
            self._places.settled.append(recording)
            return
        self._places.conflicts.append(other_version(recording, existing.path, why))

    def _named(self, newcomers: Sequence[RecordingFacts]) -> Iterator[tuple[RecordingFacts, Path]]:
        wanted = {
            recording.source: recording.kept if recording.kept and not self._rename else ()
            for recording in newcomers
        }
        claims = Counter(claimed(name) for name in wanted.values())
        for recording in newcomers:
            # A name that is kept and that two claim tells them apart no longer.
            if not wanted[recording.source] or claims[claimed(wanted[recording.source])] > 1:
                wanted[recording.source] = recording.plain
        claims = Counter(claimed(name) for name in wanted.values())
        for recording in newcomers:
            target = wanted[recording.source]
            holder = self._holders.get(claimed(target), recording.source)
            is_taken = claimed(target) in self._taken or holder != recording.source
            if is_taken or claims[claimed(target)] > 1:
                target = recording.distinct
            if target:
                yield recording, target
            elif not recording.troubles:
                self._places.conflicts.append(_nameless(recording))

    def _refuse_shared(self) -> None:
        """Refuse targets that two claim all the same: they are two copies of one recording."""
        claims: dict[Path, list[RecordingFacts]] = {}
        for source, target in self._places.targets.items():
            claims.setdefault(claimed(target), []).append(self._recordings[source])
        for source, target in self._places.targets.items():
            recording = self._recordings[source]
            others = [one.display_path for one in claims[claimed(target)] if one.source != source]
            if others:
                more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
                self._places.conflicts.append(
                    conflict(
                        ConflictKind.SAME_TARGET,
                        recording,
                        None,
                        f"{'/'.join(target)} is also the target of {others[0]}{more}, and they "
                        f"have the same object_id, {recording.object_id}: they are copies of one "
                        f"recording.",
                        "Leave one of them out.",
                    )
                )

    def _refuse_case(self) -> None:
        """Refuse folders that two recordings spell in two cases."""
        first: dict[Path, RecordingFacts] = {}
        spelled: dict[Path, set[Path]] = {}
        for source, target in self._places.targets.items():
            spelled.setdefault(folded(target[:-1]), set()).add(target[:-1])
            first.setdefault(target[:-1], self._recordings[source])
        for source, target in self._places.targets.items():
            others = spelled[folded(target[:-1])] - {target[:-1]}
            if others:
                other = min(others)
                self._places.conflicts.append(
                    Conflict(
                        kind=ConflictKind.TARGET_CASE,
                        source=self._recordings[source].display_path,
                        reason=f"It would lie in {'/'.join(target[:-1])}, and "
                        f"{first[other].display_path} in {'/'.join(other)}: some file systems, and "
                        f"people, take the two for one.",
                        remedy="Spell the subject_id alike in both files, or tell them apart.",
                    )
                )

    def _know_subject(self, target: Path, subject: str, display_path: str) -> None:
        """Remember who calls its subject so, in a folder of the dandiset."""
        if subject:
            self._subjects.setdefault(target[0], {}).setdefault(subject, display_path)

    def _refuse_clash(self) -> None:
        """Refuse to put two subjects, of whom dandi makes one name, into one folder."""
        placed = [
            (recording, self._places.targets[source])
            for source, recording in self._recordings.items()
            if source in self._places.targets
        ]
        for recording, target in placed:
            self._know_subject(target, recording.subject, recording.display_path)
        for recording, target in placed:
            others = self._subjects.get(target[0], {}).keys() - {recording.subject}
            if not recording.subject or not others or recording.inside[:1] == target[:1]:
                continue
            other = min(others)
            self._places.conflicts.append(
                conflict(
                    ConflictKind.SUBJECT_CLASH,
                    recording,
                    None,
                    f"Its subject is {recording.subject!r}, and that of "
                    f"{self._subjects[target[0]][other]} is {other!r}: both would lie in "
                    f"{target[0]}, as one animal.",
                    "If they are one animal, spell subject_id alike in all files; if not, give "
                    "them subject_ids that differ by letters or digits.",
                )
            )

    def _check(self, recording: RecordingFacts) -> None:
        target = self._places.targets.get(recording.source)
        if target is None:
            return
        why = why_refused(target)
        if not why and not is_organized_path(target):
            why = "it is no name of DANDI's"
        if why:
            self._places.conflicts.append(
                conflict(
                    ConflictKind.NAME_IMPOSSIBLE,
                    recording,
                    None,
                    f"It would have to be called {'/'.join(target)!r}, but {why}.",
                    "Shorten session_id or subject_id."
                    if is_too_long(target)
                    else "Use letters and digits of ASCII and hyphens in subject_id and "
                    "session_id.",
                )
            )
            return
        occupant = self._destination.occupant(target)
        if occupant is None or occupant.path == recording.inside:
            return
        self._places.conflicts.append(occupied(recording, None, target, occupant))

    def _drop_refused(self) -> None:
        """Take their targets from recordings that cannot go there, nor their videos beside them."""
        refused = {one.source for one in self._places.conflicts}
        for source in [*self._places.targets]:
            if self._recordings[source].display_path in refused:
                del self._places.targets[source]


def is_same_time(source: Stamp, target: Stamp) -> bool:
    """Whether a file has the time of its source, as apply gives it where no byte is changed."""
    apart = abs(source.modified_ns - target.modified_ns)
    coarse = target.modified_ns % _COARSE_NS == 0
    return apart == 0 or (coarse and apart < _COARSE_NS)


def _nameless(recording: RecordingFacts) -> Conflict:
    return conflict(
        ConflictKind.NAME_IMPOSSIBLE,
        recording,
        None,
        f"Another recording is called {'/'.join(recording.plain)!r}, and this one has no object_id "
        f"that tells it apart.",
        "Give the two another session_id, or write the file again with a current pynwb.",
    )
