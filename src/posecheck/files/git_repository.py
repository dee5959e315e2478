"""A git repository, read without running anything that it contains or configures.

Nothing is fetched unless that is asked for: every other command is one that reads objects or the
index, and what could start a program is switched off for it (`posecheck.files.git_command`).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from posecheck.files.changed_paths import ChangedPaths, raw_entries
from posecheck.files.git_command import FETCHING, emptied_filters, run_git
from posecheck.model.errors import UsageError

_REGULAR = {"100644", "100755"}
_LINK = "120000"
_SUBMODULE = "160000"
_AT_A_TIME = 500


class GitRepository:
    """The git repository around a folder.

    Parameters
    ----------
    root
        The top level of the work tree.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settings: Mapping[str, str] | None = None

    @classmethod
    def around(cls, folder: Path) -> GitRepository | None:
        """Return the repository whose work tree holds a folder; ``None`` outside of one."""
        real = Path(os.path.realpath(folder))
        for candidate in (real, *real.parents):
            if (candidate / ".git").exists():
                return cls(candidate)
        return None

    def commit_of(self, revision: str) -> str:
        """Return the hash of the commit that a revision names.

        Raises
        ------
        UsageError
            If the repository holds no such commit.
        """
        done = self._run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        commit = done.stdout.decode("ascii", "replace").strip()
        if done.stderr:
            raise self._failure(done)
        if done.returncode or not commit:
            raise UsageError(f"{self.root} holds no commit {revision!r}{self._remedy(revision)}")
        return commit

    def has_commit(self, revision: str) -> bool:
        """Whether the repository holds the commit that a revision names."""
        try:
            self.commit_of(revision)
        except UsageError:
            return False
        return True

    def fetch(self, revision: str) -> bool:
        """Fetch one commit from ``origin``; return whether the repository holds it then.

        Nothing else of this class fetches. Hooks and filters stay off, and no submodule is entered.

        Parameters
        ----------
        revision
            A hash, a branch or tag of ``origin``, or ``origin/`` and a branch.
        """
        branch = revision.removeprefix("origin/")
        wanted = revision if branch == revision else f"+{branch}:refs/remotes/{revision}"
        if not revision.startswith("-"):
            options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--depth=1")
            run_git(self.root, FETCHING, "fetch", *options, "origin", wanted)
        return self.has_commit(revision)

    def fork_point(self, revision: str) -> str:
        """Return where ``HEAD`` and a revision parted; the revision itself if that is not known.

        A shallow clone may hold both and not what joins them. More has changed since the revision
        then than since the fork, and nothing less.

        Raises
        ------
        UsageError
            If the repository holds no such commit.
        """
        commit = self.commit_of(revision)
        done = self._run("merge-base", commit, "HEAD")
        return done.stdout.decode("ascii", "replace").strip() if not done.returncode else commit

    def read(self, revision: str, path: PurePosixPath | str) -> bytes | None:
        """Return a file as a revision holds it; ``None`` if it holds no regular file there.

        Parameters
        ----------
        revision
            The revision.
        path
            The path, relative to the repository.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        for mode, name, _ in self._tree(revision, str(path)):
            if mode in _REGULAR:
                return self._output("cat-file", "blob", name)
        return None

    def links_in(self, revision: str, paths: Iterable[str]) -> Mapping[str, str]:
        """Return where the links among some paths lead, as a revision holds them.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        named = tuple(paths)
        parts = (named[first : first + _AT_A_TIME] for first in range(0, len(named), _AT_A_TIME))
        listed = (each for part in parts for each in self._tree(revision, *part))
        links = {path: name for mode, name, path in listed if mode == _LINK}
        output = self._output(
            "cat-file", "--batch", content="".join(f"{name}\n" for name in links.values()).encode()
        )
        targets: dict[str, str] = {}
        for path in links:
            head, _, output = output.partition(b"\n")
            size = int(head.rpartition(b" ")[2])
            targets[path] = os.fsdecode(output[:size])
            output = output[size + 1 :]
        return targets

    def holds(self, revision: str, path: str) -> bool:
        """Whether a revision holds anything at a path, which is relative to the repository.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        return any(self._tree(revision, path))

    def submodule_commit(self, revision: str, path: str) -> str | None:
        """Return the commit that a revision records of a submodule; ``None`` if it records none.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        return next(
            (name for mode, name, _ in self._tree(revision, path) if mode == _SUBMODULE), None
        )

    def last_change(self, path: str, revision: str = "HEAD") -> str | None:
        """Return the hash of the last commit that changed a file; ``None`` if none did.

        Parameters
        ----------
        path
            The path, relative to the repository.
        revision
            The last commit to look at.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        commit = self.commit_of(revision)
        listed = self._output("rev-list", "--max-count=1", commit, "--", path)
        return listed.decode("ascii", "replace").strip() or None

    def changed_since(self, revision: str, *, staged: bool = False) -> ChangedPaths:
        """Return what differs from a revision: commits, index and, unless ``staged``, work tree.

        Parameters
        ----------
        revision
            The revision.
        staged
            Whether what is not staged is left out.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        base = self.fork_point(revision)
        present: set[str] = set()
        gone: set[str] = set()
        renamed: dict[str, str] = {}
        raw = ("--raw", "-z", "--no-abbrev", "--ignore-submodules=all")
        listed = [self._output("diff-index", "--cached", "--find-renames", *raw, base, "--")]
        if not staged:
            listed.append(self._output("diff-files", *raw, "--"))
        for output in listed:
            for status, before, path in raw_entries(output):
                if status == "D":
                    gone.add(path)
                    present.discard(path)
                else:
                    present.add(path)
                    gone.discard(path)
                if before:
                    gone.add(before)
                    renamed[path] = before
        if not staged:
            others = self._output("ls-files", "--others", "--exclude-standard", "-z")
            present.update(os.fsdecode(name) for name in others.split(b"\0") if name)
        return ChangedPaths(
            present=frozenset(present), gone=frozenset(gone - present), renamed=renamed
        )

    def _tree(self, revision: str, *paths: str) -> Iterator[tuple[str, str, str]]:
        """Yield mode, object and path of what a revision holds at some paths."""
        commit = self.commit_of(revision)
        listed = self._output("ls-tree", "-z", "--full-tree", commit, "--", *paths)
        for entry in filter(None, listed.split(b"\0")):
            head, _, path = entry.partition(b"\t")
            mode, _, name = head.decode("ascii", "replace").split(" ")
            yield mode, name, os.fsdecode(path)

    def _output(self, *arguments: str, content: bytes = b"") -> bytes:
        done = self._run(*arguments, content=content)
        if done.returncode:
            raise self._failure(done)
        return done.stdout

    def _run(self, *arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        if self._settings is None:
            self._settings = emptied_filters(self.root)
        return run_git(self.root, self._settings, *arguments, content=content)

    def _failure(self, done: subprocess.CompletedProcess[bytes]) -> UsageError:
        said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines()]
        detail = " ".join(filter(None, said)) or f"it ended with exit code {done.returncode}"
        return UsageError(f"git cannot read {self.root}: {detail}")

    def _remedy(self, revision: str) -> str:
        if self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            name = revision.removeprefix("origin/")
            return f"; the clone is shallow: run `git fetch --depth=1 origin {name}` first"
        return ""
