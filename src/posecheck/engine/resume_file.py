"""What a run over an archive knows already, in a small file beside its output.

Whether the bytes of a recording carry ndx-pose never changes, so that is kept by the id of the
bytes. What was said of a recording is kept under everything that it depends on, and a run that
differs in any of it does not see it. Each answer is written at once and by itself: a run that is
killed has lost the one that it was at.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from posecheck.engine.checked_document import checked_from_text, checked_to_text
from posecheck.engine.file_check import CheckedFile
from posecheck.model.errors import UsageError
from posecheck.storage.pose_probe import PoseProbe

_APPLICATION = 0x706F7365
"""What makes the file one of posecheck's (``pose``)."""
_VERSION = 1
_SCHEMA = (
    "create table probes (bytes text primary key, answer text) without rowid",
    "create table checks (run text, file text, checked text, primary key (run, file))",
)


class ResumeFile:
    """Answers of earlier runs; of one run at a time.

    Parameters
    ----------
    path
        Where it lies.
    connection
        As `open_resume_file` opens it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def probe_of(self, content: str) -> PoseProbe | None:
        """Return whether bytes carry ndx-pose; ``None`` if that is not known.

        Parameters
        ----------
        content
            The archive's id of the bytes.

        Raises
        ------
        UsageError
            If the file is damaged.
        """
        found = self._text("select answer from probes where bytes = ?", content)
        with self._damages():
            return None if found is None else PoseProbe(found)

    def keep_probe(self, content: str, answer: PoseProbe) -> None:
        """Keep whether bytes carry ndx-pose.

        Raises
        ------
        UsageError
            If that cannot be written.
        """
        self._write("insert or replace into probes values (?, ?)", content, answer.value)

    def check_of(self, run: str, file: str) -> CheckedFile | None:
        """Return what was said of a recording; ``None`` if that is not known.

        Parameters
        ----------
        run
            What runs have in common that say the same.
        file
            The recording, its bytes, and what lies around it.

        Raises
        ------
        UsageError
            If the file is damaged.
        """
        found = self._text("select checked from checks where run = ? and file = ?", run, file)
        with self._damages():
            return None if found is None else checked_from_text(found)

    def keep_check(self, run: str, file: str, checked: CheckedFile) -> None:
        """Keep what was said of a recording.

        Raises
        ------
        UsageError
            If that cannot be written.
        """
        text = checked_to_text(checked)
        self._write("insert or replace into checks values (?, ?, ?)", run, file, text)

    def _text(self, query: str, *values: str) -> str | None:
        with self._damages():
            row = self._connection.execute(query, values).fetchone()
            return None if row is None else str(row[0])

    def _write(self, statement: str, *values: str) -> None:
        with self._damages():
            self._connection.execute(statement, values)

    @contextlib.contextmanager
    def _damages(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # the disk is full, or away
            raise UsageError(f"{self.path} cannot be written: {error}") from None
        except (sqlite3.DatabaseError, KeyError, TypeError, ValueError, AttributeError):
            raise _damaged(self.path) from None


@contextlib.contextmanager
def open_resume_file(path: Path) -> Iterator[ResumeFile]:
    """Open the file, or make it, as long as the block runs.

    Raises
    ------
    UsageError
        If another run has it open, something else lies there, or it is damaged.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"{path} is no ordinary file, and is left alone: name another output")
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise UsageError(f"{path} cannot be opened: {error}") from None
    with contextlib.closing(connection):
        try:
            _prepare(connection, path)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
                raise UsageError(
                    f"another run has {path} open: wait until it is over, or name another output"
                ) from None
            raise UsageError(f"{path} cannot be used: {error}") from None
        except sqlite3.DatabaseError:
            raise _damaged(path) from None
        yield ResumeFile(path, connection)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # One run at a time: the lock is taken with the first write, and kept.
    connection.execute("pragma locking_mode = exclusive")
    connection.execute("begin exclusive")
    ((application,),) = connection.execute("pragma application_id")
    ((version,),) = connection.execute("pragma user_version")
    ((tables,),) = connection.execute("select count(*) from sqlite_master")
    if not application and not version and not tables:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"pragma application_id = {_APPLICATION}")
        connection.execute(f"pragma user_version = {_VERSION}")
    elif application != _APPLICATION or version != _VERSION:
        connection.execute("rollback")
        raise UsageError(
            f"{path} is not what this posecheck keeps beside an output, and is left alone: move "
            "it, or name another output"
        )
    connection.execute("commit")
    if connection.execute("pragma quick_check(1)").fetchone() != ("ok",):
        raise _damaged(path)


def _damaged(path: Path) -> UsageError:
    return UsageError(
        f"{path} is damaged, or nothing that posecheck wrote, and is left alone: move it away to "
        "begin again, or name another output"
    )
