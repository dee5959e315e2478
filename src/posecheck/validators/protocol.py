"""What another validator is to the engine: who it is, what it looks at, and what it says of a file.

A validator is light: it imports the library that it stands for when it checks its first file, and
keeps what that loads for the files after it.
"""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from posecheck.execution.failure import FailureKind
from posecheck.model.errors import PosecheckError
from posecheck.model.finding import Finding
from posecheck.model.named_text import NamedText
from posecheck.model.problem import Problem
from posecheck.model.rule import Need
from posecheck.model.storage_format import StorageFormat

if TYPE_CHECKING:
    from pynwb import NWBFile

    from posecheck.sources.source import Source


INSTALL_ZARR = "pip install 'nwb-posecheck[zarr]'"
"""The command that installs what pynwb reads Zarr with."""


class Access(StrEnum):
    """What a validator looks at."""

    PATH = "path"
    """The path alone: no file is opened."""
    HANDLE = "handle"
    """The file that posecheck has open."""
    PROCESS = "process"
    """The file, which a process of its own opens: it can work while the others do."""


class ValidatorStoppedError(PosecheckError):
    """A validator that works in a process of its own did not end its work there.

    Attributes
    ----------
    cause
        Why.
    """

    def __init__(self, cause: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorOptions:
    """What a user may choose about validators.

    Attributes
    ----------
    inspector_config
        NWB Inspector's configuration: a keyword, the path of a YAML file, or its content.
    asset_metadata
        Whether the metadata that the archive would hold of each file is wanted.
    """

    inspector_config: str | NamedText = "dandi"
    asset_metadata: bool = False


@dataclass(slots=True)
class KeptForFile:
    """What costs much to make of a file, and is made once.

    Attributes
    ----------
    container
        What pynwb makes of the file; ``None`` as long as nobody has asked for it.
    unreadable
        Why pynwb makes nothing of it; empty as long as nobody has tried.
    """

    container: NWBFile | None = None
    unreadable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToValidate:
    """The file at hand.

    Attributes
    ----------
    source
        The file.
    dandiset
        The absolute path of the dandiset that holds it; ``None`` outside a dandiset.
    is_bids
        Whether it lies in a BIDS dataset, of which dandi makes metadata in another way.
    handle
        The opened file, as its `Store` hands it over; ``None`` where it could not be opened.
    format
        In what it is stored.
    kept
        What one validator keeps for those that check the same file after it.
    """

    source: Source
    dandiset: Path | None = None
    is_bids: bool = False
    handle: Any = None
    format: StorageFormat = StorageFormat.HDF5
    kept: KeptForFile = field(default_factory=KeptForFile)

    @property
    def path(self) -> Path:
        """Where it lies on this machine; for a validator that needs that.

        Raises
        ------
        ValueError
            If it lies elsewhere.
        """
        return self.source.path

    @property
    def local_path(self) -> Path | None:
        """Where it lies on this machine; ``None`` if it lies elsewhere."""
        return self.source.path if self.source.has_path else None

    @property
    def display_path(self) -> str:
        """How it is printed."""
        return self.source.display_path


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorOutput:
    """What one validator says of one file.

    Attributes
    ----------
    findings
        In its own codes.
    problems
        What a rule of posecheck's is to report.
    asset_metadata
        What the archive would hold of the file, without its checksums; ``None`` where nobody wants
        to know, or none can be made.
    note
        What the user should know of how it worked, as a clause; empty if nothing.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    asset_metadata: Mapping[str, Any] | None = None
    note: str = ""


def zarr_obstacle(file: FileToValidate) -> str:
    """Return why pynwb cannot read a Zarr store here; empty if it can, or the file is HDF5."""
    if file.format is not StorageFormat.ZARR or importlib.util.find_spec("hdmf_zarr") is not None:
        return ""
    return f"pynwb reads Zarr by hdmf-zarr, which is not installed: {INSTALL_ZARR}"


def note_of(obstacle: str, slow_way: str = "pynwb's own reader") -> str:
    """Return the note that a validator took the slow way, and why; empty if it did not."""
    return f"{slow_way} was used, which is slower: {obstacle}" if obstacle else ""


class Validator(ABC):
    """One of the other validators; a value that can be sent to a worker.

    Attributes
    ----------
    name
        How ``--engine`` calls it.
    title
        How a sentence calls it.
    access
        What it looks at.
    order
        When it runs: the one with the least number first.
    needs_path
        Whether it can check only a file on this machine.
    gathers
        The fact that it gathers for a rule. It then runs for that rule, and no option names it.
    preload
        Modules that it will import, for the process that forks workers to have ready.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    access: ClassVar[Access]
    order: ClassVar[int]
    needs_path: ClassVar[bool] = True
    gathers: ClassVar[Need | None] = None
    preload: ClassVar[tuple[str, ...]] = ()

    def prepare(self) -> None:  # noqa: B027 - most have nothing to do
        """Do what must be done before the worker starts a thread."""

    def absence(self, file: FileToValidate) -> str:
        """Return why there is nothing for it to check, as a clause; empty if there is."""
        return ""

    @abstractmethod
    def validate(self, file: FileToValidate, seconds: float) -> ValidatorOutput:
        """Check a file.

        Parameters
        ----------
        file
            The file at hand.
        seconds
            How long that may take. Whoever works in a process of its own sees to it; of the others
            the engine does.

        Raises
        ------
        ConfigurationError
            If its configuration cannot be used.
        ValidatorStoppedError
            If a process of its own took too long, or died.
        """
