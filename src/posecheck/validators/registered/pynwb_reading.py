"""Whether pynwb reads the file once ndx-pose is imported, for FIL006."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.rule import Need
from posecheck.validators.protocol import (
    Access,
    FileToValidate,
    Validator,
    ValidatorOptions,
    ValidatorOutput,
    zarr_obstacle,
)

if TYPE_CHECKING:
    from posecheck.validators.pynwb_process import PynwbReading


@dataclass(frozen=True, slots=True)
class ReadingValidator(Validator):
    """Has a process of its own read the file."""

    name: ClassVar[str] = "reading"
    title: ClassVar[str] = "pynwb's reading of the file with ndx-pose"
    access: ClassVar[Access] = Access.PROCESS
    needs_path: ClassVar[bool] = False
    order: ClassVar[int] = 40
    gathers: ClassVar[Need | None] = Need.PYNWB

    def prepare(self) -> None:
        """Make the process a copy of this one, where that can be."""
        reading().begin()

    def absence(self, file: FileToValidate) -> str:
        """Return why it cannot read the file; empty if it can."""
        return zarr_obstacle(file)

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Have the file read.

        Raises
        ------
        ValidatorStoppedError
            If that took too long, needed too much memory, or was ended from outside.
        """
        reason = reading().read(file.source, seconds)
        if reason is None:
            return ValidatorOutput()
        problem = Problem(kind=ProblemKind.NOT_READ_BY_PYNWB, detail=reason)
        return ValidatorOutput(problems=(problem,))


@functools.cache
def reading() -> PynwbReading:
    """Return the process of this worker, which is started when it is first needed."""
    from posecheck.validators.pynwb_process import PynwbReading  # noqa: PLC0415

    return PynwbReading()


def create(options: ValidatorOptions) -> Validator:
    """Return the validator."""
    return ReadingValidator()
