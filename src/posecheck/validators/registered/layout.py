"""dandi's check of names and folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from posecheck.validators.protocol import (
    Access,
    FileToValidate,
    Validator,
    ValidatorOptions,
    ValidatorOutput,
)


@dataclass(frozen=True, slots=True)
class LayoutValidator(Validator):
    """Checks with dandi how the file is named and where it lies, inside a dandiset."""

    name: ClassVar[str] = "layout"
    title: ClassVar[str] = "dandi's layout check"
    access: ClassVar[Access] = Access.PATH
    order: ClassVar[int] = 10
    preload: ClassVar[tuple[str, ...]] = ("posecheck.validators.layout_check",)

    def absence(self, file: FileToValidate) -> str:
        """Return why dandi asks for no layout here; empty if it does."""
        return "not inside a dandiset" if file.dandiset is None else ""

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Check the path."""
        from posecheck.validators.layout_check import check_layout  # noqa: PLC0415 - dandi costs a second

        absolute = file.path.absolute()
        return ValidatorOutput(findings=check_layout(absolute, file.dandiset, file.display_path))


def create(options: ValidatorOptions) -> Validator:
    """Return the validator."""
    return LayoutValidator()
