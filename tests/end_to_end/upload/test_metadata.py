"""Metadata that dandi refuses: the recording is refused before anything of it is sent.

``dandi upload`` 0.81 sends the videos, replaces those that the archive holds, and then says of the
NWB file that it could not extract metadata from it.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from tests.archive.recordings import pad_video
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    SECOND,
    SECOND_VIDEO,
    files,
    held,
    put,
    receipt,
    receipts,
    upload,
)

pytestmark = pytest.mark.slow

BAT = "http://purl.obolibrary.org/obo/NCBITaxon_9407"
SPECIES = "general/subject/species"


def write(nwb: Path, field: str, value: str) -> None:
    with h5py.File(nwb, "r+") as file:
        if field in file:
            del file[field]
        file[field] = value


@pytest.mark.parametrize("option", ["--dry-run", "--no-receipt"])
@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (SPECIES, "Rousettus aegyptiacus", "species field: Rousettus aegyptiacus"),
        ("general/subject/age", "P90D/P60D", "The upper limit has to be larger"),
        ("general/session_id", "free exploration " * 10, "at most 150 characters"),
    ],
)
def test_nothing_is_sent_of_what_dandi_extracts_no_metadata_from(  # noqa: PLR0917
    archive: Archive, dandiset: str, one: Path, field: str, value: str, reason: str, option: str
) -> None:
    """Not even where a configuration leaves out the validators that would say so."""
    write(one / FIRST, field, value)

    done = upload(archive, one, option)

    said = " ".join(done.stdout.split())
    assert done.code == 1, said
    assert "LAY009 dandi makes no metadata of it: " in said
    assert reason in said
    assert archive.log.sent() == []
    assert receipts(one) == []


def test_no_video_is_replaced_below_a_recording_that_is_refused(
    archive: Archive, dandiset: str, one: Path
) -> None:
    put(archive, dandiset, one)
    before = held(archive, dandiset)
    pad_video(one / FIRST_VIDEO, 1000)
    write(one / FIRST, SPECIES, "Rousettus aegyptiacus")

    done = upload(archive, one, whole_gate=True)

    said = " ".join(done.stdout.split())
    assert done.code == 1, said
    assert 'LAY009 dandi does not know the species "Rousettus aegyptiacus"' in said
    assert "Write the address of the species in the NCBI taxonomy" in said
    assert "no metadata of it" not in said, "it is reported twice"
    assert archive.log.sent() == []
    assert held(archive, dandiset) == before


def test_the_other_recordings_are_sent_whole(archive: Archive, dandiset: str, two: Path) -> None:
    write(two / FIRST, SPECIES, "Rousettus aegyptiacus")

    done = upload(archive, two, "--skip-refused")

    assert done.code == 1, done.stdout
    assert set(held(archive, dandiset)) == {SECOND, SECOND_VIDEO}
    (refused,) = receipt(two)["refused"]
    assert (refused["path"], refused["code"]) == (FIRST, "LAY009")


@pytest.mark.slow
def test_what_is_allowed_is_sent_where_dandi_extracts_it(
    archive: Archive, dandiset: str, one: Path
) -> None:
    write(one / FIRST, "general/subject/date_of_birth", "2034-01-02T00:00:00+00:00")
    refused = upload(archive, one, "--dry-run", whole_gate=True)
    assert refused.code == 1
    assert "the subject was born on 2034-01-02" in " ".join(refused.stdout.split())

    reason = ("--allow", "LAY009", "--because", "the dates are shifted")
    done = upload(archive, one, *reason, whole_gate=True)

    assert done.code == 0, done.stdout + done.stderr
    assert held(archive, dandiset) == files(one)
    assert [each["code"] for each in receipt(one)["allowed"]] == ["LAY009"]


def test_what_is_allowed_is_refused_all_the_same_where_there_is_no_metadata(
    archive: Archive, dandiset: str, one: Path
) -> None:
    write(one / FIRST, SPECIES, "Rousettus aegyptiacus")

    done = upload(archive, one, "--allow", "LAY009", "--because", "it is a bat", whole_gate=True)

    said = " ".join(done.stdout.split())
    assert done.code == 1, said
    assert "No code that is allowed or ignored helps here" in said
    assert archive.log.sent() == []


@pytest.mark.slow
def test_an_ontology_server_that_does_not_answer_stops_nothing(
    archive: Archive, dandiset: str, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dandi 0.81 asks three times and then makes no metadata, though the address suffices."""
    write(one / FIRST, SPECIES, BAT)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    done = upload(archive, one)

    said = " ".join(done.stdout.split())
    assert done.code == 0, said + done.stderr
    assert f"Note: the name of the species {BAT} is not known" in said
    (participant,) = archive.assets(dandiset)[FIRST].metadata["wasAttributedTo"]
    assert participant["species"] == {"identifier": BAT, "schemaKey": "SpeciesType"}
