"""What the archive's metadata of the file would be, for LAY009."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from posecheck.model.rule import Need
from posecheck.validators.protocol import (
    Access,
    FileToValidate,
    Validator,
    ValidatorOptions,
    ValidatorOutput,
)


@dataclass(frozen=True, slots=True)
class MetadataValidator(Validator):
    """Asks dandi which metadata it extracts.

    It runs after NWB Inspector, which has pynwb read the file already.
    """

    name: ClassVar[str] = "metadata"
    title: ClassVar[str] = "dandi's extraction of metadata"
    access: ClassVar[Access] = Access.HANDLE
    order: ClassVar[int] = 35
    gathers: ClassVar[Need | None] = Need.METADATA
    preload: ClassVar[tuple[str, ...]] = ("posecheck.validators.metadata_extraction",)

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Extract the metadata, and say what is refused."""
        from posecheck.validators.metadata_extraction import judge_metadata  # noqa: PLC0415 - it is heavy

        return ValidatorOutput(problems=judge_metadata(file))


def create(options: ValidatorOptions) -> Validator:
    """Return the validator."""
    return MetadataValidator()
