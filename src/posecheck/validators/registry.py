"""Which other validators there are: each is a module of `posecheck.validators.registered`.

A module there defines ``create(options)``, which returns its `Validator`. Nothing else knows of it:
``--engine``, the configuration file and the workers go by what is found here.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from enum import StrEnum

from posecheck.validators import registered
from posecheck.validators.protocol import Validator, ValidatorOptions

POSE = "pose"
"""What ``--engine`` calls posecheck's own rules."""


def engine_names() -> tuple[str, ...]:
    """Return who may be named as a validator: posecheck's own rules, and every other validator."""
    return (POSE, *(validator.name for validator in named_validators()))


class Engine(StrEnum):
    """Which validators run: posecheck's own rules, or a validator that comes with posecheck.

    They are names for callers; which validators there are `engine_names` says, and
    wherever an engine is wanted its name does as well.
    """

    POSE = "pose"
    SCHEMA = "schema"
    INSPECTOR = "inspector"
    LAYOUT = "layout"


def create_validators(options: ValidatorOptions | None = None) -> tuple[Validator, ...]:
    """Return every validator, in the order in which they run.

    Parameters
    ----------
    options
        What the user chose about them.
    """
    chosen = options or ValidatorOptions()
    created = [create(chosen) for create in _creators()]
    return tuple(sorted(created, key=lambda validator: validator.order))


@functools.cache
def named_validators() -> tuple[Validator, ...]:
    """Return those that ``--engine`` may name, with their options as they are by default."""
    return tuple(each for each in create_validators() if each.gathers is None)


@functools.cache
def modules_to_preload() -> tuple[str, ...]:
    """Return what a worker will import when every validator runs."""
    return tuple(dict.fromkeys(name for each in create_validators() for name in each.preload))


@functools.cache
def _creators() -> tuple[Callable[[ValidatorOptions], Validator], ...]:
    modules = (
        importlib.import_module(f"{registered.__name__}.{found.name}")
        for found in pkgutil.iter_modules(registered.__path__)
    )
    return tuple(module.create for module in modules)
