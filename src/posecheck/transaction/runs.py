"""The runs in a folder: which are this user's, which is unfinished, and which are left alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from posecheck.model.errors import ApplyError, PublicFunction, UsageError
from posecheck.transaction.journal import Journal, describe_foreign
from posecheck.transaction.lock import list_runs
from posecheck.transaction.operation import Operation


def read_runs(root: Path, operation: Operation, *, trust: bool = False) -> list[Journal]:
    """Return the journals of an operation in a folder, the latest last.

    Parameters
    ----------
    root
        The folder, wherever it lies now.
    operation
        What the runs belong to.
    trust
        Whether to trust those that another user began, or this one on another machine.

    Raises
    ------
    UsageError
        If one that is trusted cannot be read.
    """
    journals = [
        Journal.read(folder, operation, trust=trust) for folder in list_runs(root, operation)
    ]
    for journal in journals:
        _relocate(journal, root)
    return journals


def unfinished_run(root: Path, operation: Operation) -> str | None:
    """Return the name of this user's run that was interrupted, if there is one.

    Raises
    ------
    UsageError
        If its journal cannot be read.
    """
    unfinished = [journal.run for journal in read_runs(root, operation) if journal.is_unfinished]
    return unfinished[-1] if unfinished else None


def refuse_unfinished(root: Path, operation: Operation) -> None:
    """Refuse to begin anything where a run was interrupted.

    Raises
    ------
    UsageError
        If there is one, or its journal cannot be read.
    """
    if unfinished_run(root, operation) is not None:
        raise UsageError(*describe_unfinished(root, operation, "an earlier run"))


def describe_unfinished(
    root: Path, operation: Operation, run: str
) -> tuple[str | PublicFunction, ...]:
    """Say that a run was interrupted, and what can be done."""
    return (
        f"{run} in {root} was broken off. Go on with ",
        operation.resume.of(root),
        ", or undo it with ",
        operation.undo.of(root),
        ".",
    )


def name_foreign(root: Path, operation: Operation) -> tuple[str, ...]:
    """Say in a sentence for each run that is another user's, or of another machine."""
    return tuple(
        f"The run in {journal.folder} was begun by another user or on another machine, and is "
        "left alone."
        for journal in read_runs(root, operation)
        if not journal.is_ours
    )


def clear_leftovers(journals: Iterable[Journal]) -> list[str]:
    """Remove what is left of runs that never began or were undone.

    Returns
    -------
    list of str
        Sentences on what is left all the same, which does no harm.
    """
    sentences = []
    for journal in journals:
        if journal.is_leftover:
            try:
                sentences.append(journal.forget())
            except ApplyError as error:
                sentences.append(str(error))
    return [sentence for sentence in sentences if sentence]


def expect_ours(journals: Iterable[Journal]) -> None:
    """Refuse where the only runs are another user's.

    Raises
    ------
    UsageError
        If there is one. It says what can be done.
    """
    foreign = [journal for journal in journals if not journal.is_ours]
    if foreign:
        raise UsageError(*describe_foreign(foreign[-1]))


def _relocate(journal: Journal, root: Path) -> None:
    """Let a run use the place where its root is now: it may be renamed, or mounted elsewhere."""
    old = journal.changes.root
    if not old or os.path.realpath(old) == os.path.realpath(root):
        return
    new = Path(os.path.abspath(root))  # noqa: PTH100 - links are kept
    journal.changes = journal.changes.relocated(new)
    # The folders around it were made elsewhere.
    journal.state.created = [os.fspath(new)] if old in journal.state.created else []
