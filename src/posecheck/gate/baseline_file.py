"""The file of a baseline: read with care, and replaced in one step."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from posecheck.config.revision import RevisionSource
from posecheck.config.source import ConfigurationSource
from posecheck.files.git_repository import GitRepository
from posecheck.files.regular_file import open_regular_file
from posecheck.gate.baseline_document import MOST_BYTES
from posecheck.model.errors import ConfigurationError, UsageError
from posecheck.model.named_text import NamedText


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSource:
    """The text of a baseline, wherever it was read.

    Attributes
    ----------
    name
        What messages call it: for a file, its path.
    path
        The file that holds it; in the work tree it may differ, or be missing.
    text
        The TOML.
    revision
        The git revision in which it was read; empty for the work tree.
    """

    name: str
    path: Path
    text: str = field(repr=False)
    revision: str = ""


def read_baseline(path: Path) -> BaselineSource:
    """Read the file of a baseline.

    Raises
    ------
    ConfigurationError
        If it is not there, no ordinary file, too large, or not UTF-8 text.
    """
    try:
        with open_regular_file(path, MOST_BYTES) as file:
            text = file.read(MOST_BYTES + 1).decode("utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no baseline {path}; write it with --write-baseline {path}"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no baseline: it is not UTF-8 text") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is no baseline: {error}") from error
    return BaselineSource(name=str(path), path=path, text=text)


def read_baseline_in_revision(path: Path, revision: str) -> BaselineSource:
    """Read a baseline as a git revision holds it; one outside of repositories as it is.

    Raises
    ------
    ConfigurationError
        If the revision holds no such file, or it is no baseline.
    UsageError
        If the repository holds no such revision.
    """
    folder = Path(os.path.realpath(path.parent))
    repository = GitRepository.around(folder)
    if repository is None:
        return read_baseline(path)
    inside = (folder / path.name).relative_to(repository.root).as_posix()
    name = f"{revision}:{inside}"
    content = repository.read(revision, inside)
    if content is None:
        raise ConfigurationError(
            f"there is no baseline {name}; one in the work tree counts once the revision holds it"
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name} is no baseline: it is not UTF-8 text") from error
    return BaselineSource(name=name, path=path, text=text, revision=revision)


def read_configured_baseline(name: str, configured: ConfigurationSource) -> BaselineSource:
    """Read the baseline that a configuration names, from where that was read.

    Raises
    ------
    ConfigurationError
        If there is no such file in the folder of the configuration, or it is no baseline.
    """
    path = configured.folder / name
    try:
        found = configured.resolve(name)
    except ValueError as error:
        raise ConfigurationError(
            f"{configured.name}: {configured.prefix}baseline: {error}; "
            f"write one with --write-baseline {path}"
        ) from error
    if isinstance(found, NamedText):
        revision = configured.revision if isinstance(configured, RevisionSource) else ""
        return BaselineSource(name=found.name, path=path, text=found.text, revision=revision)
    return replace(read_baseline(Path(found)), name=display_path(path))


def display_path(path: Path) -> str:
    """Return a path as the user would type it: an absolute one from the current folder."""
    try:
        return os.path.relpath(path) if path.is_absolute() else str(path)
    except ValueError:  # on Windows, another drive
        return str(path)


def check_baseline_place(path: Path) -> None:
    """Refuse, before the work is done, a place where no baseline can or must be written.

    Raises
    ------
    UsageError
        If it is a link, a folder or a device, is named like a recording, or lies in no folder.
    """
    if path.is_symlink():
        raise UsageError(f"{path} is a link, and no baseline is written through it")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no ordinary file, and is left alone")
    if path.suffix.lower() == ".nwb":
        raise UsageError(f"{path} is named like a recording, and is left alone")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent} to write a baseline to")


def replace_baseline(path: Path, text: str) -> None:
    """Put a baseline in its place: all of it, or nothing.

    Raises
    ------
    UsageError
        If the system does not let it be written, or something else has taken its place meanwhile.
    """
    check_baseline_place(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
