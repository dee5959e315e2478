"""What a configuration may say: its keys, their types, and what is said of a wrong one.

A key, a code or a type that is not understood is an error: a misspelled key must not switch a gate
off in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from posecheck.config.globs import check_glob
from posecheck.config.ignores import IgnoreTerms, read_terms
from posecheck.config.selection import codes_matching, fail_on_of, nearest
from posecheck.config.source import ConfigurationSource
from posecheck.config.value_types import example_of, format_value, is_of_kind, parse_size
from posecheck.execution.limits import LEAST_SECONDS, MOST_FILE_MEMORY, MOST_SECONDS
from posecheck.model.errors import ConfigurationError
from posecheck.model.fail_on import FailOn
from posecheck.model.finding import NEVER, Severity, Threshold
from posecheck.model.named_text import NamedText
from posecheck.model.rule import Rule
from posecheck.model.values import Value
from posecheck.model.version import __version__
from posecheck.model.video_file import Decode
from posecheck.validators.registry import engine_names

REQUIRED_VERSION = "required-version"

DEFAULT = "default"
"""The key of ``fail-on`` for what is not named."""

DANDI = "dandi"
"""The keyword of NWB Inspector's own configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a configuration file says; ``None`` and empty stand for what it leaves open.

    Attributes
    ----------
    source
        Where it was read; ``None`` if there is none.
    select, extend_select
        Selectors of rules.
    ignore
        The terms of each ignored selector.
    per_file_ignores
        For each glob, relative to the file's folder, the terms of each ignored selector.
    required_version
        The versions of posecheck that may read it.
    fail_on
        Which findings fail the run.
    severity
        For each selector of rules, the severity that their findings get.
    file_timeout, validator_timeout, file_memory, jobs, engines, inspector_config, decode,
    video_timeout
        As on the command line.
    baseline
        The name of the baseline's file, which may not be there yet; see
        `ConfigurationSource.resolve`.
    parameters
        For each rule's code, the parameters that it sets.
    """

    source: ConfigurationSource | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: Mapping[str, IgnoreTerms] = field(default_factory=dict)
    per_file_ignores: Mapping[str, Mapping[str, IgnoreTerms]] = field(default_factory=dict)
    required_version: str | None = None
    fail_on: FailOn | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)
    file_timeout: float | None = None
    validator_timeout: float | None = None
    file_memory: int | None = None
    jobs: int | None = None
    engines: tuple[str, ...] | None = None
    inspector_config: str | NamedText | None = None
    decode: Decode | None = None
    video_timeout: float | None = None
    baseline: str | None = None
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


class Schema:
    """Checks the tables of one configuration; an error names the source and the key.

    Parameters
    ----------
    source
        Where the configuration comes from.
    rules
        All rules, by which codes and parameters are checked.
    """

    def __init__(self, source: ConfigurationSource, rules: Sequence[Rule]) -> None:
        self._source = source
        self._rules = rules

    def read(self, table: Mapping[str, Any]) -> Configuration:
        """Return what a table says.

        Raises
        ------
        ConfigurationError
            If it names what does not exist, or has a value of a wrong type.
        """
        readers = self._readers()
        # Another version may have other keys: this one is looked at first.
        if REQUIRED_VERSION in table:
            self._required_version(REQUIRED_VERSION, table[REQUIRED_VERSION])
        for key in table:
            if key not in readers:
                self._fail(key, f"unknown key{nearest(key, readers)}")
        found = {key: readers[key](key, value) for key, value in table.items()}
        parameters = found.pop("rules", {})
        return Configuration(
            source=self._source,
            parameters=parameters,
            **{key.replace("-", "_"): value for key, value in found.items()},
        )

    def keys(self) -> tuple[str, ...]:
        """Return the keys that a configuration may have."""
        return tuple(self._readers())

    def _readers(self) -> dict[str, Callable[[str, Any], Any]]:
        return {
            REQUIRED_VERSION: self._required_version,
            "select": self._selectors,
            "extend-select": self._selectors,
            "ignore": self._ignores,
            "per-file-ignores": self._per_file,
            "fail-on": self._fail_on,
            "severity": self._severities,
            "file-timeout": self._seconds,
            "validator-timeout": self._seconds,
            "file-memory": self._memory,
            "jobs": self._count,
            "engines": self._engines,
            "inspector-config": self._inspector_config,
            "decode": self._decode,
            "video-timeout": self._seconds,
            "baseline": self._baseline,
            "rules": self._parameters,
        }

    def _required_version(self, key: str, value: Any) -> str:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - seldom

        if not isinstance(value, str) or not value.strip():
            self._fail(key, f"wanted versions such as '>=0.1,<1', got {format_value(value)}")
        try:
            wanted = SpecifierSet(value)
        except InvalidSpecifier:
            self._fail(key, f"wanted versions such as '>=0.1,<1', got {format_value(value)}")
        if not wanted.contains(__version__, prereleases=True):
            self._fail(key, f"posecheck {__version__} is installed, and {value} is required")
        return value

    def _selectors(self, key: str, value: Any, *, foreign: bool = False) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._fail(key, f"wanted a list of codes, got {format_value(value)}")
        for selector in value:
            self._check_selector(key, selector, foreign=foreign)
        return tuple(value)

    def _ignores(self, key: str, value: Any) -> dict[str, IgnoreTerms]:
        if isinstance(value, list):
            return dict.fromkeys(self._selectors(key, value, foreign=True), IgnoreTerms())
        if not isinstance(value, dict):
            self._fail(
                key, f"wanted a list of codes or a table of reasons, got {format_value(value)}"
            )
        terms = {}
        for selector, stated in value.items():
            self._check_selector(key, selector, foreign=True)
            try:
                terms[selector] = read_terms(stated)
            except ValueError as error:
                self._fail(f"{key}.{selector}", str(error))
        return terms

    def _per_file(self, key: str, value: Any) -> dict[str, dict[str, IgnoreTerms]]:
        if not isinstance(value, dict):
            self._fail(key, f"wanted a table from globs to codes, got {format_value(value)}")
        for glob in value:
            try:
                check_glob(glob)
            except ValueError as error:
                self._fail(f'{key}."{glob}"', str(error))
        return {glob: self._ignores(f'{key}."{glob}"', codes) for glob, codes in value.items()}

    def _fail_on(self, key: str, value: Any) -> FailOn:
        if not isinstance(value, dict):
            return FailOn.of(self._threshold(key, value))
        table = {name: self._threshold(f"{key}.{name}", each) for name, each in value.items()}
        default = table.pop(DEFAULT, Severity.ERROR)
        return fail_on_of(default, table, self._rules, key=self._key(key), source=self._source.name)

    def _threshold(self, key: str, value: Any) -> Threshold:
        choices = [*(severity.value for severity in Severity), NEVER]
        if value not in choices:
            self._fail(key, f"wanted one of {', '.join(choices)}, got {format_value(value)}")
        return NEVER if value == NEVER else Severity(value)

    def _severities(self, key: str, value: Any) -> dict[str, Severity]:
        choices = [severity.value for severity in Severity]
        if not isinstance(value, dict):
            self._fail(key, f"wanted a table from codes to severities, got {format_value(value)}")
        for selector, severity in value.items():
            self._check_selector(key, selector, foreign=True)
            if severity not in choices:
                self._fail(
                    f"{key}.{selector}",
                    f"wanted one of {', '.join(choices)}, got {format_value(severity)}; to report "
                    "nothing, ignore it",
                )
        return {selector: Severity(severity) for selector, severity in value.items()}

    def _seconds(self, key: str, value: Any) -> float:
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if not numeric or not LEAST_SECONDS <= value <= MOST_SECONDS:
            wanted = f"seconds from {LEAST_SECONDS} to {MOST_SECONDS:.0f}"
            self._fail(key, f"wanted {wanted}, got {format_value(value)}")
        return float(value)

    def _memory(self, key: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_FILE_MEMORY:
            return value
        try:
            return parse_size(value)
        except (ValueError, AttributeError):
            self._fail(
                key,
                f"wanted bytes (at most 2**62) or a size such as '4 GB', got {format_value(value)}",
            )

    def _engines(self, key: str, value: Any) -> tuple[str, ...]:
        choices = engine_names()
        if not isinstance(value, list) or not value or not all(item in choices for item in value):
            self._fail(key, f"wanted a list of {', '.join(choices)}, got {format_value(value)}")
        return tuple(value)

    def _inspector_config(self, key: str, value: Any) -> str | NamedText:
        if not isinstance(value, str) or not value:
            self._fail(key, f"wanted dandi or the path of a YAML file, got {format_value(value)}")
        if value == DANDI:
            return value
        try:
            return self._source.resolve(value)
        except ValueError as error:
            self._fail(key, str(error))

    def _baseline(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            self._fail(key, f"wanted the path of a baseline, got {format_value(value)}")
        return value

    def _decode(self, key: str, value: Any) -> Decode:
        choices = [decode.value for decode in Decode]
        if value not in choices:
            self._fail(key, f"wanted one of {', '.join(choices)}, got {format_value(value)}")
        return Decode(value)

    def _count(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._fail(key, f"wanted a whole number above 0, got {format_value(value)}")
        return value

    def _parameters(self, key: str, value: Any) -> dict[str, dict[str, Value]]:
        if not isinstance(value, dict):
            self._fail(key, f"wanted a table for each rule, got {format_value(value)}")
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
                self._fail(where, f"wanted a table of parameters, got {format_value(table)}")
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
                    f"wanted a value such as {example_of(known[name])}, got {format_value(value)}",
                )
        return values

    def _check_selector(self, key: str, selector: str, *, foreign: bool) -> None:
        codes_matching(
            self._rules,
            selector,
            key=self._key(key),
            source=self._source.name,
            foreign=foreign,
        )

    def _key(self, key: str) -> str:
        return self._source.prefix + key

    def _fail(self, key: str, reason: str) -> NoReturn:
        raise ConfigurationError(f"{self._source.name}: {self._key(key)}: {reason}")
