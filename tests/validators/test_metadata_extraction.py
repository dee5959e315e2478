"""What dandi, and the archive's schema, refuse of a file's metadata."""

from __future__ import annotations

import datetime
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from dandi.metadata.core import prepare_metadata

from posecheck.validators.metadata_extraction import Refused, find_refused
from posecheck.validators.ontology import Ontology, is_listed, is_taxon

MUS = "http://purl.obolibrary.org/obo/NCBITaxon_10090"
BAT = "http://purl.obolibrary.org/obo/NCBITaxon_9407"
START = datetime.datetime(2024, 1, 2, 12, tzinfo=datetime.UTC)
SOUND: dict[str, Any] = {
    "session_id": "day1",
    "session_start_time": START,
    "session_description": "free behaviour",
    "identifier": "a",
    "keywords": ["pose"],
    "species": "Mus musculus",
    "age": "P90D",
    "date_of_birth": None,
    "sex": "F",
    "strain": None,
    "genotype": None,
    "subject_id": "m1",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.nwb"
    path.write_bytes(b"pose")
    return path


def refused(file: Path, **fields: Any) -> list[Refused]:
    return list(find_refused(SOUND | fields, file))


def fields_of(file: Path, **fields: Any) -> list[str]:
    return [each.field for each in refused(file, **fields)]


def test_sound_metadata(file: Path) -> None:
    assert refused(file) == []
    nobody = dict.fromkeys(("species", "age", "sex", "subject_id"))
    assert refused(file, **nobody) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("species", "Rousettus aegyptiacus"),
        ("species", "NCBITaxon:9407"),
        ("age", "about three months"),
        ("age", "P1.5Y2M"),
        ("age", "P90D/P60D"),
        ("age", "90/120"),
        ("sex", "XO"),
        ("strain", "C57BL/6J " * 20),
        ("subject_id", None),
        ("session_id", "free exploration " * 10),
        ("date_of_birth", START + datetime.timedelta(days=3)),
    ],
)
def test_the_field_is_named(file: Path, field: str, value: object) -> None:
    (found,) = refused(file, **{field: value})
    assert found.field == field
    assert found.location.endswith(f"/{field}")


def test_every_field_that_is_refused_is_reported_at_once(file: Path) -> None:
    found = fields_of(file, species="a bat", age="adult", sex="x", session_id="s" * 151)
    assert sorted(found) == ["age", "session_id", "sex", "species"]


def test_the_date_of_birth_goes_before_an_age_that_dandi_does_not_read(file: Path) -> None:
    """dandi computes the age from the date of birth, and looks at the age only without one."""
    assert fields_of(file, age="adult", date_of_birth=START - datetime.timedelta(days=90)) == []


def test_a_field_that_nobody_foresaw_is_in_the_reason(file: Path) -> None:
    (found,) = refused(file, tissue_sample_id=7)
    assert found.field == "tissue_sample_id"
    assert found.location == "/"
    assert "valid string" in found.reason


def test_a_species_by_its_address_needs_no_answer(file: Path) -> None:
    assert is_taxon(MUS)
    assert is_listed(MUS)
    assert is_taxon(BAT)
    assert not is_listed(BAT)
    assert not is_taxon("Mus musculus")
    assert refused(file, species=BAT) == []


def test_an_ontology_server_that_does_not_answer_costs_seconds_and_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """dandi 0.81 asks three times, for up to half a minute, and then extracts nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        ontology = Ontology(seconds=0.2)
        began = time.monotonic()
        for _ in range(2):
            with ontology.patched():
                asset = prepare_metadata(SOUND | {"species": BAT})
        assert time.monotonic() - began < 3
    assert asset.wasAttributedTo is not None
    species = asset.wasAttributedTo[0].species
    assert species is not None
    assert (str(species.identifier), species.name) == (BAT, None)
    assert list(ontology.unanswered) == [BAT]


def test_the_name_of_a_species_is_taken_where_a_server_shows_it() -> None:
    """dandi's own parser reads the answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/NCBITaxon_9407"
        threading.Thread(target=_answer, args=(server, address), daemon=True).start()
        ontology = Ontology(seconds=5)
        with ontology.patched():
            from dandi.metadata import util  # noqa: PLC0415 - what it uses for a while

            found = util.parse_purlobourl(address, lookup=("rdfs:label",))
    assert found == {"rdfs:label": "Rousettus aegyptiacus"}
    assert ontology.unanswered == {}


def _answer(server: socket.socket, about: str) -> None:
    body = (
        '<rdf:RDF xmlns:rdf="r" xmlns:rdfs="s" xmlns:owl="o">'
        f'<Class rdf:about="{about}"><rdfs:label>Rousettus aegyptiacus</rdfs:label></Class>'
        "</rdf:RDF>"
    ).encode()
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)
