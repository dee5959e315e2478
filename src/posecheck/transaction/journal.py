"""The journal of a run: what is about to be done, written and synced before it is done.

A run's folder holds ``plan.json``, the patches that restore what was changed, and
``journal.jsonl``, to which a JSON object is added for each step. A line that a crash cut short
was not synced, so what it announces did not begin: it is dropped. The first line has the run's
seal; if that is not this user's, nothing else of the run is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from posecheck.files.folders import is_real_folder
from posecheck.files.publication import sync_file, sync_folders
from posecheck.files.regular_file import open_regular_file
from posecheck.model.errors import ApplyError, Argument, UsageError
from posecheck.transaction.journal_state import FORMAT, JournalState
from posecheck.transaction.operation import Operation
from posecheck.transaction.seal import is_sealed, make_secret, seal
from posecheck.transaction.steps import ChangeSet

_JOURNAL, _PLAN, _PATCHES, _KEPT = "journal.jsonl", "plan.json", "patches", "kept"
_LONGEST_BEGINNING = 1024**2
_LONGEST_LINE = 256 * 1024**2
_LONGEST_PLAN = 512 * 1024**2
_LONGEST_JOURNAL = 1024**3
_NOTHING = ChangeSet()
_MALFORMED = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError),
    *(RecursionError, MemoryError),
)


class Journal:
    """A run's folder, and the journal in it.

    Attributes
    ----------
    folder
        The run's folder.
    operation
        What the run belongs to.
    changes
        What it does; nothing if the run did not begin, was undone, or is another user's.
    state
        What the journal says so far; of another user's, no more than that it began.
    is_ours
        Whether its seal is this user's, or the user said to trust it.
    """

    def __init__(
        self,
        folder: Path,
        operation: Operation,
        changes: ChangeSet,
        state: JournalState,
        *,
        is_ours: bool = True,
    ) -> None:
        self.folder = folder
        self.operation = operation
        self.changes = changes
        self.state = state
        self.is_ours = is_ours
        self._path = folder / _JOURNAL

    @property
    def run(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def is_unfinished(self) -> bool:
        """Whether the run was interrupted, or its undoing was."""
        state = self.state
        return (
            self.is_ours
            and state.is_begun
            and not state.is_undone
            and (not state.is_done or state.is_undoing)
        )

    @property
    def is_leftover(self) -> bool:
        """Whether nothing is left to do with it: it did not begin, or it was undone."""
        return self.is_ours and (not self.state.is_begun or self.state.is_undone)

    @classmethod
    def begin(
        cls,
        runs: Path,
        operation: Operation,
        changes: ChangeSet,
        plan: bytes,
        created: Iterable[Path] = (),
    ) -> Self:
        """Start a run: write the plan, and that it begins.

        Parameters
        ----------
        runs
            The folder of the operation's runs.
        operation
            What the run belongs to.
        changes
            What it does.
        plan
            The same as it is saved, which `Operation.read_plan` reads again.
        created
            Folders that were made for the root, outermost first.

        Raises
        ------
        OSError
            If the dandiset cannot be written.
        UsageError
            If the user's secret cannot be had, or the plan is too large.
        """
        secret = make_secret(operation)
        if len(plan) > _LONGEST_PLAN:
            raise UsageError("the plan is too large for one run. Plan for fewer files at once.")
        now = datetime.now(UTC)
        folder = runs / f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(3)}"
        journal = cls(folder, operation, changes, JournalState())
        folder.mkdir()
        try:
            journal.patches.mkdir()
            (folder / _PLAN).write_bytes(plan)
            sync_file(folder / _PLAN)
            journal._path.touch(exist_ok=False)
            sync_folders([folder, runs, runs.parent, runs.parent.parent])
            journal.append(
                step="begin",
                format=FORMAT,
                seal=seal(secret, journal.run, plan),
                now=int(now.timestamp() * 10**6) * 10**3,
                created=[str(path) for path in created],
            )
        except BaseException:
            with contextlib.suppress(ApplyError):
                journal.forget()
            raise
        return journal

    @classmethod
    def read(cls, folder: Path, operation: Operation, *, trust: bool = False) -> Self:
        """Read the journal of a run.

        Parameters
        ----------
        folder
            The run's folder, in which anyone may have written.
        operation
            What the run belongs to.
        trust
            Whether to trust a journal that another user began, or this one on another machine.

        Raises
        ------
        UsageError
            If it is ours, or is trusted, and makes no sense.
        """
        try:
            first = next(_records(folder / _JOURNAL, _LONGEST_BEGINNING), None)
            if first is None:
                return cls(folder, operation, _NOTHING, JournalState())
            content = _content(folder / _PLAN)
            is_ours = is_sealed(operation, first.get("seal"), folder.name, content)
        except _MALFORMED as error:
            if trust:
                raise _unreadable(folder, error) from error
            is_ours, content = False, b""
        if not is_ours and not trust:
            return cls(folder, operation, _NOTHING, JournalState(is_begun=True), is_ours=False)
        try:
            state = JournalState()
            for record in _records(folder / _JOURNAL):
                state.apply(record)
            if state.is_undone:
                return cls(folder, operation, _NOTHING, state)
            return cls(folder, operation, operation.read_plan(content), state)
        except (UsageError, *_MALFORMED) as error:
            raise _unreadable(folder, error) from error

    def plan(self) -> bytes:
        """Return the plan as it was saved, of a run that is trusted.

        Raises
        ------
        OSError, ValueError
            If it cannot be read.
        """
        return _content(self.folder / _PLAN)

    @property
    def patches(self) -> Path:
        """Where the patches lie that restore what was changed."""
        return self.folder / _PATCHES

    def patch(self, item: int) -> Path:
        """Return where the patch of an item lies."""
        return self.patches / f"{item}.patch"

    def kept(self, item: int) -> Path:
        """Return where a source is kept that cannot be restored from its target."""
        return self.folder / _KEPT / str(item)

    def append(self, **record: Any) -> None:
        """Write what is about to be done, and wait until that is on the disk.

        Raises
        ------
        OSError
            If it cannot be written; then it must not be done.
        """
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n"
        with self._path.open("r+b") as file:
            _drop_incomplete_line(file)
            file.write(line.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        self.state.apply(json.loads(line))

    def forget(self) -> str:
        """Remove the run's folder, in an order that leaves a true journal after a crash.

        Returns
        -------
        str
            A sentence on what is left because it is not the run's; empty if nothing is.

        Raises
        ------
        UsageError
            If the run is another user's.
        ApplyError
            If it cannot be removed.
        """
        if not self.is_ours:
            raise UsageError(*describe_foreign(self))
        held = (_PATCHES, _KEPT) if self.state.is_begun else ()
        try:
            for name in held:
                if is_real_folder(self.folder / name):
                    shutil.rmtree(self.folder / name)
            if not held and not _is_bare(self.folder):
                return _left(self.folder)
            # Without its journal a run is one that did not begin.
            self._path.unlink(missing_ok=True)
            (self.folder / _PLAN).unlink(missing_ok=True)
            if is_real_folder(self.patches):
                self.patches.rmdir()
            if any(self.folder.iterdir()):
                return _left(self.folder)
            self.folder.rmdir()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ApplyError(f"{self.folder} cannot be removed: {reason}.") from error
        return ""


def describe_foreign(journal: Journal) -> tuple[str | Argument, ...]:
    """Say why a run is not trusted, and what can be done."""
    return (
        f"the run in {journal.folder} was begun by another user or on another machine, so what its "
        "journal says is not done here. Resume it or undo it there; or look at its "
        f"{_PLAN}, which says what is placed where and from where, and add ",
        Argument("trust_journal"),
        " here.",
    )


def _unreadable(folder: Path, error: Exception) -> UsageError:
    reason = str(error) or type(error).__name__
    return UsageError(
        f"the journal in {folder} cannot be read ({reason}). What it did is not known, "
        "so posecheck leaves it alone: look at it, and move it away."
    )


def _is_bare(folder: Path) -> bool:
    """Whether a folder holds no more than a run that did not begin may have written."""
    for entry in folder.iterdir():
        is_own = entry.name in {_JOURNAL, _PLAN} and entry.is_file() and not entry.is_symlink()
        is_empty = entry.name == _PATCHES and is_real_folder(entry) and not any(entry.iterdir())
        if not is_own and not is_empty:
            return False
    return True


def _left(folder: Path) -> str:
    return f"{folder} is left, because something else lies in it."


def _content(path: Path) -> bytes:
    with open_regular_file(path, _LONGEST_PLAN) as file:
        return file.read(_LONGEST_PLAN)


def _records(path: Path, longest: int = _LONGEST_LINE) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a journal, one by one, up to the line that was incomplete."""
    try:
        file = open_regular_file(path, _LONGEST_JOURNAL)
    except FileNotFoundError:
        return
    with file:
        while (line := file.readline(longest)).endswith(b"\n"):
            record = json.loads(line)
            if not isinstance(record, dict):
                raise TypeError(f"{path.name} holds something else than records")
            yield record
        if len(line) == longest:
            raise ValueError(f"{path.name} holds a line that is too long")


def _drop_incomplete_line(file: Any) -> None:
    """Go to the end of the last whole line, and cut off what follows."""
    content = file.read()
    end = content.rfind(b"\n") + 1
    file.seek(end)
    if end < len(content):
        file.truncate()
