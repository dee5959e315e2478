"""What a version of a dandiset holds, in a file that many processes look things up in.

A dandiset may hold a hundred thousand assets, and each recording of it is read by a worker. The
index is written once; what is sent to a worker is its path.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import unicodedata
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from posecheck.archive.resources import RemoteAsset

_SCHEMA = """
create table assets (
    path text primary key, folder text, name text, folded text,
    asset_id text, size integer, blob text, zarr text
) without rowid;
create table folders (path text primary key, folder text, name text) without rowid;
create index assets_by_folder on assets (folder);
create index assets_by_folded on assets (folded);
create index folders_by_folder on folders (folder);
"""
_COLUMNS = "path, asset_id, size, blob, zarr"


class AssetIndex:
    """Finds assets by their paths, and what lies in a folder.

    Sent to another process, it is no more than the path of its file, which is removed with the
    object that wrote it.

    Parameters
    ----------
    file
        A file that `write` wrote.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def write(cls, assets: Iterable[RemoteAsset]) -> Self:
        """Write an index of assets to a temporary file."""
        folder = tempfile.mkdtemp(prefix="posecheck-")
        index = cls(str(Path(folder) / "assets.sqlite"))
        weakref.finalize(index, shutil.rmtree, folder, ignore_errors=True)
        connection = sqlite3.connect(index.file)
        try:
            _fill(connection, assets)
        finally:
            connection.close()
        return index

    def __reduce__(self) -> tuple[type[AssetIndex], tuple[str]]:
        return type(self), (self.file,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetIndex) and other.file == self.file

    def __hash__(self) -> int:
        return hash(self.file)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.file}>"

    def close(self) -> None:
        """Close the file, which is opened again when something is looked up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def find(self, path: str) -> RemoteAsset | None:
        """Return the asset at a path; ``None`` if there is none."""
        return next(self._assets("where path = ?", path), None)

    def find_ignoring_case(self, path: str) -> tuple[RemoteAsset, ...]:
        """Return the assets whose paths are equal but for case and the composition of accents."""
        return tuple(self._assets("where folded = ? order by path", _folded(path)))

    def is_folder(self, path: str) -> bool:
        """Return whether assets lie below a path."""
        found = self._connected().execute("select 1 from folders where path = ?", (path,))
        return found.fetchone() is not None

    def names_in(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; the root is the empty text."""
        query = (
            "select name from assets where folder = ?1 "
            "union select name from folders where folder = ?1 order by name"
        )
        return tuple(name for (name,) in self._connected().execute(query, (folder,)))

    def __iter__(self) -> Iterator[RemoteAsset]:
        return self._assets("order by path")

    def _assets(self, clause: str, *values: str) -> Iterator[RemoteAsset]:
        rows = self._connected().execute(f"select {_COLUMNS} from assets {clause}", values)  # noqa: S608 - clauses are written here
        for path, asset_id, size, blob, zarr in rows:
            yield RemoteAsset(path=path, asset_id=asset_id, size=size, blob=blob, zarr=zarr)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            address = f"{Path(self.file).as_uri()}?mode=ro&immutable=1"
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
            weakref.finalize(self, self._connection.close)
        return self._connection


def _fill(connection: sqlite3.Connection, assets: Iterable[RemoteAsset]) -> None:
    # Nobody else reads the file before it is closed, and nobody wants it back after a crash.
    connection.executescript("pragma journal_mode = off; pragma synchronous = off;" + _SCHEMA)
    folders: set[str] = set()
    with connection:
        for asset in assets:
            folder, _, name = asset.path.rpartition("/")
            connection.execute(
                "insert or replace into assets values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(asset.path, folder, name, _folded(asset.path)),
                    *(asset.asset_id, asset.size, asset.blob, asset.zarr),
                ),
            )
            while folder and folder not in folders:
                folders.add(folder)
                above, _, name = folder.rpartition("/")
                connection.execute("insert into folders values (?, ?, ?)", (folder, above, name))
                folder = above


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
