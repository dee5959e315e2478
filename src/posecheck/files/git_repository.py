"""A git repository, read without running anything that it contains or configures.

A gate checks the checkout of a stranger. git runs programs on the way to an answer: filters that
attributes name, hooks, a monitor of the file system, external diffs. None of them runs here, and
nothing is fetched: every command is one that reads objects or the index, and what could start a
program is switched off for it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from posecheck.model.errors import UsageError

_SILENT = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "diff.external": "",
    "protocol.allow": "never",
    "core.quotePath": "false",
}
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_PROGRAMS = ("clean", "smudge", "process")
_REGULAR = {"100644", "100755"}
_SUBMODULE = "160000"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPaths:
    """What differs from a revision, by paths relative to the repository.

    Attributes
    ----------
    present
        Paths that were added or changed.
    gone
        Paths that are no longer there under this name.
    renamed
        The old path of each file that git recognizes under a new one.
    """

    present: frozenset[str]
    gone: frozenset[str]
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def every(self) -> frozenset[str]:
        """All paths at which something changed."""
        return self.present | self.gone


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
        commit = self.commit_of(revision)
        listed = self._output("ls-tree", "-z", "--full-tree", commit, "--", str(path))
        for entry in filter(None, listed.split(b"\0")):
            mode, _, name = entry.decode("ascii", "replace").partition("\t")[0].split(" ")
            if mode in _REGULAR:
                return self._output("cat-file", "blob", name)
        return None

    def submodule_commit(self, revision: str, path: str) -> str | None:
        """Return the commit that a revision records of a submodule; ``None`` if it records none.

        Raises
        ------
        UsageError
            If the repository holds no such commit, or git fails.
        """
        commit = self.commit_of(revision)
        listed = self._output("ls-tree", "-z", "--full-tree", commit, "--", path)
        for entry in filter(None, listed.split(b"\0")):
            mode, _, name = entry.decode("ascii", "replace").partition("\t")[0].split(" ")
            if mode == _SUBMODULE:
                return name
        return None

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
            for status, before, path in _entries(output):
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

    def _output(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            raise self._failure(done)
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        if self._settings is None:
            self._settings = dict(self._emptied_filters())
        return self._git(self._settings, *arguments)

    def _emptied_filters(self) -> Iterator[tuple[str, str]]:
        """Yield settings that empty each filter that is configured: an attribute could name it."""
        done = self._git({}, "config", "--null", "--name-only", "--get-regexp", r"^filter\.")
        keys = (os.fsdecode(key) for key in done.stdout.split(b"\0") if key)
        for name in sorted({key.rpartition(".")[0] for key in keys}):
            for program in _PROGRAMS:
                yield f"{name}.{program}", ""
            yield f"{name}.required", "false"

    def _git(
        self, settings: Mapping[str, str], *arguments: str
    ) -> subprocess.CompletedProcess[bytes]:
        environment = dict(os.environ) | _ENVIRONMENT
        environment.pop("GIT_EXTERNAL_DIFF", None)
        # Through the environment a setting may have any name; an option `-c` ends it at `=`.
        first = int(environment.get("GIT_CONFIG_COUNT") or 0)
        every = {**_SILENT, **settings}
        for number, (name, value) in enumerate(every.items(), start=first):
            environment[f"GIT_CONFIG_KEY_{number}"] = name
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        environment["GIT_CONFIG_COUNT"] = str(first + len(every))
        try:
            return subprocess.run(  # noqa: S603 - no shell, and git alone
                ["git", "-C", str(self.root), "--literal-pathspecs", *arguments],  # noqa: S607
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise UsageError("git is not installed, or not on the PATH") from None

    def _failure(self, done: subprocess.CompletedProcess[bytes]) -> UsageError:
        said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines()]
        detail = " ".join(filter(None, said)) or f"it ended with exit code {done.returncode}"
        return UsageError(f"git cannot read {self.root}: {detail}")

    def _remedy(self, revision: str) -> str:
        if self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            name = revision.removeprefix("origin/")
            return f"; the clone is shallow: run `git fetch --depth=1 origin {name}` first"
        return ""


def _entries(output: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield status, old path (of a rename) and path from ``--raw -z``."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head:
            continue
        status = head.rsplit(b" ", 1)[-1].decode("ascii", "replace")[:1]
        first = os.fsdecode(next(fields))
        if status in {"R", "C"}:
            second = os.fsdecode(next(fields))
            yield status, first if status == "R" else "", second
        else:
            yield status, "", first
