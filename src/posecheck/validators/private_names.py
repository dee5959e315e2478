"""Every name that posecheck uses of other packages though it is private there.

pynwb, hdmf, dandi and NWB Inspector offer no public way for what is listed here. Each entry says
what it is for and where posecheck uses it; the versions between which it was tested are in
`TESTED`. Within them the parity tests vouch for the behaviour: `.ci/run` runs them with the lowest
declared versions and with the newest. Outside them, or where a name is gone, `obstacle` says so,
after a try on a tiny file, and the validators take the public way, which is slower.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version


@dataclass(frozen=True, slots=True)
class PrivateName:
    """A private name of another package.

    Attributes
    ----------
    package
        The distribution, as `importlib.metadata` knows it.
    place
        ``module:name`` or ``module:class.name``.
    purpose
        What posecheck does with it.
    """

    package: str
    place: str
    purpose: str

    @property
    def is_there(self) -> bool:
        """Whether the installed package has it."""
        module, _, path = self.place.partition(":")
        try:
            found: object = importlib.import_module(module)
            for name in path.split("."):
                found = getattr(found, name)
        except (ImportError, AttributeError):
            return False
        return True


TESTED = {
    "hdmf": ("6.2.0", "6.3"),
    "pynwb": ("4.0.0", "4.3"),
    "nwbinspector": ("0.7.2", "0.8"),
    "dandi": ("0.81.0", "0.82"),
}
"""For each package the least version that was tested, and the first that was not."""

VALIDATION = (
    PrivateName(
        "hdmf",
        "hdmf.validate.validator:GroupValidator._GroupValidator__get_child_validators",
        "validator_maps: one validator for each place in a specification, not one for each child",
    ),
    PrivateName(
        "pynwb",
        "pynwb.validation:get_cached_namespaces_to_validate",
        "schema_validation: the namespaces that a file carries, of a file that is open",
    ),
)
"""For pynwb's schema validation, each builder once."""

READING = (
    PrivateName(
        "hdmf",
        "hdmf.backends.hdf5.h5_utils:BuilderH5ReferenceDataset",
        "builders: datasets of references, as hdmf's own reader makes them",
    ),
    PrivateName(
        "hdmf",
        "hdmf.backends.hdf5.h5_utils:BuilderH5TableDataset",
        "builders: compound datasets, as hdmf's own reader makes them",
    ),
    PrivateName("hdmf", "hdmf.utils:StrDataset", "builders: datasets of text"),
    PrivateName(
        "hdmf",
        "hdmf.build:TypeMap.get_builder_dt",
        "containers: the type of a builder, without hdmf's checks of arguments",
    ),
)
"""For reading a file's builders and containers, each object once."""

METADATA = (
    PrivateName(
        "dandi",
        "dandi.pynwb_utils:_get_pynwb_metadata",
        "flat_metadata: the fields that dandi reads, before it makes metadata of them",
    ),
    PrivateName(
        "dandi",
        "dandi.pynwb_utils:NWBHDF5IO",
        "flat_metadata, patched_dandi: hand dandi a file that is read already",
    ),
    PrivateName(
        "dandi",
        "dandi.metadata.util:parse_purlobourl",
        "ontology: contact a server for the name of a species only once",
    ),
    PrivateName(
        "dandi",
        "dandi.metadata.util:requests",
        "ontology: give up an ontology server after seconds",
    ),
    PrivateName(
        "dandi",
        "dandi.metadata.nwb:get_metadata",
        "patched_dandi: end its recursion in a BIDS dataset after a few rounds",
    ),
    PrivateName(
        "dandi",
        "dandi.metadata.nwb:find_bids_dataset_description",
        "patched_dandi: validate a BIDS dataset once, not for each file",
    ),
)
"""For dandi's metadata of a file that is open already, with few requests for names of species."""

ARGUMENTS = (
    PrivateName(
        "hdmf",
        "hdmf.utils:__parse_args",
        "arguments: remember which classes an argument takes, instead of looking at each call",
    ),
)
"""For hdmf's check of arguments. Where it is gone, hdmf checks as it does."""

INSPECTION = (
    PrivateName(
        "nwbinspector",
        "nwbinspector.utils:cache_data_selection",
        "inspector_checks: empty the cache of array data after each file",
    ),
)
"""For NWB Inspector. Where it is gone there is nothing to empty."""

PRIVATE_NAMES = (*VALIDATION, *READING, *METADATA, *ARGUMENTS, *INSPECTION)
"""All of them."""


def missing(names: tuple[PrivateName, ...]) -> str:
    """Return which of the names are gone, as a clause; empty if none is."""
    gone = [each for each in names if not each.is_there]
    return "; ".join(f"{each.package} {version(each.package)} has no {each.place}" for each in gone)


def untested(names: tuple[PrivateName, ...]) -> str:
    """Return which of the packages were not tested in their installed version, as a clause."""
    packages = dict.fromkeys(each.package for each in names)
    return " and ".join(
        f"{package} {version(package)}" for package in packages if not _is_tested(package)
    )


@functools.cache
def obstacle(names: tuple[PrivateName, ...], try_out: Callable[[], str]) -> str:
    """Return why the fast way cannot be taken, as a clause; empty if it can.

    Parameters
    ----------
    names
        What it needs.
    try_out
        Takes the fast way and the public one on a tiny file, and says how they differ. It is called
        only with versions that were not tested.
    """
    if reason := missing(names):
        return reason
    strangers = untested(names)
    if not strangers:
        return ""
    try:
        difference = try_out()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the fast way does not work
        difference = f"{type(error).__name__}: {error}"
    return f"with {strangers} it gives other results ({difference})" if difference else ""


def _is_tested(package: str) -> bool:
    least, first_not = (_parsed(text) for text in TESTED[package])
    return least <= _parsed(version(package)) < first_not


def _parsed(text: str) -> tuple[int, ...]:
    numbers = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
