"""The dandiset on this machine: its folder, its identifier, and paths inside it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posecheck.files.dataset_roots import find_dandiset
from posecheck.model.errors import Argument, UsageError

_FILE = "dandiset.yaml"
_IDENTIFIER = re.compile(r"(?:([A-Za-z][A-Za-z0-9-]*):)?(\d{6})(?:/.*)?")
_EVERYBODYS = "dandi"


@dataclass(frozen=True, slots=True)
class LocalDandiset:
    """A folder with a ``dandiset.yaml``.

    Attributes
    ----------
    root
        Its absolute path; links are not followed.
    identifier
        Six digits.
    published
        The published version that it was downloaded as; empty for the draft.
    archive
        What stands before the digits, in lower case: the archive's name.
    """

    root: Path
    identifier: str
    published: str = ""
    archive: str = ""

    def parts_of(self, path: Path) -> tuple[str, ...] | None:
        """Return the components of a path from the root; ``None`` outside it."""
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
        if absolute.is_relative_to(self.root):
            return absolute.relative_to(self.root).parts
        # The same place by another way: /tmp and /private/tmp, or a linked home.
        real = Path(os.path.realpath(absolute.parent), absolute.name)
        root = Path(os.path.realpath(self.root))
        return real.relative_to(root).parts if real.is_relative_to(root) else None


def open_dandiset(folder: Path | None, paths: Sequence[str]) -> LocalDandiset:
    """Find the dandiset that paths lie in, or take the one that is named.

    Raises
    ------
    UsageError
        If there is none, or several, or its identifier is none.
    """
    root = _named(folder) if folder is not None else _around(paths)
    record = _read(root / _FILE)
    found = _IDENTIFIER.fullmatch(_identifier_of(record))
    if found is None:
        raise UsageError(
            f"{root / _FILE} has no identifier of six digits, such as DANDI:000123. Create the "
            "dandiset in the archive, and write its number there (or download it: dandi download)."
        )
    version = str(record.get("version") or "draft")
    return LocalDandiset(
        root=root,
        identifier=found[2],
        published="" if version == "draft" else version,
        archive=(found[1] or "").lower(),
    )


def check_archive(dandiset: LocalDandiset, requested: str) -> None:
    """See that a dandiset is not sent to another archive than that which its identifier names.

    Parameters
    ----------
    dandiset
        The dandiset.
    requested
        The archive, as the user names it.

    Raises
    ------
    UsageError
        If the identifier names another archive that is known.
    """
    from dandi.consts import known_instances, known_instances_rev  # noqa: PLC0415 - dandi is slow

    named = dandiset.archive
    # Each archive wrote DANDI before it had a name of its own.
    if named == _EVERYBODYS or named not in known_instances:
        return
    if named not in {requested, known_instances_rev.get(requested.rstrip("/"))}:
        raise UsageError(
            f"{dandiset.root / _FILE} says {named.upper()}:{dandiset.identifier}, which is a "
            f"dandiset of {named}, and this upload would go to {requested}. Pass -i {named}; or, "
            f"if you mean {requested}, write its identifier there."
        )


def _named(folder: Path) -> Path:
    root = Path(os.path.abspath(folder))  # noqa: PTH100
    if not (root / _FILE).is_file():
        raise UsageError(f"{folder} is not a dandiset: it holds no {_FILE}")
    return root


def _around(paths: Sequence[str]) -> Path:
    roots = {}
    for text in paths or (".",):
        path = Path(os.path.abspath(text))  # noqa: PTH100
        if not os.path.lexists(path):
            raise UsageError(f"no such file or folder: {text!r}; nothing was uploaded")
        roots[find_dandiset(path if path.is_dir() else path.parent)] = text
    if None in roots:
        raise UsageError(
            f"{roots[None]} lies in no dandiset: no {_FILE} in its folder or above. Download it "
            "(dandi download), or name its folder with ",
            Argument("dandiset"),
            ".",
        )
    if len(roots) > 1:
        raise UsageError(
            f"{' and '.join(roots.values())} lie in different dandisets; upload one at a time"
        )
    return next(root for root in roots if root is not None)


def _read(path: Path) -> dict[str, Any]:
    from dandi.utils import yaml_load  # noqa: PLC0415 - dandi costs half a second

    try:
        with path.open(encoding="utf-8") as file:
            record = yaml_load(file, typ="safe")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is not valid YAML: {reason[:200]}") from error
    return record if isinstance(record, dict) else {}


def _identifier_of(record: dict[str, Any]) -> str:
    nested = record.get("dandiset")
    found = nested.get("identifier") if isinstance(nested, dict) else None
    found = found or record.get("identifier") or ""
    # YAML 1.2 reads 000123 without quotes as a number.
    return found if isinstance(found, str) else f"{found:06d}" if isinstance(found, int) else ""
