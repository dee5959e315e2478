"""What placing a Zarr store has to know of it besides the recording: a worker looks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posecheck.files.content import same_content
from posecheck.files.trees import TreeError, list_tree
from posecheck.organize.plan.facts import Unplaceable

if TYPE_CHECKING:
    from posecheck.storage import Store
    from posecheck.storage.zarr_store import ZarrStore
    from posecheck.storage.zarr_texts import TextArray

_LINK = (
    "If git-annex made the link, `git annex unlock` puts the content there; else put a copy of "
    "what it leads to in its place, for instance with `cp -rL`."
)
_OTHER = "Look at what lies there, and take it out of the store."
_MOST_OBJECTS = 100_000
_OWN = frozenset({None, "", "."})
"""How hdmf-zarr names the store itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedStore:
    """What was found in a store.

    Attributes
    ----------
    texts
        Its arrays of references, by the paths that were asked for.
    aliases
        Paths that lead to an array of which another path was asked for before.
    own_names
        As in `posecheck.organize.collect.nwb_files.NwbFileContents`.
    """

    texts: Mapping[str, TextArray]
    aliases: frozenset[str]
    own_names: tuple[tuple[str, str], ...]


def inspect_store(store: Store, arrays: Sequence[str]) -> InspectedStore:
    """Look at the arrays whose texts may change, and for what names the store itself.

    Parameters
    ----------
    store
        An opened Zarr store.
    arrays
        Paths in it.

    Raises
    ------
    StorageError
        If one is not there, or is damaged.
    """
    # numcodecs is the worker's to pay.
    from posecheck.storage.zarr_texts import describe_texts, open_array  # noqa: PLC0415

    opened: ZarrStore = store.handle
    texts, aliases, visited = {}, set(), set()
    for path in dict.fromkeys(arrays):
        array = open_array(opened, path)
        texts[path] = describe_texts(array)
        if array.path in visited:
            aliases.add(path)
        visited.add(array.path)
    return InspectedStore(
        texts=texts, aliases=frozenset(aliases), own_names=tuple(_own_names(opened))
    )


def why_unplaceable(path: Path) -> Unplaceable | None:
    """Say why a store cannot be copied, moved or changed as a whole; ``None`` if it can."""
    if path.is_file():
        return Unplaceable(
            reason="it is packed in a zip file, and DANDI takes the folder",
            remedy="Unpack it, and organize the folder.",
        )
    try:
        list_tree(path)
    except TreeError as error:
        return Unplaceable(reason=error.detail, remedy=_LINK if error.is_link else _OTHER)
    except OSError as error:
        where = error.filename or path
        return Unplaceable(
            reason=f"{where} cannot be read ({error.strerror or error})",
            remedy="Get the right to read it.",
        )
    return None


def is_edited_store(source: Path, copy: Path, arrays: Sequence[str]) -> bool:
    """Whether a store differs from another by texts of some arrays alone, or not at all.

    Parameters
    ----------
    source, copy
        The two stores.
    arrays
        The paths of the arrays, in both.
    """
    from posecheck.storage.store import StorageError  # noqa: PLC0415
    from posecheck.storage.zarr_texts import chunks_of, open_array, opened_store  # noqa: PLC0415

    try:
        first, second = list_tree(source), list_tree(copy)
        names = [file.name for file in first.files]
        if names != [file.name for file in second.files] or first.folders != second.folders:
            return False
        may_differ: set[str] = set()
        with opened_store(source) as old, opened_store(copy) as new:
            for path in dict.fromkeys(arrays):
                may_differ.update(chunks_of(open_array(old, path)))
                texts = [open_array(store, path).value() for store in (old, new)]
                if len(texts[0]) != len(texts[1]):
                    return False
    except (StorageError, OSError):
        return False
    rest = (name for name in names if name not in may_differ)
    return all(same_content(source / name, copy / name) for name in rest)


def _own_names(store: ZarrStore) -> Iterator[tuple[str, str]]:
    """Yield where a link or a reference in an attribute names the store by its name."""
    content = store.content
    for path, stored in _stored(store):
        for one in _mappings(stored):
            source = one.get("source")
            if "path" in one and source not in _OWN and content.is_own(source):
                yield f"/{path}", str(source)


def _stored(store: ZarrStore) -> Iterator[tuple[str, Any]]:
    """Yield the attributes and the objects that a store holds, each with the path."""
    from posecheck.storage.store import StorageError  # noqa: PLC0415 - the worker's to pay
    from posecheck.storage.zarr_array import ZarrArray  # noqa: PLC0415

    for path in store.content.tree.paths():
        node = ZarrArray(store.content, path)
        yield path, node.stored_attributes
        if store.content.tree.is_array(path):
            with contextlib.suppress(StorageError):  # whoever reads it meets the fault
                yield path, node.stored_objects(_MOST_OBJECTS)


def _mappings(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield what may be a link or a reference in the attributes or the values of an object."""
    if depth > 4:  # an attribute is a value or a list; a reference lies in its member "value"
        return
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, Mapping | list | tuple):
                yield from _mappings(item, depth + 1)
