"""Where a configuration comes from: ``posecheck.toml``, or a table of ``pyproject.toml``."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from posecheck.config.value_types import format_value
from posecheck.files.folders import common_folder
from posecheck.model.errors import Argument, ConfigurationError, UsageError
from posecheck.model.named_text import NamedText

OWN_FILE = "posecheck.toml"
SHARED_FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSource:
    """The text of a configuration, wherever it was read.

    Attributes
    ----------
    name
        What messages call it: for a file, its path.
    folder
        The folder to which its globs, and the files that it names, are relative.
    text
        The TOML.
    is_shared
        Whether other tools share it, so that only its table ``[tool.posecheck]`` counts.
    """

    name: str
    folder: Path
    text: str = field(repr=False)
    is_shared: bool = False

    @property
    def prefix(self) -> str:
        """What precedes the keys."""
        return "tool.posecheck." if self.is_shared else ""

    @property
    def display_name(self) -> str:
        """The name as a report prints it: from the current folder, for a file that it holds."""
        relative = os.path.relpath(self.name) if Path(self.name).is_absolute() else self.name
        return self.name if relative.startswith("..") else relative

    def parse(self) -> dict[str, Any] | None:
        """Return the keys; ``None`` if the text is shared and has no table for posecheck.

        Raises
        ------
        ConfigurationError
            If the text is not TOML, or ``tool.posecheck`` is no table.
        """
        try:
            document = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigurationError(f"{self.name}: is not TOML: {error}") from error
        except ValueError as error:  # Python reads no integers of more than 4300 digits
            raise ConfigurationError(
                f"{self.name}: holds a number of thousands of digits"
            ) from error
        if not self.is_shared:
            return document
        tool = document.get("tool", {})
        table = tool.get("posecheck") if isinstance(tool, dict) else None
        if table is not None and not isinstance(table, dict):
            raise ConfigurationError(
                f"{self.name}: tool.posecheck: wanted a table, got {format_value(table)}"
            )
        return table

    def resolve(self, name: str) -> str | NamedText:
        """Return the real path, or the content, of a file that the configuration names.

        The configuration may come with an untrusted checkout: it must not point at what lies
        outside of its folder.

        Raises
        ------
        ValueError
            If there is no such file in the folder.
        """
        folder = Path(os.path.realpath(self.folder))
        try:
            target = Path(os.path.realpath(folder / name))
        except (OSError, ValueError) as error:  # such as a null character
            raise ValueError(f"{format_value(name)} is no path") from error
        if Path(name).is_absolute() or not target.is_relative_to(folder):
            raise ValueError(
                f"{format_value(name)} leads out of the folder of this file; name a file in it, "
                "or name it on the command line"
            )
        if not target.is_file():
            raise ValueError(f"there is no file {format_value(name)} in the folder of this file")
        return str(target)


def choose_source(
    paths: Sequence[str] = (), *, config: Path | None = None, isolated: bool = False
) -> ConfigurationSource | None:
    """Return the configuration that is named, or the one that is found above the paths.

    Parameters
    ----------
    paths
        What is to be checked; none stands for the current folder.
    config
        The configuration file to use, in place of the one that is found.
    isolated
        Use no configuration file at all.

    Raises
    ------
    UsageError
        If a file is named and none is to be used.
    ConfigurationError
        If a file cannot be read.
    """
    if isolated and config is not None:
        raise UsageError(
            Argument("config"),
            " names a file and ",
            Argument("isolated"),
            " asks for none: use one of them",
        )
    if isolated:
        return None
    return find_source(paths or (".",)) if config is None else read_source(config)


def find_source(paths: Sequence[str]) -> ConfigurationSource | None:
    """Return the nearest configuration at or above the folder that holds all the paths.

    In one folder ``posecheck.toml`` goes before ``pyproject.toml``, which counts only with a
    ``[tool.posecheck]`` table.

    Raises
    ------
    ConfigurationError
        If a file on the way cannot be read, or a ``pyproject.toml`` is not TOML, so that nobody
        knows what it says.
    """
    start = common_folder(paths)
    for folder in (start, *start.parents):
        if (own := folder / OWN_FILE).is_file():
            return read_source(own)
        if (shared := folder / SHARED_FILE).is_file():
            source = read_source(shared)
            if source.parse() is not None:
                return source
    return None


def read_source(path: Path) -> ConfigurationSource:
    """Read one file: a ``pyproject.toml``, or a file of posecheck's own by any other name.

    Raises
    ------
    ConfigurationError
        If it cannot be read, or is not UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text: {error.reason}") from error
    return ConfigurationSource(
        name=str(path),
        folder=Path(os.path.abspath(path)).parent,  # noqa: PTH100 - resolve() would follow links
        text=text,
        is_shared=path.name == SHARED_FILE,
    )
