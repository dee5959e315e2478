"""What the archive's metadata of the file would be, for LAY009."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from posecheck.model.rule import Need
from posecheck.model.storage_format import StorageFormat
from posecheck.validators.protocol import (
    Access,
    FileToValidate,
    Validator,
    ValidatorOptions,
    ValidatorOutput,
    note_of,
)

_OF_ZARR = "of a Zarr store, dandi extracts no metadata"


@dataclass(frozen=True, slots=True)
class MetadataValidator(Validator):
    """Extracts metadata with dandi.

    It runs after NWB Inspector, which has pynwb read the file already.

    Attributes
    ----------
    describes
        Whether it returns the metadata as well.
    """

    name: ClassVar[str] = "metadata"
    title: ClassVar[str] = "dandi's extraction of metadata"
    access: ClassVar[Access] = Access.HANDLE
    order: ClassVar[int] = 35
    gathers: ClassVar[Need | None] = Need.METADATA
    preload: ClassVar[tuple[str, ...]] = ("posecheck.validators.metadata_extraction",)

    describes: bool = False

    def absence(self, file: FileToValidate) -> str:
        """Return why nothing is extracted: of a Zarr store, dandi takes the path alone."""
        return _OF_ZARR if file.format is StorageFormat.ZARR else ""

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Extract the metadata, and say what is refused."""
        from posecheck.validators import metadata_extraction  # noqa: PLC0415 - it is heavy

        problems = metadata_extraction.check_metadata(file)
        return ValidatorOutput(
            problems=problems,
            asset_metadata=metadata_extraction.asset_metadata_of(file) if self.describes else None,
            note=note_of(metadata_extraction.slow_because(), "dandi's own extraction"),
        )


def create(options: ValidatorOptions) -> Validator:
    """Return the validator."""
    return MetadataValidator(options.asset_metadata)
