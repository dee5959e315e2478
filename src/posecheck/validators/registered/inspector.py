"""NWB Inspector's checks of best practice."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from posecheck.model.named_text import NamedText
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
    from posecheck.validators.inspector_checks import Inspector


_LOOKS_FOR_VIDEOS = "NWBI.check_image_series_external_file_valid"


@dataclass(frozen=True, slots=True)
class InspectorValidator(Validator):
    """Runs NWB Inspector.

    Attributes
    ----------
    config
        Its configuration: a keyword, the path of a YAML file, or its content.
    """

    name: ClassVar[str] = "inspector"
    title: ClassVar[str] = "NWB Inspector"
    access: ClassVar[Access] = Access.HANDLE
    order: ClassVar[int] = 30
    needs_path: ClassVar[bool] = False
    preload: ClassVar[tuple[str, ...]] = ("posecheck.validators.inspector_checks",)

    config: str | NamedText = "dandi"

    def absence(self, file: FileToValidate) -> str:
        """Return why it cannot read the file; empty if it can."""
        return zarr_obstacle(file)

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Check the opened file.

        Raises
        ------
        ConfigurationError
            If there is no such configuration, or NWB Inspector refuses it.
        """
        findings = _inspector(self.config).inspect(
            file.handle, file.display_path, file.local_path, file.kept
        )
        if file.local_path is None:
            # It looks for videos on this machine; VID002 looks where the file is.
            findings = tuple(each for each in findings if each.code != _LOOKS_FOR_VIDEOS)
        from posecheck.validators.containers import reading_obstacle  # noqa: PLC0415

        return ValidatorOutput(findings=findings, note=note_of(reading_obstacle()))


@functools.cache
def _inspector(config: str | NamedText) -> Inspector:
    from posecheck.validators.inspector_checks import Inspector  # noqa: PLC0415 - pynwb costs seconds

    return Inspector(config)


def create(options: ValidatorOptions) -> Validator:
    """Return the validator with its configuration."""
    return InspectorValidator(options.inspector_config)
