"""The configuration as a git revision holds it.

A pull request can change the configuration that it is checked with. Whoever checks it takes the
configuration of a revision that he trusts, and files that it names from the same revision. What
lies in the work tree, or above the repository, plays no part.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from posecheck.config.source import (
    OWN_FILE,
    SHARED_FILE,
    ConfigurationSource,
)
from posecheck.config.value_types import format_value
from posecheck.files.folders import common_folder
from posecheck.files.git_repository import GitRepository
from posecheck.model.errors import Argument, ConfigurationError, UsageError
from posecheck.model.named_text import NamedText


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionSource(ConfigurationSource):
    """A configuration in a revision.

    Attributes
    ----------
    repository, revision
        Where it was read.
    path
        Its path in the repository; empty if the revision holds none.
    """

    repository: GitRepository
    revision: str
    path: str = ""

    def resolve(self, name: str) -> NamedText:
        """Return a file that the configuration names, as the revision holds it.

        Raises
        ------
        ValueError
            If there is no such regular file in the folder of the configuration.
        """
        named = PurePosixPath(name)
        if named.is_absolute() or ".." in named.parts or "\0" in name:
            raise ValueError(
                f"{format_value(name)} leads out of the folder of this file; name a file in it, "
                "or name it on the command line"
            )
        path = PurePosixPath(self.path).parent / named
        content = self.repository.read(self.revision, path)
        if content is None:
            raise ValueError(f"{self.revision} holds no file {format_value(str(path))}")
        name = f"{self.revision}:{path}"
        return NamedText(name, _decoded(name, content))


def find_in_revision(
    paths: Sequence[str], revision: str, *, config: Path | None = None
) -> ConfigurationSource:
    """Return the configuration of a revision; an empty one if the revision holds none.

    Parameters
    ----------
    paths
        What is to be checked; the repository around it is meant.
    revision
        A commit, branch or tag.
    config
        The configuration file to use, in place of the nearest at or above the paths.

    Raises
    ------
    UsageError
        If there is no repository, no such revision in it, or no such file in that.
    ConfigurationError
        If a file on the way cannot be read.
    """
    start = common_folder(paths)
    repository = GitRepository.around(start)
    if repository is None:
        raise UsageError(Argument("config_rev"), f" names a revision, and {start} is not in git")
    repository.commit_of(revision)
    if config is not None:
        path = _path_in(repository, config)
        found = _source(repository, revision, path, Path(os.path.abspath(config)).parent)  # noqa: PTH100
        if found is None:
            raise UsageError(Argument("config"), f": {revision} holds no file {path!r}")
        return found
    for folder, place in _folders(repository, start):
        for name in (OWN_FILE, SHARED_FILE):
            found = _source(repository, revision, (folder / name).as_posix(), place)
            if found is not None and found.parse() is not None:
                return found
    return RevisionSource(
        name=f"none in {revision}",
        folder=repository.root,
        text="",
        repository=repository,
        revision=revision,
    )


def _folders(repository: GitRepository, start: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield the folders from one up to the top: in the repository, and as the user names them."""
    inside = Path(os.path.realpath(start)).relative_to(repository.root)
    as_named = (start, *start.parents)
    for depth, folder in enumerate((inside, *inside.parents)):
        real = repository.root / folder
        named = as_named[depth] if depth < len(as_named) else real
        is_same = Path(os.path.realpath(named)) == real
        yield PurePosixPath(folder.as_posix()), named if is_same else real


def _path_in(repository: GitRepository, config: Path) -> str:
    real = Path(os.path.realpath(config.parent)) / config.name
    if not real.is_relative_to(repository.root):
        raise UsageError(
            Argument("config"), f" names {config}, which is not in the repository {repository.root}"
        )
    return real.relative_to(repository.root).as_posix()


def _source(
    repository: GitRepository, revision: str, path: str, folder: Path
) -> RevisionSource | None:
    content = repository.read(revision, path)
    if content is None:
        return None
    name = f"{revision}:{path}"
    return RevisionSource(
        name=name,
        folder=folder,
        text=_decoded(name, content),
        is_shared=PurePosixPath(path).name == SHARED_FILE,
        repository=repository,
        revision=revision,
        path=path,
    )


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: is not UTF-8 text: {error.reason}") from error
