"""Where the files of a baseline lie now, as far as git can tell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from posecheck.files.git_repository import GitRepository
from posecheck.gate.baseline_file import BaselineSource
from posecheck.model.baseline import KnownFinding
from posecheck.model.errors import UsageError


def follow_renames(
    entries: Iterable[KnownFinding], source: BaselineSource, root: str
) -> tuple[KnownFinding, ...]:
    """Return the entries with the paths that their files have now.

    git compares the work tree with the last commit that changed the baseline, for then its paths
    were right. A file that is not staged (``git add``) has no former name to git.

    Parameters
    ----------
    entries
        The entries, with the paths as they were.
    source
        The baseline that holds them.
    root
        The folder to which the paths are relative.

    Returns
    -------
    tuple of KnownFinding
        The same entries where git is missing, or the root is no repository.
    """
    stated = tuple(entries)
    repository = GitRepository.around(Path(root))
    if repository is None or str(repository.root) != os.path.realpath(root):
        return stated
    gone = {each.path for each in stated if not os.path.lexists(Path(root, each.path))}
    if not gone:
        return stated
    try:
        renamed = dict(_renamed(repository, source))
    except UsageError:  # without git, or in a repository that it refuses, nothing is followed
        return stated
    moved = {old: new for new, old in renamed.items() if old in gone}
    return tuple(replace(each, path=moved.get(each.path, each.path)) for each in stated)


def _renamed(repository: GitRepository, source: BaselineSource) -> Iterator[tuple[str, str]]:
    path = os.path.realpath(source.path)
    inside = Path(path).is_relative_to(repository.root)
    relative = Path(path).relative_to(repository.root).as_posix() if inside else ""
    revision = source.revision or "HEAD"
    base = (repository.last_change(relative, revision) if relative else None) or revision
    yield from repository.changed_since(base).renamed.items()
