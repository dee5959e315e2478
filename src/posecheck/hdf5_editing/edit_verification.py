"""That edits changed what they should, to what was shown, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
from h5py import h5d, h5o

from posecheck.hdf5_editing.difference import Difference
from posecheck.hdf5_editing.file_comparison import FileComparison, opened_for_comparison
from posecheck.hdf5_editing.object_states import state_of
from posecheck.model.edit import (
    AddDataset,
    AddGroup,
    AddSoftLink,
    DeleteAttribute,
    DeleteObject,
    Edit,
    MoveObject,
    Place,
    SetAttribute,
    changed_places,
    changes_in_place,
    led,
)
from posecheck.storage.object_references import address_of
from posecheck.storage.store import StorageError, Trouble
from posecheck.storage.string_datasets import hard_path


def verify_edits(
    original: Path,
    edited: Path,
    edits: Sequence[Edit],
    states: Mapping[Place, str],
    difference: Difference,
) -> None:
    """Compare an edited file with its original, and with what the edits should come to.

    Parameters
    ----------
    original, edited
        The two files.
    edits
        What was made, in this order.
    states
        What each changed place must be, as `posecheck.hdf5_editing.object_states` says it.
    difference
        What did change, byte by byte.

    Raises
    ------
    StorageError
        If anything else changed, or a place is not what it should be.
    """
    with opened_for_comparison(original) as before, opened_for_comparison(edited) as after:
        expect_states(after, edits, states)
        _EditComparison(before, after, difference, _scope_of(before, edits)).run()


def expect_states(file: h5py.File, edits: Sequence[Edit], states: Mapping[Place, str]) -> None:
    """Check that each place that edits change is what it should be.

    Raises
    ------
    StorageError
        If one is not.
    """
    for place in changed_places(edits):
        if state_of(file, place.path, place.attribute) != states.get(place):
            raise StorageError(
                Trouble.UNREADABLE, "what came of the edit is not what was planned", str(place)
            )


@dataclass(slots=True)
class _Scope:
    """What edits may change: links by their paths, attributes and values by the object's address.

    Attributes
    ----------
    gone, added
        Links of the original, and of the edited file.
    moved
        Where objects of the original are in the edited file.
    """

    gone: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    attributes: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    values: set[int] = field(default_factory=set)


def _scope_of(before: h5py.File, edits: Sequence[Edit]) -> _Scope:
    scope = _Scope()
    moves = [edit for edit in edits if isinstance(edit, MoveObject)]
    done: list[MoveObject] = []
    for edit in edits:
        path = _undo_moves(edit.path, done)
        if isinstance(edit, MoveObject):
            done.append(edit)
            target = _make_moves(edit.target, moves[len(done) :])
            scope.gone.add(path)
            scope.added.add(target)
            if _address_at(before, path) is not None:
                scope.moved[path] = target
        else:
            _extend(scope, before, edit, path, _make_moves(edit.path, moves[len(done) :]))
    return scope


def _extend(scope: _Scope, before: h5py.File, edit: Edit, path: str, now: str) -> None:
    address = _address_at(before, path)
    if isinstance(edit, SetAttribute | DeleteAttribute):
        if address is not None:
            scope.attributes[address].add(edit.name)
    elif changes_in_place(edit):
        if address is not None:
            scope.values.add(address)
    elif isinstance(edit, AddGroup) and address is not None:
        return  # a group that was there is not added
    else:
        if not isinstance(edit, AddDataset | AddGroup | AddSoftLink):
            scope.gone.add(path)
        if not isinstance(edit, DeleteObject):
            scope.added.add(now)


def _undo_moves(path: str, moves: Sequence[MoveObject]) -> str:
    for move in reversed(moves):
        path = led(path, move.target, move.path)
    return path


def _make_moves(path: str, moves: Sequence[MoveObject]) -> str:
    for move in moves:
        path = led(path, move.path, move.target)
    return path


def _address_at(file: h5py.File, path: str) -> int | None:
    try:
        place = hard_path(file, path)
    except StorageError:
        return None
    return address_of(h5o.open(file.id, place.encode("utf-8", "surrogateescape")))


class _EditComparison(FileComparison):
    """A comparison in which what edits may change is left out: it was looked at already."""

    def __init__(
        self, before: h5py.File, after: h5py.File, difference: Difference, scope: _Scope
    ) -> None:
        super().__init__(before, after, difference)
        self._scope = scope

    def moved(self) -> list[tuple[str, str, Any, Any]]:
        """Return what got another path: both paths, and the object in both files."""
        return [
            (path, now, _open(self.before, path), _open(self.after, now))
            for path, now in self._scope.moved.items()
        ]

    def edited_links(self, path: str, now: str) -> tuple[Collection[str], Collection[str]]:
        """Return which members of a group may differ: by their names before, and after."""
        return _members_of(path, self._scope.gone), _members_of(now, self._scope.added)

    def edited_attributes(self, old: Any) -> Collection[str]:
        """Return which attributes of an object may differ."""
        return self._scope.attributes.get(address_of(old), ())

    def compare_dataset(self, path: str, old: h5d.DatasetID, new: h5d.DatasetID) -> None:
        """Compare a dataset; of one whose values were changed in place, all but the values."""
        if address_of(old) not in self._scope.values:
            super().compare_dataset(path, old, new)
            return
        self.compare_description(path, old, new)
        self.compare_storage(path, old, new)


def _members_of(group: str, links: Collection[str]) -> set[str]:
    start = f"{group.rstrip('/')}/"
    inside = (link[len(start) :] for link in links if link.startswith(start))
    return {name for name in inside if "/" not in name}


def _open(file: h5py.File, path: str) -> Any:
    return h5o.open(file.id, path.encode("utf-8", "surrogateescape"))
