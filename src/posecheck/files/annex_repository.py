"""git-annex, asked where the content of files is, to fetch it, and to drop it again.

It is called as git is otherwise: no hook and no filter of the repository runs. Its own filter is
needed for unlocked files, and stands as git-annex itself would configure it. git-annex runs hooks
of its own, which no setting switches off: where there is one, it is not called.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from posecheck.files.git_command import FETCHING, emptied_filters, run_git
from posecheck.files.git_repository import GitRepository
from posecheck.model.errors import UsageError

_OWN_FILTER = {
    "filter.annex.clean": "git-annex smudge --clean -- %f",
    "filter.annex.smudge": "git-annex smudge -- %f",
    "filter.annex.process": "git-annex filter-process",
}
_ONE_COPY = ("--numcopies=1", "--mincopies=1")
"""What was not here before the check may be gone after it, if a single other copy is known."""

_WEB = ("https://", "http://")
_NO_REASON = "git-annex does not say why"


class AnnexRepository:
    """A repository whose content git-annex keeps.

    Parameters
    ----------
    root
        The top level of the work tree.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def around(cls, folder: Path) -> AnnexRepository | None:
        """Return the repository whose work tree holds a folder; ``None`` outside of one."""
        found = GitRepository.around(folder)
        return None if found is None else cls(found.root)

    def web_addresses(self, paths: Iterable[Path]) -> Mapping[Path, tuple[str, ...]]:
        """Return where on the web the content of files is: web remotes, and public exports.

        Returns
        -------
        mapping of Path to tuple of str
            Addresses by file, ``https`` first; a file without any is left out.

        Raises
        ------
        UsageError
            As `get`.
        """
        self._refuse_own_hook()
        names = {self._name_of(path): path for path in paths}
        found: dict[Path, tuple[str, ...]] = {}
        for answer in self._answers("whereis", names):
            addresses = tuple(sorted(_addresses_in(answer), key=_is_plain))
            if addresses and answer.get("file") in names:
                found[names[answer["file"]]] = addresses
        return found

    def get(self, paths: Iterable[Path]) -> Mapping[Path, str]:
        """Fetch the content of files.

        Returns
        -------
        mapping of Path to str
            For each file that could not be fetched, why.

        Raises
        ------
        UsageError
            If git-annex is not installed, the repository is none of its, or has hooks that
            git-annex would run.
        """
        self._refuse_own_hook()
        return self._each("get", paths)

    def drop(self, paths: Iterable[Path]) -> Mapping[Path, str]:
        """Drop the content of files of which another repository has a copy.

        Ctrl-C in the terminal does not end it.

        Returns
        -------
        mapping of Path to str
            For each file that could not be dropped, why.

        Raises
        ------
        UsageError
            As `get`.
        """
        return self._each("drop", paths, *_ONE_COPY, own_session=True)

    def _each(
        self, command: str, paths: Iterable[Path], *options: str, own_session: bool = False
    ) -> Mapping[Path, str]:
        """Run a command on each file; return why it failed where it did."""
        names = {self._name_of(path): path for path in paths}
        failures: dict[Path, str] = {}
        for answer in self._answers(command, names, *options, own_session=own_session):
            if not answer.get("success") and answer.get("file") in names:
                failures[names[answer["file"]]] = _reason(answer)
        return failures

    def _answers(
        self, command: str, names: Collection[str], *options: str, own_session: bool = False
    ) -> list[dict[str, Any]]:
        """Run a command that takes names from standard input, and answers line by line."""
        if not names:
            return []
        done = run_git(
            self.root,
            {**FETCHING, **emptied_filters(self.root), **_OWN_FILTER},
            *("annex", command, "--batch", "-z", "--json", "--json-error-messages", *options),
            content=b"".join(os.fsencode(name) + b"\0" for name in names),
            own_session=own_session,
        )
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        if "'annex' is not a git command" in said:
            raise UsageError(
                "git-annex is not installed, or not on the PATH; install it, or leave the content "
                "where it is with --annex skip"
            )
        if "git-annex init" in said:
            raise UsageError(f"{self.root} is no repository of git-annex: {said}")
        if done.returncode and not done.stdout.strip():
            raise UsageError(f"git-annex failed in {self.root}: {said or _NO_REASON}")
        lines = filter(None, map(bytes.strip, done.stdout.splitlines()))
        return [json.loads(line) for line in lines]

    def _refuse_own_hook(self) -> None:
        hook = self._own_hook()
        if hook is not None:
            raise UsageError(
                f"git-annex would run the hook {hook}, and nothing can keep it from that: fetch "
                "the content yourself (git annex get), or take the hook away"
            )

    def _own_hook(self) -> Path | None:
        """Return a hook that git-annex itself would run; ``None`` without one."""
        done = run_git(self.root, {}, "rev-parse", "--git-dir", "--git-common-dir")
        for line in done.stdout.splitlines():
            hooks = self.root / os.fsdecode(line) / "hooks"
            for hook in sorted(hooks.glob("*-annex")) if hooks.is_dir() else ():
                return hook
        return None

    def _name_of(self, path: Path) -> str:
        """Return the path as git has it; the file may itself be a link."""
        return (Path(os.path.realpath(path.parent)) / path.name).relative_to(self.root).as_posix()


def annexed_by_repository(paths: Iterable[Path]) -> Mapping[Path, list[Path]]:
    """Return files by the top level of the repository that holds them; others are left out."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        repository = AnnexRepository.around(path.parent)
        if repository is not None:
            found.setdefault(repository.root, []).append(path)
    return found


def _addresses_in(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the web addresses in an answer of ``git annex whereis``."""
    places = [*answer.get("whereis", ()), *answer.get("untrusted", ())]
    urls = dict.fromkeys(str(url) for place in places for url in place.get("urls", ()))
    yield from (url for url in urls if url.lower().startswith(_WEB))


def _is_plain(address: str) -> bool:
    return not address.lower().startswith("https://")


def _reason(answer: Mapping[str, object]) -> str:
    """Return what git-annex says of a failure, in one line."""
    messages = answer.get("error-messages")
    parts = [str(each) for each in messages] if isinstance(messages, list) else []
    text = " ".join(" ".join([str(answer.get("note", "")), *parts]).split())
    return text or _NO_REASON
