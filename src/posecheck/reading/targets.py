"""What lies where a reference points: looked up around the NWB file, never opened."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from posecheck.model.external_file import Candidate, ExternalFile, Target, TargetState
from posecheck.model.facts import ArrayInfo
from posecheck.model.recording import Dandiset
from posecheck.model.reference import Reference, ReferenceKind, parse_reference, relative
from posecheck.sources.source import Source

_AT_HAND = frozenset({TargetState.PRESENT, TargetState.NOT_FETCHED})


class FileContext:
    """The folder, and perhaps the dandiset, around one NWB file.

    Parameters
    ----------
    file
        The NWB file.
    linked_from
        Folders outside the dandiset to which linked folders may lead.
    """

    def __init__(self, file: Source, linked_from: Sequence[Path] = ()) -> None:
        self.file = file
        self._surroundings = file.surroundings(linked_from)
        self._linked_from = linked_from
        self._looked_up: dict[str, Target] = {}
        self._names: dict[tuple[str, ...], dict[str, list[str]]] = {}

    @property
    def dandiset(self) -> Dandiset | None:
        """The dandiset as the model has it; ``None`` outside one."""
        return self._surroundings.dandiset

    def external_file(self, index: int, text: str, stored: ArrayInfo | None = None) -> ExternalFile:
        """Parse a stored reference and look up its target."""
        reference = parse_reference(text)
        if text not in self._looked_up:
            self._looked_up[text] = self._look_up(reference)
        return ExternalFile(
            index=index, reference=reference, target=self._looked_up[text], stored=stored
        )

    def source_of(self, target: Target) -> Source | None:
        """Return a file that is present, and ``None`` for every other target."""
        if target.state is not TargetState.PRESENT:
            return None
        return self._surroundings.source_at(target.path)

    def unfetched_place(self, text: str) -> Path | None:
        """Return where a referenced file lies whose content is not fetched; else ``None``."""
        target = self.external_file(0, text).target
        for found in (target, target.candidate if target is not None else None):
            if found is not None and found.state is TargetState.NOT_FETCHED:
                source = self._surroundings.source_at(found.path)
                return source.path if source.is_local and not self.way_out(source) else None
        return None

    def way_out(self, source: Source) -> str:
        """Say where a file is linked to if git holds a link out of the repository; else nothing."""
        return source.way_out(self._linked_from)

    def source_of_candidate(self, target: Target) -> Source | None:
        """Return the file that an absolute reference may mean; ``None`` without one."""
        candidate = target.candidate
        if candidate is None or candidate.state is not TargetState.PRESENT:
            return None
        return self._surroundings.source_at(candidate.path)

    def beside(self, reference: Reference) -> Source | None:
        """Return a file of the reference's name beside the NWB file; ``None`` without one."""
        if not reference.name or reference.kind is ReferenceKind.URL:
            return None
        place = self._beside(reference.name)
        return self.source_of(self._surroundings.look_up(place, bounded=False))

    def _look_up(self, reference: Reference) -> Target:
        if reference.kind is ReferenceKind.RELATIVE:
            return self._look_up_relative(reference)
        if reference.is_absolute and reference.name:
            return Target(state=TargetState.UNKNOWN, candidate=self._candidate(reference))
        return Target(state=TargetState.UNKNOWN)

    def _look_up_relative(self, reference: Reference) -> Target:
        place = self._surroundings.resolve(reference)
        if place is None:
            return Target(state=TargetState.OUTSIDE)
        if self.dandiset is None and self._surroundings.leaves_repository(place):
            return Target(state=TargetState.OUTSIDE_REPOSITORY)
        target = self._surroundings.look_up(place, bounded=self.dandiset is not None)
        if target.state is not TargetState.MISSING:
            return target
        return replace(target, candidate=self._namesake(reference, place))

    def _candidate(self, reference: Reference) -> Candidate | None:
        """Find the file that an absolute reference may mean."""
        return self._first_at_hand(
            (self._surroundings.locate(reference), True), (self._beside(reference.name), False)
        )

    def _namesake(self, reference: Reference, place: tuple[str, ...]) -> Candidate | None:
        """Find the file that a relative reference to nothing may mean."""
        if not reference.name.strip("."):
            return None
        stem = PurePath(self._surroundings.file_name).stem
        return self._first_at_hand(
            (self._twin(place), False),
            (self._beside(reference.name), False),
            (self._beside(stem, reference.name), False),
        )

    def _twin(self, place: tuple[str, ...]) -> tuple[str, ...]:
        """Return the only file whose name is the place's in other letters or accents."""
        if not place or ".." in place:
            return ()
        places = self._surroundings.twins(place)
        if places is not None:
            return places[0] if len(places) == 1 else ()
        *folder, name = place
        above = tuple(folder)
        if above not in self._names:
            self._names[above] = _by_folded(self._surroundings.names_in(above))
        twins = self._names[above].get(_folded(name), [])
        return (*above, twins[0]) if len(twins) == 1 else ()

    def _beside(self, *parts: str) -> tuple[str, ...]:
        return (*self._surroundings.folder, *parts)

    def _first_at_hand(self, *places: tuple[tuple[str, ...], bool]) -> Candidate | None:
        """Return the first file that is there; outside the bounds nobody looks."""
        for place, is_meant in places:
            found = self._surroundings.look_up(place) if place else Target()
            if place and found.state in _AT_HAND:
                return Candidate(
                    reference=relative(place, self._surroundings.folder),
                    path=place,
                    state=found.state,
                    identity=found.identity,
                    is_meant=is_meant,
                )
        return None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _by_folded(names: Sequence[str]) -> dict[str, list[str]]:
    """Sort names by what is equal for other spellings of one."""
    sorted_: dict[str, list[str]] = {}
    for name in names:
        sorted_.setdefault(_folded(name), []).append(name)
    return sorted_
