"""Links that a git commit holds, and that lead out of its repository.

A gate checks the commit of a stranger. A link in it could lead to any file of the machine, and what
is found there would be reported. A link that is in no commit was made by whoever uses this machine:
a laboratory links to its data disk so, and it is followed.
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


def _is_committed(link: Path) -> bool:
    repository = GitRepository.around(link.parent)
    if repository is None:
        return False
    name = (Path(os.path.realpath(link.parent)) / link.name).relative_to(repository.root)
    try:
        return bool(repository.links_in("HEAD", [name.as_posix()]))
    except UsageError:  # git does not answer: whose link it is remains unknown
        return True
