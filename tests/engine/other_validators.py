"""Validators that behave as a library may on a damaged file; workers import them by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from posecheck.execution.failure import FailureKind
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.rule import Need
from posecheck.validators.protocol import (
    Access,
    FileToValidate,
    Validator,
    ValidatorOutput,
    ValidatorStoppedError,
)


def do(deed: str, mark: Path, seconds: float) -> None:
    """Do what the word says, once with ``once``; other words do nothing."""
    if deed.startswith("once-"):
        if mark.exists():
            return
        mark.touch()
        deed = deed.removeprefix("once-")
    if deed == "hang":
        time.sleep(seconds + 600)
    elif deed == "hold":
        _hold_the_interpreter()
    elif deed == "allocate":
        raise MemoryError
    elif deed == "raise":
        raise ValueError("a fault of posecheck")
    elif deed.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, deed))
        time.sleep(60)


def _hold_the_interpreter() -> None:
    """Never come back, and let no other thread run, as a C library does."""
    import ctypes  # noqa: PLC0415

    libc = ctypes.PyDLL(None)  # calls through it keep the interpreter
    sleep: Callable[[int], int] = libc.sleep
    while True:
        sleep(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaving(Validator):
    """Reports that it looked, unless it does something else before.

    Attributes
    ----------
    marks
        A folder in which it notes what it did.
    deeds
        What it does, by the name of the file; nothing else.
    """

    name: ClassVar[str] = "first"
    title: ClassVar[str] = "the first validator"
    access: ClassVar[Access] = Access.HANDLE
    order: ClassVar[int] = 1

    marks: Path
    deed: str = ""

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Do it, and report."""
        with (self.marks / "calls").open("a") as calls:
            calls.write(f"{self.name} {os.getpid()} {seconds:.1f}\n")
        do(self.deed, self.marks / f"{self.name}.mark", seconds)
        assert file.handle is None or "nwb_version" in file.handle.attrs
        finding = Finding(
            code=f"TEST.{self.name}",
            name="looked",
            severity=Severity.HINT,
            message="it looked",
            file=file.display_path,
            location="/",
            remedy="none",
            origin=Origin("test", "1"),
        )
        return ValidatorOutput(findings=(finding,))


class Second(Misbehaving):
    """Comes after the first."""

    name: ClassVar[str] = "second"
    title: ClassVar[str] = "the second validator"
    order: ClassVar[int] = 2


class Third(Misbehaving):
    """Comes after the second."""

    name: ClassVar[str] = "third"
    title: ClassVar[str] = "the third validator"
    order: ClassVar[int] = 3


class Aside(Misbehaving):
    """Works in a process of its own, and gathers a fact."""

    name: ClassVar[str] = "aside"
    title: ClassVar[str] = "the validator aside"
    access: ClassVar[Access] = Access.PROCESS
    order: ClassVar[int] = 4
    gathers: ClassVar[Need | None] = Need.PYNWB

    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """See to the limit itself."""
        if self.deed == "hang":
            time.sleep(seconds)
            raise ValidatorStoppedError(FailureKind.TIME, f"it took longer than {seconds:g} s")
        return Misbehaving.validate(self, file, seconds)
