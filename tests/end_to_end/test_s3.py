"""Files in S3, in a store on this machine: signed, unsigned, below a prefix, and by a glob."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.archive.store import BUCKET, Store
from tests.end_to_end.command import Outcome, posecheck
from tests.recordings.written import VIDEO

PREFIX = f"s3://{BUCKET}/lab"


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as running:
        yield running


@pytest.fixture(scope="module")
def lab(store: Store, tmp_path_factory: pytest.TempPathFactory, careful: Path) -> Store:
    """A store with two recordings and one video, which one of them refers to."""
    store.put("lab/one/session.nwb", careful.read_bytes())
    store.put(f"lab/one/{VIDEO}", (careful.parent / VIDEO).read_bytes())
    store.put("lab/two/session.nwb", careful.read_bytes())
    store.put("lab/notes.txt", b"nothing to check")
    return store


def check(store: Store, *arguments: str) -> Outcome:
    return posecheck(
        "validate",
        *arguments,
        "--isolated",
        "--engine",
        "pose",
        "--output",
        "json",
        env={**store.environment, "AWS_ENDPOINT_URL_S3": f"http://{store.address}"},
    )


def test_a_file_is_read_with_the_credentials_of_the_environment(lab: Store) -> None:
    outcome = check(lab, f"{PREFIX}/one/session.nwb")
    assert outcome.errors == []
    assert outcome.code == 0


def test_an_endpoint_can_be_named(lab: Store) -> None:
    arguments = ("--endpoint-url", f"http://{lab.address}")
    outcome = posecheck(
        "validate",
        f"{PREFIX}/one/session.nwb",
        *arguments,
        "--isolated",
        "--engine",
        "pose",
        env=lab.environment,
    )
    assert outcome.code == 0


def test_info_takes_the_endpoint_too(lab: Store) -> None:
    arguments = ("--endpoint-url", f"http://{lab.address}")
    outcome = posecheck("info", f"{PREFIX}/one/session.nwb", *arguments, env=lab.environment)
    assert outcome.code == 0
    assert "PoseEstimation" in outcome.stdout
    refused = posecheck("info", f"{PREFIX}/one/session.nwb", "--endpoint-url", "store")
    assert refused.code == 2
    assert "--endpoint-url is an http or https address" in refused.stderr


@pytest.mark.parametrize("address", [PREFIX, f"{PREFIX}/", f"{PREFIX}/*/session.nwb"])
def test_a_prefix_or_a_glob_names_the_recordings_below_it(lab: Store, address: str) -> None:
    outcome = check(lab, address)
    assert [file["path"] for file in outcome.report["files"]] == [
        f"{PREFIX}/one/session.nwb",
        f"{PREFIX}/two/session.nwb",
    ]
    missing = {f["file"] for f in outcome.errors if f["code"] == "VID002"}
    assert missing == {f"{PREFIX}/two/session.nwb"}


def test_keys_are_taken_as_they_are(lab: Store, careful: Path) -> None:
    folder = "odd/lab 1#"
    lab.put(f"{folder}/a b#1.nwb", careful.read_bytes())
    lab.put(f"{folder}/{VIDEO}", (careful.parent / VIDEO).read_bytes())
    outcome = check(lab, f"s3://{BUCKET}/odd")
    assert [file["path"] for file in outcome.report["files"]] == [
        f"s3://{BUCKET}/{folder}/a b#1.nwb"
    ]
    assert outcome.errors == []
    assert outcome.code == 0


def test_without_a_signature_the_store_refuses(lab: Store) -> None:
    outcome = check(lab, f"{PREFIX}/one/session.nwb", "--no-sign-request")
    assert outcome.code == 2
    assert "may not be read" in outcome.stderr


def test_what_is_not_there_is_said(lab: Store) -> None:
    outcome = check(lab, f"{PREFIX}/three")
    assert outcome.code == 2
    assert "no *.nwb file" in outcome.stderr


def test_python_reads_it_too(lab: Store, careful: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import posecheck as package  # noqa: PLC0415

    # What starts workers is started by then, and knows no credentials.
    package.validate(careful, engines=("pose",), isolated=True)
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    report = package.validate(
        f"{PREFIX}/one/session.nwb",
        endpoint_url=f"http://{lab.address}",
        engines=("pose",),
        isolated=True,
    )
    assert not any(finding.severity == "error" for finding in report.findings)
