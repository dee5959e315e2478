"""pynwb's validation against the schema that a file carries."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from posecheck.validators.protocol import (
    Access,
    FileToValidate,
    Validator,
    ValidatorOptions,
    ValidatorOutput,
    note_of,
    zarr_obstacle,
)

if TYPE_CHECKING:
    from posecheck.validators.schema_validation import SchemaValidator


@dataclass(frozen=True, slots=True)
class PynwbValidator(Validator):
    """Validates the file against its schema with pynwb.

    It runs before whoever makes objects of what it reads, which the two then read once.
    """

    name: ClassVar[str] = "schema"
    title: ClassVar[str] = "pynwb's schema validation"
    access: ClassVar[Access] = Access.HANDLE
    order: ClassVar[int] = 20
    needs_path: ClassVar[bool] = False
    preload: ClassVar[tuple[str, ...]] = ("posecheck.validators.schema_validation",)

    def absence(self, file: FileToValidate) -> str:
        """Return why it cannot read the file; empty if it can."""
        return zarr_obstacle(file)

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Check the opened file."""
        findings = _validator().validate(file.handle, file.display_path, file.local_path)
        from posecheck.validators.schema_validation import slow_because  # noqa: PLC0415

        return ValidatorOutput(findings=findings, note=note_of(slow_because()))


@functools.cache
def _validator() -> SchemaValidator:
    from posecheck.validators.schema_validation import SchemaValidator  # noqa: PLC0415 - pynwb costs seconds

    return SchemaValidator()


def create(options: ValidatorOptions) -> Validator:
    """Return the validator."""
    return PynwbValidator()
