"""The other validators: pynwb's schema, NWB Inspector and dandi's layout, on the file at hand.

They are imported in a worker when the first file asks for them, and keep what they load for the
files after it.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.engine.settings import Engine
from posecheck.model.finding import Finding, Skipped
from posecheck.model.recording import Problem, ProblemKind, Recording

if TYPE_CHECKING:
    from posecheck.storage import Store
    from posecheck.validators.inspector import Inspector
    from posecheck.validators.readability import PynwbReading
    from posecheck.validators.schema import SchemaValidator

WHOLE_FILE = "/"

_OPENS_OTHER_FILES = (
    "the file leads into other files (FIL008), which pynwb would open; mend that first"
)


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """Which other validators are asked.

    Attributes
    ----------
    engines
        Those that run.
    inspector_config
        NWB Inspector's configuration: a keyword, or the path of a YAML file.
    asks_pynwb
        Whether FIL006 wants to know if pynwb reads the file.
    """

    engines: frozenset[Engine] = frozenset({Engine.POSE})
    inspector_config: str = "dandi"
    asks_pynwb: bool = False

    @property
    def opens_the_file(self) -> bool:
        """Whether any of them reads what is in the file."""
        return bool(self.engines & {Engine.SCHEMA, Engine.INSPECTOR})


@dataclass(slots=True)
class Heard:
    """What the other validators said of one file."""

    findings: list[Finding] = field(default_factory=list)
    engines: int = 0
    asked_pynwb: bool = False
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def listen_inside(
    choice: VoiceChoice, store: Store, recording: Recording, path: Path, heard: Heard
) -> None:
    """Ask those that read the file, on the handle that is open.

    Parameters
    ----------
    choice
        Which.
    store
        The opened file.
    recording
        What posecheck read from it: where it leads into other files, nobody is asked.
    path
        Where the file lies.
    heard
        Receives what they say.

    Raises
    ------
    ConfigurationError
        If NWB Inspector's configuration cannot be used.
    """
    engines = [engine for engine in (Engine.SCHEMA, Engine.INSPECTOR) if engine in choice.engines]
    if any(recording.problems_of(ProblemKind.EXTERNAL_DATA)):
        heard.skipped += [
            Skipped(engine.value, recording.file, WHOLE_FILE, _OPENS_OTHER_FILES)
            for engine in engines
        ]
        return
    handle = store.handle
    heard.engines += len(engines)
    if choice.asks_pynwb:
        _reading().begin()  # before there is a thread
    with ThreadPoolExecutor(max_workers=1) as beside:
        # Another process answers this one, so it can think while the others speak here.
        reading = beside.submit(_not_read_by_pynwb, path) if choice.asks_pynwb else None
        if Engine.SCHEMA in engines:
            heard.findings += _schema().validate(handle, recording.file, path)
        if Engine.INSPECTOR in engines:
            inspector = _inspector(choice.inspector_config)
            heard.findings += inspector.inspect(handle, recording.file, path)
        if reading is not None:
            heard.asked_pynwb = True
            heard.problems += reading.result()


def listen_outside(choice: VoiceChoice, recording: Recording, path: Path, heard: Heard) -> None:
    """Ask those that look at the path alone."""
    if Engine.LAYOUT not in choice.engines:
        return
    if recording.dandiset is None:
        reason = "not inside a dandiset"
        heard.skipped.append(Skipped(Engine.LAYOUT.value, recording.file, WHOLE_FILE, reason))
        return
    heard.engines += 1
    from posecheck.validators.layout import check_layout  # noqa: PLC0415 - dandi costs a second

    absolute = path.absolute()
    root = absolute.parents[len(recording.dandiset.path) - 1]
    heard.findings += check_layout(absolute, root, recording.file)


def _not_read_by_pynwb(path: Path) -> list[Problem]:
    from posecheck.validators.readability import NotAnsweredError  # noqa: PLC0415

    try:
        reason = _reading().ask(path)
    except NotAnsweredError as error:
        reason = str(error)
    if reason is None:
        return []
    return [Problem(kind=ProblemKind.NOT_READ_BY_PYNWB, detail=reason)]


@functools.cache
def _schema() -> SchemaValidator:
    from posecheck.validators.schema import SchemaValidator  # noqa: PLC0415 - pynwb costs seconds

    return SchemaValidator()


@functools.cache
def _inspector(config: str) -> Inspector:
    from posecheck.validators.inspector import Inspector  # noqa: PLC0415 - pynwb costs seconds

    return Inspector(config)


@functools.cache
def _reading() -> PynwbReading:
    from posecheck.validators.readability import PynwbReading  # noqa: PLC0415

    return PynwbReading()
