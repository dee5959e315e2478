"""hdmf's validators, each stored object validated once per specification.

hdmf descends into an object once for its own type, once for the type that its place asks for and
once for what that place adds, and follows every link again: the work grows with three to the power
of the depth, times the links. Here every validator remembers what it said of a builder, and every
place in the specification has one validator instead of a new one per child. The errors are the
same, because hdmf merges equal ones anyway.

Two of the hooks are private names of hdmf. Should a release rename them, nothing breaks: hdmf's own
methods run instead, at their own pace.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hdmf.build.builders import BaseBuilder
from hdmf.spec import DatasetSpec, GroupSpec, LinkSpec, SpecNamespace
from hdmf.spec.spec import BaseStorageSpec
from hdmf.validate import ValidatorMap
from hdmf.validate.errors import Error
from hdmf.validate.validator import DatasetValidator, GroupValidator

_ATTRIBUTES = "_BaseStorageValidator__attribute_validators"

_OF_THE_PLACE = dict.fromkeys(
    (
        *("doc", "quantity", "name", "default_name", "linkable"),
        *("neurodata_type_def", "neurodata_type_inc", "data_type_def", "data_type_inc"),
    )
)
"""What a specification says of a place or of a type, and not of what is stored there."""


class RememberingValidatorMap(ValidatorMap):  # type: ignore[misc]
    """The validators of one namespace; call `forget` after each file."""

    def __init__(self, namespace: SpecNamespace) -> None:
        self._typed: dict[str, _Remembering] = {}
        self._placed: dict[int, _Remembering] = {}
        self._children: dict[tuple[int, Any], tuple[_Remembering, ...]] = {}
        self._names: dict[str, tuple[_Named, ...]] = {}
        super().__init__(namespace)

    def get_validator(self, data_type: BaseStorageSpec | str) -> _Remembering:
        """Return the validator of a data type.

        Raises
        ------
        ValueError
            If the namespace does not know the type.
        """
        if not isinstance(data_type, str):
            return _Remembering(super().get_validator(data_type))
        known = self._typed.get(data_type)
        if known is None:
            spec = super().get_validator(data_type).spec
            known = self._typed[data_type] = _Remembering(self._validator(spec))
        return known

    def valid_types(self, spec: Any) -> tuple[_Named, ...]:
        """Return what stands in for the validators of a type and of all that derive from it.

        hdmf reads the name of their type and nothing else.
        """
        if not isinstance(spec, str):
            return tuple(_Named(each.spec.data_type) for each in super().valid_types(spec))
        known = self._names.get(spec)
        if known is None:
            validators = super().valid_types(spec)
            known = self._names[spec] = tuple(_Named(each.spec.data_type) for each in validators)
        return known

    def of_child(self, spec: Any, data_type: Any) -> tuple[_Remembering, ...]:
        """Return the validators of a child of some type at a place in the specification."""
        key = (id(spec), data_type)
        known = self._children.get(key)
        if known is None:
            types = [data_type, spec.target_type if isinstance(spec, LinkSpec) else spec.data_type]
            wanted = dict.fromkeys(each for each in types if each is not None)
            known = tuple(self.get_validator(each) for each in wanted)
            if not isinstance(spec, LinkSpec) and not any(
                _alike(spec, each.spec) for each in known
            ):
                known = (*known, self._at(spec))
            self._children[key] = known
        return known

    def forget(self) -> None:
        """Drop what was remembered of the builders of a file."""
        for validator in (*self._typed.values(), *self._placed.values()):
            validator.said.clear()

    def _at(self, spec: Any) -> _Remembering:
        known = self._placed.get(id(spec))
        if known is None:
            known = self._placed[id(spec)] = _Remembering(self._validator(spec))
        return known

    def _validator(self, spec: Any) -> _Group | _Dataset:
        if isinstance(spec, GroupSpec):
            return _Group(spec, self)
        if isinstance(spec, DatasetSpec):
            return _Dataset(spec, self)
        raise ValueError(f"Unable to resolve a validator for spec {spec}")


class _Remembering:
    """A validator that validates a builder once."""

    __slots__ = ("said", "spec", "validator")

    def __init__(self, validator: Any) -> None:
        self.validator = validator
        self.spec = validator.spec
        self.said: dict[int, list[Error]] = {}

    def validate(self, builder: BaseBuilder) -> list[Error]:
        known = self.said.get(id(builder))
        if known is None:
            known = self.said[id(builder)] = self.validator.validate(builder)
        return known


class _Group(GroupValidator):  # type: ignore[misc]
    def __init__(self, spec: GroupSpec, validator_map: RememberingValidatorMap) -> None:
        super().__init__(spec, validator_map)
        _remember_attributes(self)

    def _GroupValidator__get_child_validators(  # noqa: N802 (hdmf's private name)
        self, spec: Any, builder_data_type: Any
    ) -> tuple[_Remembering, ...]:
        validators: tuple[_Remembering, ...] = self.vmap.of_child(spec, builder_data_type)
        return validators


class _Dataset(DatasetValidator):  # type: ignore[misc]
    def __init__(self, spec: DatasetSpec, validator_map: RememberingValidatorMap) -> None:
        super().__init__(spec, validator_map)
        _remember_attributes(self)


class _Attribute:
    """A validator of an attribute that does not look twice at plain scalars of one type.

    hdmf checks such a value by its type and shape alone, other than a date by its text.
    """

    __slots__ = ("accepted", "checked_by_type", "spec", "validator")

    def __init__(self, validator: Any) -> None:
        self.validator = validator
        self.spec = validator.spec
        self.checked_by_type = self.spec.dtype != "isodatetime"
        self.accepted: set[type] = set()

    def validate(self, value: Any) -> list[Error]:
        kind = type(value)
        if kind in self.accepted:
            return []
        errors: list[Error] = self.validator.validate(value)
        plain = kind is str or issubclass(kind, np.number | np.bool_)
        if not errors and plain and self.checked_by_type:
            self.accepted.add(kind)
        return errors


class _Named:
    """What `hdmf` reads of a validator when it compares types: ``.spec.data_type``."""

    __slots__ = ("data_type",)

    def __init__(self, data_type: str) -> None:
        self.data_type = data_type

    @property
    def spec(self) -> _Named:
        return self


def _alike(place: Any, defined: Any) -> bool:
    """Whether a place asks for no more than a type does, and words its errors alike."""
    if place.path.rsplit("/", 1)[-1] != defined.path.rsplit("/", 1)[-1]:
        return False
    return {**place, **_OF_THE_PLACE} == {**defined, **_OF_THE_PLACE}


def _remember_attributes(validator: Any) -> None:
    attributes = vars(validator).get(_ATTRIBUTES, {})
    for name, each in attributes.items():
        attributes[name] = _Attribute(each)
