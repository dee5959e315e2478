"""From facts to a plan: what goes where, what is rewritten, and what stands against it.

Whole recordings or none: with ``skip_conflicts`` a recording with a conflict is left out, and then
everything is decided again without it, because it may have named a video, or claimed a name, or now
be the one who still needs a video that another would move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from posecheck.model.reference import ReferenceKind, parse_reference, relative
from posecheck.model.storage_format import StorageFormat
from posecheck.model.string_change import StringChange
from posecheck.model.wording import counted
from posecheck.organize.plan.conflicts import (
    conflict,
    is_linked,
    leads_out,
    of_resolution,
    reaches_out,
    unplaceable,
)
from posecheck.organize.plan.disk_space import check_disk_space
from posecheck.organize.plan.facts import (
    Choices,
    Facts,
    Path,
    RecordingFacts,
    ReferenceFacts,
    Resolution,
    Unplaceable,
)
from posecheck.organize.plan.media_targets import MediaTargets, TargetedRecording, plan_media
from posecheck.organize.plan.names import folder_around
from posecheck.organize.plan.shared_names import describe_shared_names
from posecheck.organize.plan.targets import RecordingTargets, assign_targets
from posecheck.organize.plan.transfer_modes import HARD_LINKED, may_hard_link
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.transaction.steps import TransferMode

_LISTED = 5
_UNRESOLVED = frozenset(
    {
        Resolution.MISSING,
        Resolution.NOT_A_FILE,
        Resolution.EMPTY,
        Resolution.BLANK,
        Resolution.DANGLING,
        Resolution.AMBIGUOUS,
        Resolution.DIFFERS,
        Resolution.UNVERIFIED,
    }
)


def decide(facts: Facts, choices: Choices) -> OrganizePlan:
    """Make the plan.

    Parameters
    ----------
    facts
        What was gathered.
    choices
        What the user asked for.
    """
    left_out: dict[str, RecordingFacts] = {}
    reported: list[Conflict] = []
    while True:
        attempt = _Attempt(facts, choices, tuple(left_out.values()))
        plan = attempt.make()
        guilty = {one.source for one in plan.conflicts} - {""}
        new = [item for item in facts.recordings if item.display_path in guilty]
        if not choices.skip_conflicts or not new:
            break
        reported.extend(one for one in plan.conflicts if one.source)
        left_out.update((item.display_path, item) for item in new)
    order = [item.display_path for item in facts.recordings if item.display_path in left_out]
    return OrganizePlan(
        dandiset=plan.dandiset,
        new_identifier=plan.new_identifier,
        media=plan.media,
        recordings=plan.recordings,
        settled=plan.settled,
        left_out=tuple(order),
        conflicts=(*reported, *plan.conflicts),
        notes=plan.notes,
    )


class _Attempt:
    """A plan for all recordings but some."""

    def __init__(
        self, facts: Facts, choices: Choices, left_out: tuple[RecordingFacts, ...]
    ) -> None:
        self._facts = facts
        self._choices = choices
        self._left_out = left_out
        out = {item.source for item in left_out}
        self._recordings = [item for item in facts.recordings if item.source not in out]
        self._conflicts: list[Conflict] = []
        self._stores = {
            item.source: item.display_path
            for item in facts.recordings
            if item.storage is StorageFormat.ZARR
        }
        self._linked_from = dict(facts.linked_from) | {
            link.target: item.display_path
            for item in facts.recordings
            for link in item.external_links
            if link.target != item.real_path
        }

    def make(self) -> OrganizePlan:
        places = assign_targets(self._recordings, self._facts, self._choices)
        placed = [
            TargetedRecording(item, places.targets[item.source])
            for item in self._recordings
            if item.source in places.targets
        ]
        media_targets = plan_media(placed, self._facts, self._choices, self._outsiders(places))
        done = {item.source for item in places.settled}
        self._take_conflicts(places, media_targets, done)
        recordings = []
        settled = {item.display_path for item in places.settled}
        for item in placed:
            planned = self._planned(item, media_targets)
            if planned.target == item.recording.inside and not planned.rewrites:
                settled.add(item.recording.display_path)
            else:
                recordings.append(planned)
                self._conflicts.extend(self._links_broken(item))
                if item.recording.reaches_out:
                    self._conflicts.append(reaches_out(item.recording))
                elif (why := self._why_unplaceable(item.recording)) is not None:
                    self._conflicts.append(unplaceable(item.recording, why))
        needed = {target for planned in recordings for target in planned.media}
        media = tuple(one for one in media_targets.media if one.target in needed)
        self._conflicts.extend(check_disk_space(media, recordings, self._facts.destination))
        return OrganizePlan(
            dandiset=self._facts.dandiset,
            new_identifier=self._facts.new_identifier,
            media=media,
            recordings=tuple(recordings),
            settled=tuple(
                item.display_path for item in self._recordings if item.display_path in settled
            ),
            conflicts=tuple(dict.fromkeys(self._conflicts)),
            notes=(*media_targets.notes, *self._notes(places, media, recordings)),
        )

    def _notes(
        self,
        places: RecordingTargets,
        media: Sequence[PlannedMedia],
        recordings: Sequence[PlannedRecording],
    ) -> Iterator[str]:
        """Say how videos come, which sources stay, and whether a file may still be written to."""
        unknown = sum(item.is_use_unknown for item in self._recordings)
        if unknown:
            yield (
                f"{counted(unknown, 'NWB file')}: the file system has no locks, or "
                "HDF5_USE_FILE_LOCKING switches them off, so nothing shows whether a program still "
                "writes to them. Make sure that none does."
            )
        stores = sum(one.storage is StorageFormat.ZARR for one in recordings)
        if stores:
            yield (
                f"{counted(stores, 'Zarr store')}: a store has no locks, so nothing shows whether "
                "a program still writes to it. Make sure that none does."
            )
        unverified = dict.fromkeys(
            reference.media.source
            for item in self._recordings
            if item.source in places.targets
            for reference in item.references
            if reference.is_unverified and reference.media is not None
        )
        if unverified:
            listed = ", ".join([*unverified][:_LISTED])
            more = len(unverified) - _LISTED
            yield (
                f"{counted(len(unverified), 'file')} taken for a video by name alone, since there "
                f"is nothing to compare (--accept-unverified): {listed}"
                f"{f' and {more} more' if more > 0 else ''}."
            )
        yield from describe_shared_names(self._recordings, places.targets, self._facts.existing)
        if may_hard_link(media, self._facts.destination):
            yield HARD_LINKED
        moves = self._choices.files is FileMode.MOVE or self._choices.videos is TransferMode.MOVE
        staying = [item.display_path for item in places.settled if not item.inside]
        if moves and staying:
            listed = ", ".join(staying[:_LISTED])
            more = len(staying) - _LISTED
            yield (
                f"{listed}{f' and {more} more' if more > 0 else ''}: the dandiset holds what was "
                f"placed from there before, so nothing is moved, and the sources stay. You can "
                f"delete them, and those of their videos that the dandiset does not link to."
            )

    def _why_unplaceable(self, recording: RecordingFacts) -> Unplaceable | None:
        """Say why a recording cannot be placed as a whole, for what it holds or what holds it."""
        around = folder_around(recording.source, self._stores)
        if around:
            return Unplaceable(
                reason=f"it lies inside another one, {self._stores[around]}",
                remedy="Leave it out, or take it out of the other one.",
            )
        is_store = recording.storage is StorageFormat.ZARR
        if is_store and folder_around(self._facts.dandiset, {recording.source}):
            return Unplaceable(
                reason="the dandiset lies inside it", remedy="Name a dandiset elsewhere."
            )
        return recording.unplaceable

    def _links_broken(self, item: TargetedRecording) -> Iterator[Conflict]:
        """Yield the links between HDF5 files that a new name breaks."""
        recording = item.recording
        if item.target == recording.inside:
            return
        yield from (leads_out(recording, link) for link in recording.external_links)
        linking = self._linked_from.get(recording.real_path)
        if linking is not None and (recording.inside or self._choices.files is FileMode.MOVE):
            yield is_linked(recording, linking)

    def _outsiders(self, places: RecordingTargets) -> dict[str, str]:
        """Return who else references a video, by its identity."""
        outsiders = dict(self._facts.outsiders)
        for item in (*self._left_out, *places.settled):
            for reference in item.references:
                if reference.media is not None:
                    outsiders.setdefault(reference.media.stamp.identity, item.display_path)
        return outsiders

    def _take_conflicts(
        self, places: RecordingTargets, media_targets: MediaTargets, done: set[str]
    ) -> None:
        """Collect what is wrong, recording by recording, each in the order of its references."""
        by_source: dict[str, list[Conflict]] = {}
        for one in (*places.conflicts, *media_targets.conflicts):
            by_source.setdefault(one.source, []).append(one)
        for item in self._recordings:
            if item.source in done:
                continue
            self._conflicts.extend(item.troubles)
            self._conflicts.extend(self._lost(item, media_targets))
            self._conflicts.extend(by_source.get(item.display_path, ()))

    @staticmethod
    def _lost(item: RecordingFacts, media_targets: MediaTargets) -> Iterator[Conflict]:
        for reference in item.references:
            if reference.media is not None and reference.media.source in media_targets.paths:
                continue
            if reference.holder.is_listing and reference.resolution in _UNRESOLVED:
                continue
            problem = of_resolution(item, reference)
            if problem is not None:
                yield problem

    def _planned(self, item: TargetedRecording, media_targets: MediaTargets) -> PlannedRecording:
        recording, target = item.recording, item.target
        rewrites: dict[tuple[str, int | None], StringChange] = {}
        media: dict[Path, None] = {}
        notes = list(recording.notes)
        placed_media = {one.target for one in media_targets.media}
        for reference in recording.references:
            path = media_targets.paths.get(reference.media.source) if reference.media else None
            if path is None:
                notes.extend(_left_as_it_is(reference))
                continue
            if path in placed_media:
                media[path] = None
            if reference.note:
                notes.append(f"{reference.location}: {reference.note}")
            rewrite = self._rewrite(item, reference, path)
            if rewrite is not None:
                rewrites[rewrite.dataset, rewrite.index] = rewrite
        return PlannedRecording(
            source=recording.source,
            storage=recording.storage,
            stamp=recording.stamp,
            target=target,
            mode=FileMode.MOVE if recording.inside else self._choices.files,
            rewrites=tuple(rewrites.values()),
            media=tuple(media),
            notes=tuple(dict.fromkeys(notes)),
        )

    def _rewrite(
        self, item: TargetedRecording, reference: ReferenceFacts, path: Path
    ) -> StringChange | None:
        new = relative(path, item.target[:-1])
        if new == reference.text:
            return None
        refusal = reference.strings.refuses(new) if reference.strings is not None else ""
        if refusal:
            self._conflicts.append(
                conflict(
                    ConflictKind.STRING_FIXED,
                    item.recording,
                    reference,
                    f"{reference.text!r} cannot be made {new!r}: {refusal}.",
                    "Write the file again with pynwb, with text of variable length.",
                )
            )
        return StringChange(
            dataset=reference.dataset, index=reference.index, old=reference.text, new=new
        )


def _left_as_it_is(reference: ReferenceFacts) -> Sequence[str]:
    where, said = reference.location, repr(reference.text)
    if reference.resolution is Resolution.URL:
        return (f"{where}: {said} is a URL and stays as it is.",)
    if reference.resolution is Resolution.BLANK:
        return (f"{where}: it names nothing and stays as it is.",)
    if reference.holder.is_listing and reference.resolution in _UNRESOLVED:
        kind = parse_reference(reference.text).kind
        why = "names a place of another machine" if kind is not ReferenceKind.RELATIVE else ""
        if reference.resolution is Resolution.EMPTY:
            why = "leads to a file of zero bytes"
        if reference.resolution in {Resolution.DIFFERS, Resolution.UNVERIFIED}:
            taking = (
                "; --accept-unverified takes it"
                if reference.resolution is Resolution.UNVERIFIED
                else ""
            )
            named = reference.candidates[0] if len(reference.candidates) == 1 else "those"
            why = f"leads to no file ({named} of its name: {reference.detail}{taking})"
        return (f"{where}: {said} {why or 'leads to no file'} and stays as it is.",)
    return ()
