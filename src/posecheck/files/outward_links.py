"""Links and references of a git commit that lead out of its repository.

A gate checks the commit of a stranger. A link in it could lead to any file of the machine, and what
is found there would be reported; so could a reference in an NWB file. What is in no commit was made
by whoever uses this machine: a laboratory links to its data disk so, and it is followed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from posecheck.files.annex import annexed_place, nearest_repository
from posecheck.files.git_repository import GitRepository
from posecheck.files.link_chain import names_of
from posecheck.model.errors import UsageError


def committed_way_out(path: Path, allowed: Sequence[Path] = ()) -> Path | None:
    """Return where a path leads, if a link of a commit leads it out of the repository.

    Parameters
    ----------
    path
        A path; nothing need exist there.
    allowed
        Folders outside to which links may lead.

    Returns
    -------
    Path or None
        Where it really leads; ``None`` if it stays in the repository or its annex, or in one of the
        folders, or if no link of a commit is on the way.
    """
    try:
        real = Path(os.path.realpath(path))
        absolute = os.path.abspath(path)  # noqa: PTH100 - resolve() follows links
        if str(real) == absolute:
            return None
        repository = nearest_repository(Path(os.path.realpath(path.parent)))
        bounds = [Path(os.path.realpath(folder)) for folder in allowed]
        if repository is not None:
            bounds.append(repository)
        if any(real.is_relative_to(folder) for folder in bounds):
            return None
        links = [Path(name) for name in sorted(names_of(absolute))]
        links = [link for link in links if link.is_symlink()]
        # The object of git-annex may lie beside the repository: that of a submodule, of a worktree.
        if not links or any(annexed_place(link) == real for link in links):
            return None
        return real if any(map(_is_committed, links)) else None
    except (OSError, ValueError):
        return None


def refers_out(file: Path, target: Path, allowed: Sequence[Path] = ()) -> bool:
    """Whether a file that a commit holds refers to what lies out of its repository.

    Nothing is looked up at the target. Links on the way to it are the matter of
    `committed_way_out`.

    Parameters
    ----------
    file
        The file that refers to another.
    target
        Where its reference leads, without ``..`` in it.
    allowed
        Folders outside to which references may lead.
    """
    try:
        real = Path(os.path.realpath(file.parent))
        found = nearest_repository(real)
        bounds = [folder for folder in (found, nearest_repository(file.parent)) if folder]
        if found is None or any(target.is_relative_to(folder) for folder in bounds):
            return False
        for folder in allowed:
            if target.is_relative_to(folder) or target.is_relative_to(os.path.realpath(folder)):
                return False
        top = _superproject(found)
        return not target.is_relative_to(top) and _is_committed(file)
    except (OSError, ValueError):
        return False


def _superproject(repository: Path) -> Path:
    """Return the outermost repository of which a commit records the next one as a submodule."""
    outer = GitRepository.around(repository.parent)
    while outer is not None:
        try:
            name = repository.relative_to(outer.root).as_posix()
            if outer.submodule_commit("HEAD", name) is None:
                break
        except UsageError:  # git does not answer: nothing is known of what lies around it
            break
        repository = outer.root
        outer = GitRepository.around(repository.parent)
    return repository


def _is_committed(path: Path) -> bool:
    repository = GitRepository.around(path.parent)
    if repository is None:
        return False
    name = (Path(os.path.realpath(path.parent)) / path.name).relative_to(repository.root)
    try:
        return repository.holds("HEAD", name.as_posix())
    except UsageError:  # git does not answer: whose it is remains unknown
        return True
