"""The runs of a dandiset: which are this user's, which is unfinished, and which are left alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath

from posecheck.model.errors import ApplyError, PublicFunction, UsageError
from posecheck.organize.apply.journal import Journal, describe_foreign
from posecheck.organize.plan.values import OrganizePlan
from posecheck.transaction.lock import list_runs


def read_runs(dandiset: Path, *, trust: bool = False) -> list[Journal]:
    """Return the journals of a dandiset, the latest last.

    Parameters
    ----------
    dandiset
        The dandiset's folder, wherever it lies now.
    trust
        Whether to believe those that another user began, or this one on another machine.

    Raises
    ------
    UsageError
        If one that is believed makes no sense.
    """
    journals = [Journal.read(folder, trust=trust) for folder in list_runs(dandiset)]
    for journal in journals:
        _relocate(journal, dandiset)
    return journals


def unfinished_run(dandiset: Path) -> str | None:
    """Return the name of this user's run that was broken off, if there is one.

    Raises
    ------
    UsageError
        If its journal cannot be read.
    """
    broken = [journal.run for journal in read_runs(dandiset) if journal.is_unfinished]
    return broken[-1] if broken else None


def refuse_unfinished(dandiset: Path) -> None:
    """Refuse to begin anything where a run was broken off.

    Raises
    ------
    UsageError
        If there is one, or its journal cannot be read.
    """
    if unfinished_run(dandiset) is not None:
        raise UsageError(
            f"an earlier run in {dandiset} was broken off. Go on with ",
            PublicFunction("resume_organize").of(dandiset),
            ", or undo it with ",
            PublicFunction("undo_organize").of(dandiset),
            ".",
        )


def name_foreign(dandiset: Path) -> tuple[str, ...]:
    """Say in a sentence for each run that is another user's, or of another machine."""
    return tuple(
        f"The run in {journal.folder} was begun by another user or on another machine, and is "
        "left alone."
        for journal in read_runs(dandiset)
        if not journal.is_ours
    )


def clear_leftovers(journals: Iterable[Journal]) -> list[str]:
    """Remove what is left of runs that never began or were taken back.

    Returns
    -------
    list of str
        Sentences on what is left all the same; it stands in nobody's way.
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
    """Refuse where the only runs are a stranger's.

    Raises
    ------
    UsageError
        If there is one. It says what can be done.
    """
    foreign = [journal for journal in journals if not journal.is_ours]
    if foreign:
        raise UsageError(*describe_foreign(foreign[-1]))


def _relocate(journal: Journal, dandiset: Path) -> None:
    """Let a run speak of where its dandiset lies now: it may be renamed, or mounted elsewhere."""
    told = journal.plan.dandiset
    if not told or os.path.realpath(told) == os.path.realpath(dandiset):
        return
    old, new = PurePath(told), Path(os.path.abspath(dandiset))  # noqa: PTH100 - links are kept
    journal.plan = _moved(journal.plan, old, new)
    # The folders around it were made elsewhere.
    journal.story.created = [os.fspath(new)] if told in journal.story.created else []


def _moved(plan: OrganizePlan, old: PurePath, new: Path) -> OrganizePlan:
    def moved(source: str) -> str:
        path = PurePath(source)
        return os.fspath(new / path.relative_to(old)) if path.is_relative_to(old) else source

    return replace(
        plan,
        dandiset=os.fspath(new),
        media=tuple(replace(item, source=moved(item.source)) for item in plan.media),
        recordings=tuple(replace(item, source=moved(item.source)) for item in plan.recordings),
    )
