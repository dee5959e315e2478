"""What stops a run, as sentences: one root, so that an embedding program can catch them all.

A defect of a file is never an exception but a `Finding`; these are for what keeps posecheck from
a check at all. Every message says what is wrong, where, and what to do about it.

A message names an argument by its keyword (``select``), as who calls a function wrote it. The
command line spells the same argument as an option (``--select``): a message is kept in parts, so
that it can be written for either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command reports to the shell."""

    SUCCESS = 0
    FINDINGS = 1
    """Something was found, refused or left undone."""
    USAGE = 2
    """The call or the configuration is wrong, or there was nothing to do."""
    INTERNAL = 3
    """posecheck itself failed."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a public function, where a message names it.

    Attributes
    ----------
    keyword
        Its name in Python.
    value
        A value that it may be given; in capitals, what such a value stands for (``DIR``).
    """

    keyword: str
    value: str = ""

    def __str__(self) -> str:
        if not self.value:
            return self.keyword
        value = self.value if self.value.isupper() else repr(self.value)
        return f"{self.keyword}={value}"


@dataclass(frozen=True, slots=True)
class PublicFunction:
    """A public function, where a message says that it can be called next.

    Attributes
    ----------
    name
        Its name in Python.
    dandiset
        The folder that it is to be called with; empty for the one around the current folder.
    """

    name: str
    dandiset: str = ""

    def of(self, dandiset: object) -> PublicFunction:
        """Return the same function, to be called with a dandiset's folder."""
        return replace(self, dandiset=str(dandiset))

    def __str__(self) -> str:
        return f"posecheck.{self.name}({repr(self.dandiset) if self.dandiset else ''})"


Name = Argument | PublicFunction
"""What a program and a person at the command line call differently."""


class PosecheckError(Exception):
    """The root of posecheck's errors; its text is a sentence that a person can act on.

    Parameters
    ----------
    parts
        The message, piece by piece: text, what is named in it, and other errors that it quotes.

    Attributes
    ----------
    exit_code
        What a command that ends with it reports to the shell.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, *parts: str | Name | PosecheckError) -> None:
        super().__init__(*parts)

    def __str__(self) -> str:
        return self.worded(str)

    def worded(self, spell: Callable[[Name], str]) -> str:
        """Return the message with each name in it as ``spell`` writes it."""
        return "".join(
            part.worded(spell)
            if isinstance(part, PosecheckError)
            else spell(part)
            if isinstance(part, Argument | PublicFunction)
            else str(part)
            for part in self.args
        )


class UsageError(PosecheckError):
    """What was requested cannot be done: a path that is not there, an unknown code."""


class ConfigurationError(PosecheckError):
    """A configuration file cannot be used."""


class InternalError(PosecheckError):
    """Posecheck itself failed."""

    exit_code = ExitCode.INTERNAL


class ApplyError(PosecheckError):
    """A plan was carried out in part: the sentence says how far, and how to go on or go back."""

    exit_code = ExitCode.FINDINGS
