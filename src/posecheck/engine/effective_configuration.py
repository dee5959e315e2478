"""What is in force where the command line says nothing, and where each value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from posecheck.config.ignores import IgnoreTerms, has_expired
from posecheck.config.schema import DANDI, Configuration
from posecheck.config.selection import EVERYTHING
from posecheck.engine.settings import DEFAULT_VALIDATOR_TIMEOUT, DEFAULT_VIDEO_TIMEOUT
from posecheck.execution.limits import (
    DEFAULT_FILE_MEMORY,
    DEFAULT_FILE_TIMEOUT,
    available_processors,
)
from posecheck.model.configuration_use import IgnoreState
from posecheck.model.fail_on import ON_ERRORS
from posecheck.model.named_text import NamedText
from posecheck.model.video_file import Decode
from posecheck.validators.registry import engine_names

DEFAULT = "default"
"""Where a value comes from that nobody stated."""


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """One value that is in force.

    Attributes
    ----------
    key
        Its key in a configuration.
    value
        As a configuration would state it.
    source
        Where it was stated: a file, or a revision and a file; `DEFAULT` if nowhere.
    """

    key: str
    value: Any
    source: str


def effective_values(configuration: Configuration) -> tuple[EffectiveValue, ...]:
    """Return every key with the value that is in force.

    Parameters
    ----------
    configuration
        What a configuration file says.
    """
    source = configuration.source.display_name if configuration.source is not None else DEFAULT
    defaults = _defaults()
    stated = dict(_stated(configuration))
    values = [
        EffectiveValue(key, stated.get(key, default), source if key in stated else DEFAULT)
        for key, default in defaults.items()
    ]
    others = (
        EffectiveValue(key, value, source) for key, value in stated.items() if key not in defaults
    )
    return (*values, *others)


def _defaults() -> dict[str, Any]:
    return {
        "required-version": "",
        "select": [EVERYTHING],
        "extend-select": [],
        "ignore": {},
        "per-file-ignores": {},
        "severity": {},
        "fail-on": str(ON_ERRORS),
        "engines": list(engine_names()),
        "inspector-config": DANDI,
        "jobs": available_processors(),
        "file-timeout": DEFAULT_FILE_TIMEOUT,
        "validator-timeout": DEFAULT_VALIDATOR_TIMEOUT,
        "file-memory": DEFAULT_FILE_MEMORY,
        "decode": Decode.PACKETS.value,
        "video-timeout": DEFAULT_VIDEO_TIMEOUT,
        "baseline": "",
    }


def _stated(configuration: Configuration) -> Iterator[tuple[str, Any]]:
    """Yield what a configuration states, in plain values."""
    for key in _defaults():
        value = getattr(configuration, key.replace("-", "_"))
        if value is None or value in ((), {}):
            continue
        yield key, _plain(value)
    for code, parameters in configuration.parameters.items():
        for name, value in parameters.items():
            yield f"rules.{code}.{name}", _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, IgnoreTerms):
        stated = {
            "reason": value.reason,
            "expires": value.expires.isoformat() if value.expires is not None else "",
            "state": IgnoreState.EXPIRED.value if has_expired(value) else "",
        }
        return {name: each for name, each in stated.items() if each}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, NamedText):
        return value.name
    return value if isinstance(value, int | float) else str(value)
