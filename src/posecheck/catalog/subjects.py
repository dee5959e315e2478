"""Build a subject in memory from the plain tables of a declaration's case.

``series = { name = "nose", confidence = { low = 0.0, high = 99.0 } }`` becomes a `PoseSeries`.
The model's own annotations say how: there is no second description to keep in step.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from posecheck.catalog.declaration import DeclarationError
from posecheck.model.asset import Asset
from posecheck.model.collection import Collection
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, PoseSeries, Skeleton
from posecheck.model.pose_training import PoseTraining
from posecheck.model.recording import Recording
from posecheck.model.reference import Reference, parse_reference
from posecheck.model.rule import Case, Rule, Scope

SUBJECT_TYPES: Mapping[Scope, type] = {
    Scope.RECORDING: Recording,
    Scope.VIDEO: Video,
    Scope.IMAGE: ExternalImage,
    Scope.CONTAINER: PoseContainer,
    Scope.SERIES: PoseSeries,
    Scope.SKELETON: Skeleton,
    Scope.CAMERA: Device,
    Scope.TRAINING: PoseTraining,
    Scope.DANDISET: Collection,
    Scope.ASSET: Asset,
}


def build_subject(rule: Rule, case: Case) -> Any:
    """Build what a rule is evaluated on in one of its cases.

    Raises
    ------
    DeclarationError
        If the case names a field that the model does not have, or gives it a wrong type.
    """
    try:
        return _build(SUBJECT_TYPES[case.scope or rule.scope], case.subject)
    except DeclarationError as error:
        raise DeclarationError(f"{rule.code}, case {case.id}: {error}") from error


def _build(wanted: Any, value: Any) -> Any:
    origin = typing.get_origin(wanted)
    if origin in {typing.Union, types.UnionType}:
        return _build_optional(wanted, value)
    if origin is tuple:
        return _build_tuple(typing.get_args(wanted), value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return dict(value)
    if wanted is Reference and isinstance(value, str):
        return parse_reference(value)
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return _build_dataclass(wanted, value)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return wanted(value)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(wanted, type) and not isinstance(value, wanted):
        raise DeclarationError(f"{value!r} is no {wanted.__name__}")
    return value


def _build_optional(wanted: Any, value: Any) -> Any:
    choices = [choice for choice in typing.get_args(wanted) if choice is not types.NoneType]
    if value is None:
        return None
    if len(choices) != 1:
        return value
    return _build(choices[0], value)


def _build_tuple(arguments: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise DeclarationError(f"{value!r} is no list")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_build(arguments[0], item) for item in value)
    if len(arguments) != len(value):
        raise DeclarationError(f"{value!r} has not {len(arguments)} entries")
    return tuple(_build(wanted, item) for wanted, item in zip(arguments, value, strict=True))


def _build_dataclass(wanted: type, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{value!r} is no table for a {wanted.__name__}")
    hints = typing.get_type_hints(wanted)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise DeclarationError(f"a {wanted.__name__} has no {', '.join(unknown)}")
    return wanted(**{key: _build(hints[key], item) for key, item in value.items()})
