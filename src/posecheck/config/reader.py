"""``posecheck.toml``, or ``[tool.posecheck]`` in ``pyproject.toml``: found, read and checked.

One run has one configuration: the nearest one at or above the folder that holds all the named
paths. A key, a code or a type that is not understood is an error: a misspelled key must not switch
a gate off in silence.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from posecheck.config.globs import check_glob
from posecheck.config.selection import codes_matching, nearest
from posecheck.execution.limits import LEAST_SECONDS, MOST_FILE_MEMORY, MOST_SECONDS
from posecheck.model.errors import Argument, ConfigurationError, UsageError
from posecheck.model.finding import NEVER, Severity, Threshold
from posecheck.model.rule import Parameter, Rule
from posecheck.model.values import Value
from posecheck.model.video_file import Decode
from posecheck.validators.registry import engine_names

OWN_FILE = "posecheck.toml"
SHARED_FILE = "pyproject.toml"

DANDI = "dandi"
"""The keyword of NWB Inspector's own configuration."""

_LONGEST_SHOWN = 100

_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>(?:[KMGT]i?)?B)?", re.ASCII)
_UNITS = {"B": 0, "K": 1, "M": 2, "G": 3, "T": 4}

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a configuration file says; ``None`` and empty stand for what it leaves open.

    Attributes
    ----------
    source
        The file; ``None`` if there is none.
    select, extend_select
        Selectors of rules.
    ignore
        The reason of each ignored selector, empty where none is given.
    per_file_ignores
        For each glob, relative to the file's folder, the reason of each ignored selector.
    fail_on, file_timeout, validator_timeout, file_memory, jobs, engines, inspector_config, decode,
    video_timeout
        As on the command line.
    parameters
        For each rule's code, the parameters that it sets.
    """

    source: Path | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)
    per_file_ignores: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fail_on: Threshold | None = None
    file_timeout: float | None = None
    validator_timeout: float | None = None
    file_memory: int | None = None
    jobs: int | None = None
    engines: tuple[str, ...] | None = None
    inspector_config: str | None = None
    decode: Decode | None = None
    video_timeout: float | None = None
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


def load_configuration(
    rules: Sequence[Rule],
    paths: Sequence[str] = (),
    *,
    config: Path | None = None,
    isolated: bool = False,
) -> Configuration:
    """Read the configuration that is named, or the one that is found above the paths.

    Parameters
    ----------
    rules
        All rules, by which codes and parameters are checked.
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
        If the file cannot be read or says what is not understood.
    """
    if isolated:
        if config is not None:
            raise UsageError(
                Argument("config"),
                " names a file and ",
                Argument("isolated"),
                " asks for none: use one of them",
            )
        return Configuration()
    path = config or find_configuration(paths or (".",))
    return Configuration() if path is None else read_configuration(path, rules)


def find_configuration(paths: Sequence[str]) -> Path | None:
    """Return the nearest configuration at or above the folder that holds all the paths.

    In one folder ``posecheck.toml`` goes before ``pyproject.toml``, which counts only with a
    ``[tool.posecheck]`` table.

    Raises
    ------
    ConfigurationError
        If a ``pyproject.toml`` on the way is not TOML, so that nobody can tell what it says.
    """
    start = _common_folder(paths)
    for folder in (start, *start.parents):
        if (own := folder / OWN_FILE).is_file():
            return own
        if (shared := folder / SHARED_FILE).is_file() and _own_table(shared) is not None:
            return shared
    return None


def read_configuration(path: Path, rules: Sequence[Rule]) -> Configuration:
    """Read one configuration file.

    Parameters
    ----------
    path
        A ``pyproject.toml``, whose ``[tool.posecheck]`` is read, or a file of posecheck's own.
    rules
        All rules, by which codes and parameters are checked.

    Raises
    ------
    ConfigurationError
        If it cannot be read, or names what does not exist, or has a value of a wrong type.
    """
    if path.name == SHARED_FILE:
        table = _own_table(path)
        if table is None:
            raise ConfigurationError(f"{path}: there is no [tool.posecheck] table")
    else:
        table = _parse(path)
    return _Reader(path, rules).read(table)


def parse_size(text: str) -> int:
    """Turn ``512 MB``, ``4GiB`` or ``1000000`` into bytes; units count in steps of 1024.

    Raises
    ------
    ValueError
        If it is not a number above 0 with a unit from B to TB, or more than 2**62 bytes.
    """
    match = _SIZE.fullmatch(text.strip())
    size = 0
    if match is not None and len(match["number"]) < 20:
        size = int(float(match["number"]) * 1024 ** _UNITS[(match["unit"] or "B")[0]])
    if size <= 0:
        raise ValueError(f"{text!r} is no size such as '512 MB' or '4 GB'")
    if size > MOST_FILE_MEMORY:
        raise ValueError(f"{text!r} is more than any machine holds (at most 2**62 bytes)")
    return size


def is_of_kind(parameter: Parameter, value: Value) -> bool:
    """Whether a value can stand for a parameter: the default's type decides.

    A number that is not finite cannot: no threshold means anything beside it.
    """
    default = parameter.default
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and _is_finite(value)
    if isinstance(default, str):
        return isinstance(value, str)
    if not isinstance(value, tuple):
        return False
    # A list that dandi provides is a list of words; any other is like its own default.
    wanted = (int, float) if default and _is_numeric(default) else (str,)
    return all(
        isinstance(item, wanted)
        and not isinstance(item, bool)
        and (isinstance(item, str) or _is_finite(item))
        for item in value
    )


class _Reader:
    """Reads the tables of one file, and blames that file and the key at hand."""

    def __init__(self, path: Path, rules: Sequence[Rule]) -> None:
        self._path = path
        self._rules = rules
        self._prefix = "tool.posecheck." if path.name == SHARED_FILE else ""

    def read(self, table: Mapping[str, Any]) -> Configuration:
        readers: dict[str, Callable[[str, Any], Any]] = {
            "select": self._selectors,
            "extend-select": self._selectors,
            "ignore": self._reasons,
            "per-file-ignores": self._per_file,
            "fail-on": self._threshold,
            "file-timeout": self._seconds,
            "validator-timeout": self._seconds,
            "file-memory": self._memory,
            "jobs": self._count,
            "engines": self._engines,
            "inspector-config": self._inspector_config,
            "decode": self._decode,
            "video-timeout": self._seconds,
            "rules": self._parameters,
        }
        for key in table:
            if key not in readers:
                self._fail(key, f"unknown key{nearest(key, readers)}")
        found = {key: readers[key](key, value) for key, value in table.items()}
        parameters = found.pop("rules", {})
        return Configuration(
            source=self._path,
            parameters=parameters,
            **{key.replace("-", "_"): value for key, value in found.items()},
        )

    def _selectors(self, key: str, value: Any, *, foreign: bool = False) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._fail(key, f"wanted a list of codes, got {_shown(value)}")
        for selector in value:
            self._check_selector(key, selector, foreign=foreign)
        return tuple(value)

    def _reasons(self, key: str, value: Any) -> dict[str, str]:
        if isinstance(value, list):
            return dict.fromkeys(self._selectors(key, value, foreign=True), "")
        if not isinstance(value, dict):
            self._fail(key, f"wanted a list of codes or a table of reasons, got {_shown(value)}")
        for selector, reason in value.items():
            self._check_selector(key, selector, foreign=True)
            if not isinstance(reason, str) or not reason.strip():
                self._fail(f"{key}.{selector}", f"wanted the reason in words, got {_shown(reason)}")
        return dict(value)

    def _per_file(self, key: str, value: Any) -> dict[str, dict[str, str]]:
        if not isinstance(value, dict):
            self._fail(key, f"wanted a table from globs to codes, got {_shown(value)}")
        for glob in value:
            try:
                check_glob(glob)
            except ValueError as error:
                self._fail(f'{key}."{glob}"', str(error))
        return {glob: self._reasons(f'{key}."{glob}"', codes) for glob, codes in value.items()}

    def _threshold(self, key: str, value: Any) -> Threshold:
        choices = [*(severity.value for severity in Severity), NEVER]
        if value not in choices:
            self._fail(key, f"wanted one of {', '.join(choices)}, got {_shown(value)}")
        return NEVER if value == NEVER else Severity(value)

    def _seconds(self, key: str, value: Any) -> float:
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if not numeric or not LEAST_SECONDS <= value <= MOST_SECONDS:
            wanted = f"seconds from {LEAST_SECONDS} to {MOST_SECONDS:.0f}"
            self._fail(key, f"wanted {wanted}, got {_shown(value)}")
        return float(value)

    def _memory(self, key: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_FILE_MEMORY:
            return value
        try:
            return parse_size(value)
        except (ValueError, AttributeError):
            self._fail(
                key, f"wanted bytes (at most 2**62) or a size such as '4 GB', got {_shown(value)}"
            )

    def _engines(self, key: str, value: Any) -> tuple[str, ...]:
        choices = engine_names()
        if not isinstance(value, list) or not value or not all(item in choices for item in value):
            self._fail(key, f"wanted a list of {', '.join(choices)}, got {_shown(value)}")
        return tuple(value)

    def _inspector_config(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            self._fail(key, f"wanted dandi or the path of a YAML file, got {_shown(value)}")
        if value == DANDI:
            return value
        # The file may come with an untrusted checkout: it must not point at what lies outside.
        folder = Path(os.path.realpath(self._path.parent))
        try:
            target = Path(os.path.realpath(folder / value))
        except (OSError, ValueError):  # such as a null character
            self._fail(key, f"{_shown(value)} is no path")
        if Path(value).is_absolute() or not target.is_relative_to(folder):
            self._fail(
                key,
                f"{_shown(value)} leads out of the folder of this file; name a YAML file inside "
                "it, or use --inspector-config",
            )
        if not target.is_file():
            self._fail(key, f"there is no file {_shown(value)} in the folder of this file")
        return str(target)

    def _decode(self, key: str, value: Any) -> Decode:
        choices = [decode.value for decode in Decode]
        if value not in choices:
            self._fail(key, f"wanted one of {', '.join(choices)}, got {_shown(value)}")
        return Decode(value)

    def _count(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._fail(key, f"wanted a whole number above 0, got {_shown(value)}")
        return value

    def _parameters(self, key: str, value: Any) -> dict[str, dict[str, Value]]:
        if not isinstance(value, dict):
            self._fail(key, f"wanted a table for each rule, got {_shown(value)}")
        known = {rule.code: rule for rule in self._rules}
        configured: dict[str, dict[str, Value]] = {}
        for code, table in value.items():
            where = f"{key}.{code}"
            rule = known.get(code.upper())
            if rule is None:
                self._fail(where, f"no rule has this code{nearest(code, known)}")
            if rule.code in configured:
                self._fail(where, f"{rule.code} has a table already")
            if not isinstance(table, dict):
                self._fail(where, f"wanted a table of parameters, got {_shown(table)}")
            configured[rule.code] = self._rule_parameters(where, rule, table)
        return configured

    def _rule_parameters(
        self, where: str, rule: Rule, table: Mapping[str, Any]
    ) -> dict[str, Value]:
        known = {parameter.name: parameter for parameter in rule.parameters}
        values: dict[str, Value] = {}
        for name, value in table.items():
            if name not in known:
                self._fail(
                    f"{where}.{name}", f"{rule.code} has no such parameter{nearest(name, known)}"
                )
            values[name] = tuple(value) if isinstance(value, list) else value
            if not is_of_kind(known[name], values[name]):
                self._fail(
                    f"{where}.{name}",
                    f"wanted a value such as {_example(known[name])}, got {_shown(value)}",
                )
        return values

    def _check_selector(self, key: str, selector: str, *, foreign: bool) -> None:
        codes_matching(
            self._rules,
            selector,
            key=self._prefix + key,
            source=str(self._path),
            foreign=foreign,
        )

    def _fail(self, key: str, reason: str) -> NoReturn:
        raise ConfigurationError(f"{self._path}: {self._prefix}{key}: {reason}")


def _shown(value: Any) -> str:
    """Return a value as a message names it: cut, since a file may hold a number of any length."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond what a float holds
        return False


def _is_numeric(default: Value) -> bool:
    return isinstance(default, tuple) and all(isinstance(item, int | float) for item in default)


def _example(parameter: Parameter) -> str:
    if isinstance(parameter.default, tuple):
        return repr(list(parameter.default))
    return "a list of words" if parameter.default is None else repr(parameter.default)


def _common_folder(paths: Sequence[str]) -> Path:
    folders = []
    for text in paths:
        path = Path(os.path.abspath(text))  # noqa: PTH100 - resolve() would follow links
        folders.append(str(path if path.is_dir() else path.parent))
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # on Windows, two drives have nothing in common
        return Path.cwd()


def _own_table(path: Path) -> dict[str, Any] | None:
    tool = _parse(path).get("tool", {})
    table = tool.get("posecheck") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigurationError(f"{path}: tool.posecheck: wanted a table, got {_shown(table)}")
    return table


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text: {error.reason}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from error
    except ValueError as error:  # Python reads no integers of more than 4300 digits
        raise ConfigurationError(f"{path}: holds a number of thousands of digits") from error
