"""What changed in git since a revision: in a repository, and in those that lie in it."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from posecheck.files.folders import common_folder
from posecheck.files.git_repository import GitRepository
from posecheck.files.link_chain import names_of
from posecheck.model.errors import Argument, UsageError

_TEXTS = frozenset(
    {".md", ".txt", ".rst", ".json", ".yaml", ".yml", ".toml", ".cff", ".py", ".tsv"}
)
"""Extensions of what no recording references."""


@dataclass(frozen=True, slots=True)
class _Repository:
    """A repository with what changed in it.

    Attributes
    ----------
    git
        The repository.
    commit
        Since when; empty if all of it is new.
    names, folders
        Paths that changed, and the folders that hold them; relative to the repository.
    """

    git: GitRepository
    commit: str = ""
    names: frozenset[str] = frozenset()
    folders: frozenset[str] = field(default=frozenset(), repr=False)

    def has_changed(self, name: str) -> bool:
        return not self.commit or name in self.names or name in self.folders


class ChangedFiles:
    """What changed since a revision.

    A repository in the repository (a submodule, a subdataset of DataLad) is compared with the
    commit of it that the revision records. One that it does not record, or that does not hold that
    commit, is new as a whole.

    Parameters
    ----------
    repository
        The repository.
    revision
        The revision.
    staged
        Whether what is not staged is left out.

    Attributes
    ----------
    revision
        As the user wrote it.
    commit
        The commit since which changes count.

    Raises
    ------
    UsageError
        If the repository holds no such commit, or git fails.
    """

    def __init__(self, repository: GitRepository, revision: str, *, staged: bool = False) -> None:
        self.revision = revision
        self.commit = repository.fork_point(revision)
        self._top = os.fspath(repository.root)
        self._by_root = {self._top: _changes_of(repository, self.commit, staged=staged)}
        self._root_of: dict[str, str | None] = {}

    def include(self, path: str) -> bool:
        """Whether a path leads to something else than it did: it or a link on the way changed.

        Parameters
        ----------
        path
            An absolute path; a folder has changed if anything in it has.
        """
        return any(map(self._has_changed, names_of(path)))

    @property
    def may_concern_others(self) -> bool:
        """Whether anything changed that an NWB file, which did not change, could reference."""
        # What lies in a submodule is looked at when something leads there.
        return os.path.lexists(Path(self._top, ".gitmodules")) or any(
            not each.commit
            or any(
                PurePosixPath(name).suffix.lower() not in _TEXTS | {".nwb"} for name in each.names
            )
            for each in self._by_root.values()
        )

    def _has_changed(self, name: str) -> bool:
        root = self._find_root(os.path.dirname(name))  # noqa: PTH120 - text, thousands of times
        if root is None:
            return False
        relative = os.path.relpath(name, root).replace(os.sep, "/")
        return self._by_root[root].has_changed(unicodedata.normalize("NFC", relative))

    def _find_root(self, folder: str) -> str | None:
        """Return the root of the repository around a folder; ``None`` outside of the first one."""
        if folder not in self._root_of:
            self._root_of[folder] = self._look_for_root(folder)
        return self._root_of[folder]

    def _look_for_root(self, folder: str) -> str | None:
        if folder == self._top:
            return folder
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder:
            return None
        around = self._find_root(parent)
        if around is None or not os.path.lexists(os.path.join(folder, ".git")):  # noqa: PTH118
            return around
        self._by_root[folder] = self._changes_in(Path(folder), self._by_root[around])
        return folder

    def _changes_in(self, folder: Path, outer: _Repository) -> _Repository:
        inner = GitRepository(folder)
        relative = os.path.relpath(folder, outer.git.root).replace(os.sep, "/")
        recorded = outer.git.submodule_commit(outer.commit, relative) if outer.commit else None
        if recorded is None:
            return _Repository(inner)
        try:
            return _changes_of(inner, inner.fork_point(recorded))
        except UsageError:  # it does not hold the commit, as a shallow clone may not
            return _Repository(inner)


def changed_since(paths: tuple[str, ...], revision: str, *, staged: bool = False) -> ChangedFiles:
    """Return what changed around some paths since a revision, or what of it is staged.

    Raises
    ------
    UsageError
        If they are not in one git repository, it holds no such commit, or git fails.
    """
    start = common_folder(paths or (".",))
    repository = GitRepository.around(start)
    if repository is None:
        raise UsageError(Argument("diff_base"), f" names a revision, and {start} is not in git")
    for path in paths:
        parent = os.path.realpath(Path(path).parent)
        if not Path(os.path.realpath(path) if Path(path).is_dir() else parent).is_relative_to(
            repository.root
        ):
            raise UsageError(
                f"{path} is not in the git repository {repository.root}, so that nobody knows "
                "whether it changed"
            )
    return ChangedFiles(repository, revision, staged=staged)


def _changes_of(repository: GitRepository, commit: str, *, staged: bool = False) -> _Repository:
    changed = repository.changed_since(commit, staged=staged)
    names = frozenset(unicodedata.normalize("NFC", name) for name in changed.every)
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    return _Repository(repository, commit, names, frozenset(folders - {"."}))
