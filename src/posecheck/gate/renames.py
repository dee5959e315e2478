"""Where the files of a baseline lie now, as far as git can tell."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from posecheck.files.changed_paths import ChangedPaths
from posecheck.files.git_repository import GitRepository
from posecheck.gate.baseline_file import BaselineSource
from posecheck.model.baseline import KnownFinding
from posecheck.model.errors import UsageError


def follow_renames(
    entries: Iterable[KnownFinding],
    source: BaselineSource,
    root: str,
    *,
    also_since: str | None = None,
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
    also_since
        Another revision to compare with: a shallow clone may not hold that commit.

    Returns
    -------
    tuple of KnownFinding
        The same entries where git is missing, or the root is no repository.
    """
    stated = tuple(entries)
    repository = GitRepository.around(Path(root))
    if repository is None or str(repository.root) != os.path.realpath(root):
        return stated
    gone = {each.path for each in stated if _is_gone(root, each.path)}
    moved: dict[str, str] = {}
    # Without git, or in a repository that it refuses, nothing is followed.
    with contextlib.suppress(UsageError):
        if gone:
            moved |= _moved(repository, _base_of(repository, source), gone)
        if also_since is not None and gone - set(moved):
            moved |= _moved(repository, also_since, gone - set(moved))
    return tuple(replace(each, path=moved.get(each.path, each.path)) for each in stated)


def _is_gone(root: str, path: str) -> bool:
    """Whether a file of the repository is no longer there; the baseline may come from anybody."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
        return False
    return not os.path.lexists(Path(root, path))


def _base_of(repository: GitRepository, source: BaselineSource) -> str:
    """Return the last commit that changed the baseline; the revision for one outside of git."""
    path = Path(os.path.realpath(source.path))
    revision = source.revision or "HEAD"
    if not path.is_relative_to(repository.root):
        return revision
    relative = path.relative_to(repository.root).as_posix()
    return repository.last_change(relative, revision) or revision


def _moved(repository: GitRepository, base: str, gone: Collection[str]) -> Mapping[str, str]:
    """Return the new path of each file that has one."""
    changed = repository.changed_since(base)
    moved = {old: new for new, old in changed.renamed.items() if old in gone}
    return moved | dict(_moved_links(repository, base, changed, set(gone) - set(moved)))


def _moved_links(
    repository: GitRepository, base: str, changed: ChangedPaths, gone: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the old and the new path of links to the same content of git-annex.

    In a folder at another depth a link to the annex has another text, and git takes two links with
    different texts for two files. The name of the content, its key, is the same.
    """
    targets = repository.links_in(base, sorted(gone)) if gone else {}
    old = {key: path for path, target in targets.items() if (key := _key_of(target))}
    if not old:
        return
    new: dict[str, list[str]] = {}
    for path in changed.present:
        with contextlib.suppress(OSError):
            key = _key_of(os.readlink(Path(repository.root, path)))  # noqa: PTH115
            new.setdefault(key, []).append(path)
    for key, path in old.items():
        if len(new.get(key, ())) == 1:
            yield path, new[key][0]


def _key_of(target: str) -> str:
    """Return the key of the content that a link leads to; nothing for a link to anything else."""
    parts = PurePosixPath(target.replace("\\", "/")).parts
    return parts[-1] if "annex" in parts and "objects" in parts else ""
