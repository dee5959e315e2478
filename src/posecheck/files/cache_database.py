"""A small database of the user's in which answers are kept that are dear to find again.

Nothing depends on it. Where it cannot be read or written, is locked for long, full or damaged,
nothing is known and nothing is kept, and nobody hears of it. It is one SQLite file in a folder that
is the user's alone, without a write-ahead log, which network file systems cannot share.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CACHE_VARIABLE = "POSECHECK_CACHE_DIR"
"""The environment variable that names the folder."""

MOST_BYTES = 500 * 1000**2
"""How large the file may become; what was not used for longest goes first."""

_NAME = "answers-1.sqlite"
_MOST_BYTES_OF_ONE = 16 * 1024**2
_SECONDS_LOCKED = 0.5
_SECONDS_BETWEEN_WRITES = 2.0
_MOST_PENDING = 64
_MOST_PENDING_BYTES = 8 * 1024**2
_DAY = 24 * 3600
_SCHEMA = (
    "create table if not exists answers (key blob primary key, kind text, payload blob, "
    "checksum blob, used integer) without rowid",
    "create index if not exists answers_used on answers (used)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What is kept.

    Attributes
    ----------
    path
        The file.
    entries
        How many answers of each kind it holds.
    bytes
        Its size.
    most_bytes
        How large it may become.
    obstacle
        Why nothing can be kept there, as a clause; empty if something can.
    """

    path: Path
    entries: dict[str, int]
    bytes: int
    most_bytes: int
    obstacle: str = ""


class CacheDatabase:
    """Answers by their kind and key, from any thread.

    Parameters
    ----------
    path
        The file; by default the user's. It and its folder are made when something is kept.
    most_bytes
        How large it may become.
    """

    def __init__(self, path: Path | None = None, *, most_bytes: int = MOST_BYTES) -> None:
        self.path = path or cache_path()
        self._most_bytes = most_bytes
        self._connection: sqlite3.Connection | None = None
        self._is_readable = self._is_writable = True
        self._was_set_aside = False
        self._pending: dict[bytes, tuple[str, bytes]] = {}
        self._pending_bytes = 0
        self._used: set[bytes] = set()
        self._written = time.monotonic()
        self._lock = threading.Lock()

    def get(self, kind: str, key: str) -> bytes | None:
        """Return what is kept; ``None`` if nothing is, or it cannot be read."""
        name = _name_of(kind, key)
        with self._lock:
            if name in self._pending:
                return self._pending[name][1]
            with self._failing_quietly(reading=True):
                connection = self._open(make=False)
                if connection is None:
                    return None
                query = "select payload, checksum, used from answers where key = ?"
                row = connection.execute(query, (name,)).fetchone()
                if row is None or _checksum(name, bytes(row[0])) != row[1]:
                    return None
                if abs(time.time() - int(row[2])) > _DAY:
                    self._used.add(name)
                return bytes(row[0])
        return None

    def put(self, kind: str, key: str, payload: bytes) -> None:
        """Keep something, now or a little later."""
        if len(payload) > _MOST_BYTES_OF_ONE:
            return
        with self._lock:
            self._pending[_name_of(kind, key)] = (kind, payload)
            self._pending_bytes += len(payload)
            is_due = time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES
            is_much = self._pending_bytes > _MOST_PENDING_BYTES
            if is_due or is_much or len(self._pending) >= _MOST_PENDING:
                self._write()

    def close(self) -> None:
        """Write what is pending, and close the file."""
        with self._lock:
            if self._pending or self._used:
                self._write()
            self._disconnect()

    def info(self) -> CacheInfo:
        """Return what is kept."""
        entries: dict[str, int] = {}
        with self._lock, self._failing_quietly(reading=True):
            connection = self._open(make=False)
            if connection is not None:
                query = "select kind, count(*) from answers group by kind order by kind"
                entries = {str(kind): int(count) for kind, count in connection.execute(query)}
        size = 0
        with contextlib.suppress(OSError):
            size = self.path.stat().st_size
        return CacheInfo(
            path=self.path,
            entries=entries,
            bytes=size,
            most_bytes=self._most_bytes,
            obstacle=self._obstacle(),
        )

    def clear(self) -> None:
        """Forget everything.

        Raises
        ------
        OSError
            If that fails.
        """
        with self._lock:
            self._pending.clear()
            self._disconnect()
            for name in self.path.parent.glob(f"{self.path.name}*"):
                name.unlink(missing_ok=True)

    def _obstacle(self) -> str:
        """Return why nothing can be kept, as a clause; empty if something can."""
        folder = self.path.parent
        try:
            if folder.is_symlink() or (folder.exists() and not _is_private(folder)):
                return f"{folder} is a link, or another user's"
            if os.path.lexists(self.path) and not _is_plain(self.path):
                return "it is a link, or no file"
            above = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
        except OSError as error:
            return error.strerror or str(error)
        if not above.is_dir() or not os.access(above, os.W_OK):
            return f"{above} is no folder that can be written to"
        return "" if self._is_readable else "it cannot be read"

    def _write(self) -> None:
        """Write what is pending in one transaction."""
        pending, used, now = self._pending, self._used, int(time.time())
        self._pending, self._used, self._written = {}, set(), time.monotonic()
        self._pending_bytes = 0
        if not self._is_writable:
            return
        with self._failing_quietly(reading=False):
            connection = self._open(make=bool(pending))
            if connection is None:
                return
            with _transaction(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.executemany(
                    "insert or replace into answers values (?, ?, ?, ?, ?)",
                    [
                        (name, kind, payload, _checksum(name, payload), now)
                        for name, (kind, payload) in pending.items()
                    ],
                )
                connection.executemany(
                    "update answers set used = ? where key = ?", [(now, name) for name in used]
                )
                self._evict(connection)

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Forget what was not used for longest, if the file would become too large."""
        pages, free, size = (
            connection.execute(f"pragma {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        excess = (pages - free) * size - self._most_bytes
        if excess <= 0:
            return
        excess += self._most_bytes // 5  # so that it is not due again at once
        names: list[tuple[bytes]] = []
        rows = connection.execute("select key, length(payload) from answers order by used")
        for name, length in rows:
            if excess <= 0:
                break
            names.append((name,))
            excess -= length
        connection.executemany("delete from answers where key = ?", names)

    def _open(self, *, make: bool) -> sqlite3.Connection | None:
        if not (self._is_writable if make else self._is_readable):
            return None
        if self._connection is not None:
            return self._connection
        if make:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not os.path.lexists(self.path):
            return None
        is_plain = not os.path.lexists(self.path) or _is_plain(self.path)
        if not is_plain or not _is_private(self.path.parent):
            self._is_readable = self._is_writable = False
            return None
        connection = sqlite3.connect(
            self.path, timeout=_SECONDS_LOCKED, isolation_level=None, check_same_thread=False
        )
        self._connection = connection
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma synchronous = normal")
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _failing_quietly(self, *, reading: bool) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            # Locked, full, away, or not to be written; one that holds nothing yet is all right.
            if reading and "no such table" not in str(error):
                self._is_readable = False
            self._is_writable = self._is_writable and reading
        except (sqlite3.DatabaseError, OverflowError):
            self._set_aside()
        except (OSError, ValueError, TypeError):
            self._is_readable = self._is_writable = False

    def _set_aside(self) -> None:
        """Set a damaged file aside and begin another; the second time something else is wrong."""
        self._disconnect()
        if self._was_set_aside:
            self._is_readable = self._is_writable = False
            return
        self._was_set_aside = True
        try:
            self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
        except OSError:
            self._is_readable = self._is_writable = False


def cache_path() -> Path:
    """Return the user's file; it need not exist."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).absolute() / "answers" / _NAME
    from platformdirs import user_cache_path  # noqa: PLC0415 - only some commands need it

    return user_cache_path("posecheck", appauthor=False) / "answers" / _NAME


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("rollback")
        raise


def _name_of(kind: str, key: str) -> bytes:
    return hashlib.sha256(f"{kind}\n{key}".encode("utf-8", "surrogatepass")).digest()


def _checksum(name: bytes, payload: bytes) -> bytes:
    return hashlib.blake2b(name + payload, digest_size=16).digest()


def _is_plain(path: Path) -> bool:
    """Whether a file lies there, and no link to one."""
    return stat.S_ISREG(path.lstat().st_mode)


def _is_private(folder: Path) -> bool:
    """Whether a folder is the user's, and nobody else can write to it."""
    if not hasattr(os, "geteuid"):
        return True
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return False
    if status.st_mode & 0o077:
        folder.chmod(0o700)
    return True
