"""Where on the web the content of annexed files is, as git-annex knows it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from posecheck.files.annex import nearest_repository
from posecheck.files.git_repository import GitRepository

_WEB = ("https://", "http://")


def web_addresses(paths: Sequence[Path]) -> Mapping[Path, tuple[str, ...]]:
    """Return the addresses of annexed files: of web remotes, and of public exports.

    git-annex is asked once for each repository.

    Parameters
    ----------
    paths
        Annexed files, whose content need not be here.

    Returns
    -------
    Mapping
        Addresses by path, ``https`` first; a file without any is left out.

    Raises
    ------
    UsageError
        If git or git-annex is not installed, or fails.
    """
    by_repository: dict[Path, list[Path]] = {}
    for path in paths:
        root = nearest_repository(Path(os.path.realpath(path.parent)))
        if root is not None:
            by_repository.setdefault(root, []).append(path)
    found: dict[Path, tuple[str, ...]] = {}
    for root, named in by_repository.items():
        names = {path: _name_in(root, path) for path in named}
        answers = GitRepository(root).where_annexed_files_are(names.values())
        for path, answer in zip(names, answers, strict=True):
            addresses = tuple(sorted(_addresses_in(answer), key=_insecure))
            if addresses:
                found[path] = addresses
    return found


def _name_in(root: Path, path: Path) -> str:
    return (Path(os.path.realpath(path.parent)) / path.name).relative_to(root).as_posix()


def _addresses_in(answer: str) -> Iterator[str]:
    """Yield the addresses in a line of ``git annex whereis``; the line may be empty."""
    try:
        said = json.loads(answer) if answer.strip() else {}
    except ValueError:
        return
    places = [*said.get("whereis", ()), *said.get("untrusted", ())]
    urls = dict.fromkeys(str(url) for place in places for url in place.get("urls", ()))
    yield from (url for url in urls if url.lower().startswith(_WEB))


def _insecure(address: str) -> bool:
    return not address.lower().startswith("https://")
