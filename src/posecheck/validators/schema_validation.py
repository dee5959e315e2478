"""pynwb's validation against the schema that a file carries, on an opened file.

The findings are those of ``pynwb.validate(path=…)``: against the most specific of the cached
namespaces, or against NWB's core if a file carries none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pynwb
from hdmf.validate.errors import Error
from pynwb import CORE_NAMESPACE
from pynwb.validation import get_cached_namespaces_to_validate

from posecheck.model.finding import Finding, Origin, Severity
from posecheck.validators.builders import BuilderReader, leave_reader, take_reader
from posecheck.validators.containers import SharedIO, reading_obstacle
from posecheck.validators.explanations import explanation
from posecheck.validators.messages import one_line, place_of, quiet_and_fast, reason_of
from posecheck.validators.private_names import VALIDATION, obstacle
from posecheck.validators.specification import KeptBySpecification
from posecheck.validators.tiny_file import tiny_file
from posecheck.validators.validator_maps import RememberingValidatorMap

if TYPE_CHECKING:
    from posecheck.validators.builders import Reader

ORIGIN = Origin("pynwb", pynwb.__version__)

GENERIC = "pynwb.GENERIC"
"""dandi's name for a file that pynwb cannot validate at all."""

_OTHER = "pynwb.Error"
"""Stands for an error of a kind that nothing is declared of."""


class SchemaValidator:
    """Validates files against their schema; one per process, since it keeps what it loaded."""

    def __init__(self) -> None:
        self._maps: KeptBySpecification[tuple[RememberingValidatorMap, ...]] = KeptBySpecification()

    def validate(
        self, handle: Any, display_path: str, path: Path | None = None
    ) -> tuple[Finding, ...]:
        """Return what pynwb finds in a file, in the order in which it finds it.

        Parameters
        ----------
        handle
            The file, as its `Store` hands it over.
        display_path
            Its path as the user would write it.
        path
            Where it lies, if that is not ``display_path``.

        Returns
        -------
        tuple of Finding
            Of severity error throughout, as dandi has it. A file that pynwb gives up on has one
            finding, ``pynwb.GENERIC``.
        """
        with quiet_and_fast():
            try:
                stored = handle
                if slow_because() and isinstance(handle, h5py.File):
                    errors = _official_errors(handle)
                else:
                    reader = take_reader(handle, path or Path(display_path))
                    stored = reader.handle
                    errors = self._errors(reader)
                    leave_reader(reader)
                findings = [_finding(stored, display_path, error) for error in errors]
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - what pynwb raises is its result
                findings = [_given_up(display_path, error)]
        unique = {(each.code, each.message, each.location): each for each in findings}
        return tuple(unique.values())

    def _errors(self, reader: Reader) -> list[Error]:
        reader.refuse_other_formats()
        maps = self._maps.get(reader.handle, lambda: _load(reader))
        root = reader.read_builder()
        errors = []
        try:
            for each in maps:
                errors += each.validate(root)
        finally:
            for each in maps:
                each.forget()
        return errors


def slow_because() -> str:
    """Return why files are validated as pynwb itself validates them; empty if they are not."""
    return reading_obstacle() or obstacle(VALIDATION, try_validation)


def try_validation() -> str:
    """Validate a tiny file in both ways, and say how the results differ; empty if they do not."""
    with tiny_file(is_broken=True) as handle:
        reader = BuilderReader(handle, Path(handle.filename))
        found = SchemaValidator()._errors(reader)
        wanted = _official_errors(handle)
    if not wanted:
        return "pynwb finds nothing wrong with a broken file"
    return "" if set(map(str, found)) == set(map(str, wanted)) else "the errors differ"


def _official_errors(handle: h5py.File) -> list[Error]:
    io = SharedIO(file=handle, mode="r")
    errors: list[Error] = []
    names, manager, _ = get_cached_namespaces_to_validate(io=io)
    for name in names or (CORE_NAMESPACE,):
        chosen = io if manager is None else SharedIO(file=handle, mode="r", manager=manager)
        errors += pynwb.validate(io=chosen, namespace=name)
    return errors


def _load(reader: Reader) -> tuple[RememberingValidatorMap, ...]:
    names, manager, _ = get_cached_namespaces_to_validate(io=reader)
    catalog = (manager or reader.manager).namespace_catalog
    return tuple(
        RememberingValidatorMap(catalog.get_namespace(name=name))
        for name in names or (CORE_NAMESPACE,)
    )


def _finding(handle: Any, display_path: str, error: Error) -> Finding:
    code = f"pynwb.{type(error).__name__}"
    check = explanation(code, str(error.reason), other=_OTHER)
    return Finding(
        code=code,
        name=check.name,
        severity=Severity.ERROR,
        message=one_line(f"{error.name}: {error.reason}"),
        file=display_path,
        location=_location(handle, error),
        remedy=check.remedy,
        url=check.page,
        subject=error.name,
        origin=ORIGIN,
        values={"check": type(error).__name__, "specification": error.name},
    )


def _location(handle: Any, error: Error) -> str:
    """Return the object's path; pynwb writes an attribute as ``object.attribute``."""
    path = f"/{error.location or ''}"
    attribute = f".{error.name.rsplit('/', 1)[-1]}"
    if path.endswith(attribute) and path not in handle:
        return path.removesuffix(attribute) or "/"
    return path


def _given_up(display_path: str, error: Exception) -> Finding:
    return Finding(
        code=GENERIC,
        name="not-validated",
        severity=Severity.ERROR,
        message=f"pynwb cannot validate the file: {reason_of(error)}",
        file=display_path,
        location=place_of(error) or "/",
        remedy=explanation(GENERIC, str(error)).remedy,
        url=explanation(GENERIC, str(error)).page,
        origin=ORIGIN,
        values={"exception": type(error).__name__},
    )
