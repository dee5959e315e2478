"""Which groups and arrays a Zarr store has, and the documents that describe them.

Of a store whose metadata is consolidated (``.zmetadata``) one document says all, as hdmf-zarr and
the zarr library take it; of any other each group is listed when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posecheck.sources.ranged_file import SourceError
from posecheck.sources.store_files import (
    CONSOLIDATED,
    MemberError,
    MemberTrouble,
    StoreFiles,
    is_member_path,
)
from posecheck.storage.store import StorageError, Trouble, source_error
from posecheck.storage.zarr_metadata import LARGEST_DOCUMENT, parse_document

_MOST_DOCUMENTS = 250_000
GROUP, ARRAY, ATTRIBUTES = ".zgroup", ".zarray", ".zattrs"
_NOT_CONSOLIDATED = (
    "its metadata is not consolidated (.zmetadata), without which a store elsewhere is not read"
)
_TROUBLES = {
    MemberTrouble.NOT_FETCHED: Trouble.NOT_FETCHED,
    MemberTrouble.TOO_LARGE: Trouble.TOO_LARGE,
}

Document = dict[str, Any]


def read_member(files: StoreFiles, name: str, most: int, location: str) -> bytes | None:
    """Return the content of a member; ``None`` if it is not there.

    Raises
    ------
    StorageError
        If it cannot be had.
    """
    try:
        return files.read(name, most)
    except SourceError as error:
        raise source_error(error) from error
    except MemberError as error:
        raise _member_error(error, name, location) from error


def _member_error(error: MemberError, name: str, location: str) -> StorageError:
    trouble = _TROUBLES.get(error.trouble, Trouble.UNREADABLE)
    detail = error.detail if trouble is Trouble.NOT_FETCHED else f"{name}: {error.detail}"
    return StorageError(trouble, detail, location)


class ZarrTree:
    """The groups and arrays of a store, by their paths without a leading slash.

    Parameters
    ----------
    files
        The members of the store.

    Raises
    ------
    StorageError
        If it is no store of Zarr's format 2, or its metadata is damaged.
    """

    def __init__(self, files: StoreFiles) -> None:
        self._files = files
        self._documents: dict[str, Document | None] = {}
        self._children: dict[str, tuple[str, ...]] = {}
        content = read_member(files, CONSOLIDATED, LARGEST_DOCUMENT, "/")
        self.is_consolidated = content is not None
        if content is not None:
            self._take(parse_document(content, "/"))
        if self.document("", GROUP) is None:
            raise StorageError(Trouble.UNREADABLE, self._what_it_is())
        if not self.is_consolidated and not files.is_listed:
            raise StorageError(Trouble.UNREADABLE, _NOT_CONSOLIDATED)

    def document(self, path: str, name: str) -> Document | None:
        """Return a document of a group or an array; ``None`` if it has none.

        Raises
        ------
        StorageError
            If it is damaged.
        """
        key = f"{path}/{name}" if path else name
        if key not in self._documents:
            self._documents[key] = None if self.is_consolidated else self._read(key, path)
        return self._documents[key]

    def children(self, path: str) -> tuple[str, ...]:
        """Return the names of the groups and arrays in a group, sorted as HDF5 sorts them.

        Raises
        ------
        StorageError
            If they cannot be listed.
        """
        if path not in self._children:
            self._children[path] = () if self.is_consolidated else self._listed(path)
        return self._children[path]

    def arrays(self) -> Iterator[str]:
        """Yield the paths of the arrays that are known without listing anything."""
        for key in self._documents:
            path, _, name = key.rpartition("/")
            if name == ARRAY and path:
                yield path

    def is_array(self, path: str) -> bool:
        """Whether there is an array."""
        return self.document(path, ARRAY) is not None

    def paths(self) -> Iterator[str]:
        """Yield the paths of all groups and arrays; ``""`` is the root group's."""
        waiting = [""]
        while waiting:
            path = waiting.pop()
            yield path
            below = f"{path}/" if path else ""
            waiting.extend(below + name for name in self.children(path))

    def has(self, path: str) -> bool:
        """Whether there is a group or an array."""
        return any(self.document(path, name) is not None for name in (ARRAY, GROUP))

    def _take(self, consolidated: Document) -> None:
        documents = consolidated.get("metadata")
        if not isinstance(documents, dict):
            detail = "its metadata is damaged: .zmetadata has no metadata"
            raise StorageError(Trouble.UNREADABLE, detail)
        if len(documents) > _MOST_DOCUMENTS:
            detail = f".zmetadata has more than {_MOST_DOCUMENTS:,} documents"
            raise StorageError(Trouble.TOO_LARGE, detail)
        children: dict[str, set[str]] = {}
        for key, document in documents.items():
            path, _, name = key.rpartition("/")
            if not is_member_path(key) or not isinstance(document, dict):
                detail = f"its metadata is damaged: {key!r} in .zmetadata describes nothing"
                raise StorageError(Trouble.UNREADABLE, detail)
            self._documents[key] = document
            if path and name in {GROUP, ARRAY}:
                folder, _, child = path.rpartition("/")
                children.setdefault(folder, set()).add(child)
        self._children = {path: _sorted(names) for path, names in children.items()}

    def _listed(self, path: str) -> tuple[str, ...]:
        try:
            names = self._files.names_in(path)
        except SourceError as error:
            raise source_error(error) from error
        except MemberError as error:
            raise _member_error(error, path, f"/{path}") from error
        below = f"{path}/" if path else ""
        return _sorted(
            {name for name in names if not name.startswith(".z") and self._may_be(below + name)}
        )

    def _may_be(self, path: str) -> bool:
        """Whether there is a group or an array, be it damaged: whoever opens it meets the fault."""
        try:
            return self.has(path)
        except StorageError:
            return True

    def _read(self, key: str, path: str) -> Document | None:
        content = read_member(self._files, key, LARGEST_DOCUMENT, f"/{path}")
        return None if content is None else parse_document(content, f"/{path}")

    def _what_it_is(self) -> str:
        if read_member(self._files, "zarr.json", LARGEST_DOCUMENT, "/") is not None:
            return (
                "it is stored in Zarr's format 3, which hdmf-zarr does not write; "
                "posecheck reads format 2"
            )
        if read_member(self._files, ARRAY, LARGEST_DOCUMENT, "/") is not None:
            return "it is a single array of Zarr, not a group as NWB is"
        return "it is no Zarr store: .zgroup is missing"


def _sorted(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape")))
