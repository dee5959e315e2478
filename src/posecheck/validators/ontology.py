"""What dandi requests of ontology servers: the name of a species that a file gives by its address.

dandi knows some species by name. Of any other address in the NCBI taxonomy it requests ontobee.org
for the name, three times for half a minute each, and makes no metadata where nobody answers. The
name is all that is missing then: the address alone says which species it is.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dandi.metadata.util
import requests
from dandi.metadata.util import NCBITAXON_URI_TEMPLATE, species_map

from posecheck.validators.replacing import replaced

_SECONDS = 5.0
_TAXON = re.compile(
    re.escape(NCBITAXON_URI_TEMPLATE.format("")).replace("http:", "https?:") + r"(\d+)/?",
    re.IGNORECASE,
)
_Names = dict[str, str] | None


def is_taxon(species: str) -> bool:
    """Whether a species is given by its address in the NCBI taxonomy."""
    return _TAXON.fullmatch(species) is not None


def needs_server(species: object) -> bool:
    """Whether a species is given by an address of which dandi does not know the name."""
    return isinstance(species, str) and is_taxon(species) and not is_listed(species)


def is_listed(address: str) -> bool:
    """Whether dandi knows the name of a species by its address, so that it needs no server."""
    found = _TAXON.fullmatch(address)
    return found is not None and any(each.taxon_id == found[1] for each in species_map)


class Ontology:
    """Requests the name of a species once, for a few seconds, and does without one if need be.

    Parameters
    ----------
    seconds
        How long an answer may take.

    Attributes
    ----------
    unanswered
        The addresses without a known name, with the reason.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._names: dict[str, _Names] = {}
        self._request_once: Callable[[str, tuple[str, ...] | None], _Names]
        self.unanswered: dict[str, str] = {}

    @contextmanager
    def patched(self) -> Iterator[None]:
        """For a while, let dandi use this one."""
        # dandi's request, without its repetitions
        self._request_once = inspect.unwrap(dandi.metadata.util.parse_purlobourl)
        with replaced(dandi.metadata.util, "parse_purlobourl", self._request):
            yield

    def _request(self, url: str, lookup: tuple[str, ...] | None = None) -> _Names:
        if url not in self._names:
            self._names[url] = None
            with replaced(dandi.metadata.util, "requests", _Bounded(self._seconds)):
                try:
                    self._names[url] = self._request_once(url, lookup)
                except Exception as error:  # noqa: BLE001 - whatever it is, there is no name
                    self.unanswered[url] = type(error).__name__
        return self._names[url]


class _Bounded:
    """What dandi uses of `requests`, with a time limit of our own."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get(self, url: str, **options: Any) -> requests.Response:
        return requests.get(
            url,
            allow_redirects=bool(options.get("allow_redirects", True)),
            timeout=self._seconds,
        )
