"""What dandi extracts of an NWB file as the archive's metadata, and what is refused of it.

``dandi upload`` extracts this before it makes an asset of a file; where that fails, the archive
never gets the file. `dandi.metadata` decides, field by field, and then the archive's schema
(`dandischema.models.BareAsset`) checks the whole. No server is contacted for the name of a species
here: that would be a request to an ontology server (`posecheck.validators.ontology`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dandi.metadata.core import add_common_metadata, prepare_metadata
from dandi.metadata.util import FIELD_EXTRACTORS, extract_age
from dandi.misctypes import DUMMY_DANDI_ETAG
from dandischema.models import BareAsset
from pydantic import ValidationError

from posecheck.model.problem import Problem, ProblemKind
from posecheck.validators.containers import open_container
from posecheck.validators.flat_metadata import flat_metadata, metadata_obstacle
from posecheck.validators.messages import one_line, quiet_and_fast, reason_of
from posecheck.validators.ontology import needs_server
from posecheck.validators.protocol import FileToValidate

_SUBJECT = (
    "species",
    "date_of_birth",
    "age",
    "sex",
    "strain",
    "genotype",
    "subject_id",
)
_GENERAL = (
    "session_id",
    "keywords",
    "related_publications",
    "experimenter",
    "institution",
    "lab",
    "experiment_description",
)
_ROOT = ("session_description", "session_start_time", "identifier")
_PLACES = {
    **{field: f"/general/subject/{field}" for field in _SUBJECT},
    **{field: f"/general/{field}" for field in _GENERAL},
    **{field: f"/{field}" for field in _ROOT},
}
"""Where the fields lie that dandi reads; of two that may be the cause, the first is."""

_PARTICIPANT = "wasAttributedTo"
_FIELD_OF: Mapping[tuple[str, ...], str] = {(_PARTICIPANT, "identifier"): "subject_id"}
"""The field that a part of the archive's schema is made of, where it is called otherwise."""

_OF_BIRTH = "date_of_birth"
_NOT_LOOKED_UP = (
    "whether {species} is a species, only an ontology server knows, and none is contacted; dandi "
    "takes the address as it is"
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A field of a file of which dandi makes no metadata.

    Attributes
    ----------
    field
        Its name in the file; empty where that is not known.
    value
        What it holds, as text.
    reason
        What dandi says, as a clause.
    """

    field: str
    value: str
    reason: str

    @property
    def location(self) -> str:
        """Where it lies in the file."""
        return _PLACES.get(self.field, "/")


def check_metadata(file: FileToValidate) -> tuple[Problem, ...]:
    """Return what is refused of a file's metadata, and what could not be looked up.

    Parameters
    ----------
    file
        The file, opened. What pynwb made of it is taken from there, and made if it is missing.
    """
    with quiet_and_fast():
        kept = file.kept
        if kept.container is None and not kept.unreadable:
            try:
                kept.container = open_container(file.handle, file.path).container
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - what pynwb raises is its result
                kept.unreadable = reason_of(error)
        if kept.container is None:
            reason = f"pynwb does not read the file: {kept.unreadable}"
            return (Problem(kind=ProblemKind.METADATA_UNKNOWN, detail=reason),)
        return tuple(_problems(kept.container, file.path))


def asset_metadata_of(file: FileToValidate) -> dict[str, Any] | None:
    """Return what the archive would hold of a file that was checked; ``None`` if there is nothing.

    In a BIDS dataset dandi asks for more than the file, and whoever needs the metadata asks dandi.
    """
    if file.kept.container is None or file.dandiset is None or file.is_bids or slow_because():
        return None
    from posecheck.validators.patched_dandi import extract_metadata  # noqa: PLC0415 - for uploads

    try:
        return extract_metadata(file.path, file.dandiset, file.kept.container)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - why there is none is what `check_metadata` says
        return None


def slow_because() -> str:
    """Return why dandi extracts metadata in its own way, as a clause; empty if it does not."""
    return metadata_obstacle()


def _problems(container: Any, path: Path) -> Iterator[Problem]:
    try:
        flat = flat_metadata(container, path)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what dandi raises is its result
        yield _problem(Refused("", "", reason_of(error)))
        return
    for refused in find_refused(flat, path):
        yield _problem(refused)
    species = flat.get("species")
    if needs_server(species):
        yield Problem(
            kind=ProblemKind.METADATA_UNKNOWN,
            location=_PLACES["species"],
            detail=_NOT_LOOKED_UP.format(species=one_line(str(species))),
        )


def find_refused(flat: Mapping[str, Any], path: Path) -> Iterator[Refused]:
    """Yield what dandi, or the archive's schema, refuses of extracted fields.

    Parameters
    ----------
    flat
        The fields of a file, as `dandi.metadata.nwb.get_metadata` names them.
    path
        The file: its size and time are metadata, too.
    """
    left = _without_network(flat)
    for name, extract in FIELD_EXTRACTORS.items():
        if name == _PARTICIPANT:
            continue  # it is made of the other fields
        while (error := _error_of(extract, left)) is not None:
            field = _cause(extract, left)
            yield Refused(field, _quoted(left.get(field)), _reason(error))
            if not field:
                return
            del left[field]
    if _is_negative(left):
        reason = f"the session was on {_day(left.get('session_start_time'))}"
        yield Refused(_OF_BIRTH, _day(left[_OF_BIRTH]), reason)
    error = _error_of(lambda fields: _check_schema(fields, path), left)
    if isinstance(error, ValidationError):
        reported = set()
        for each in error.errors():
            field = _field_of(each["loc"])
            if field not in reported:
                reported.add(field)
                place = ".".join(map(str, each["loc"]))
                reason = each["msg"] if field else f"{place}: {each['msg']}"
                yield Refused(field, _quoted(left.get(field)), _clause(reason))
    elif error is not None:
        yield Refused("", "", _reason(error))


def _without_network(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out a species of which dandi would request the name, and take any."""
    return {key: flat[key] for key in flat if key != "species" or not needs_server(flat[key])}


def _check_schema(fields: Mapping[str, Any], path: Path) -> None:
    asset = prepare_metadata(dict(fields))
    now = datetime.now(UTC)
    add_common_metadata(asset, path, now, now, DUMMY_DANDI_ETAG)
    asset.path = path.name
    BareAsset(**asset.model_dump())


def _error_of(
    extract: Callable[[dict[str, Any]], object], fields: Mapping[str, Any]
) -> Exception | None:
    try:
        extract(dict(fields))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what dandi raises is its result
        return error
    return None


def _cause(extract: Callable[[dict[str, Any]], object], fields: Mapping[str, Any]) -> str:
    """Return the field without which dandi would extract the others; empty if it is no single."""
    known = [field for field in _PLACES if field in fields]
    for field in (*known, *(each for each in fields if each not in _PLACES)):
        without = {name: value for name, value in fields.items() if name != field}
        if fields[field] is not None and _error_of(extract, without) is None:
            return field
    return ""


def _is_negative(fields: Mapping[str, Any]) -> bool:
    """Whether dandi makes an age below zero of the date of birth, which no archive refuses."""
    if fields.get(_OF_BIRTH) is None:
        return False
    age = extract_age(dict(fields))
    return age is not None and str(age.value).startswith("P-")


def _field_of(place: tuple[int | str, ...]) -> str:
    names = tuple(str(part) for part in place if isinstance(part, str))
    if names[:1] == (_PARTICIPANT,) and len(names) > 1:
        return _FIELD_OF.get(names[:2], names[1])
    return names[0] if names and names[0] in _PLACES else ""


def _quoted(value: object) -> str:
    return "" if value is None else one_line(str(value))


def _day(value: object) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else _quoted(value)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return _clause(first["msg"])
    return _clause(reason_of(error))


def _clause(text: str) -> str:
    """Return a sentence as a clause that may end another one."""
    plain = one_line(text).rstrip(".")
    return plain[:1].lower() + plain[1:] if plain[1:2].islower() else plain


def _problem(refused: Refused) -> Problem:
    return Problem(
        kind=ProblemKind.METADATA_REFUSED,
        location=refused.location,
        detail=refused.reason,
        values={"field": refused.field, "value": refused.value},
    )
