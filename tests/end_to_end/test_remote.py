"""Files elsewhere, as the command meets them: read in parts, with every fault that a server has."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import av
import h5py
import numpy as np
import pytest
from tests.end_to_end.command import Outcome, posecheck
from tests.recordings.written import STEM, VIDEO
from tests.remote.certificates import Certificates
from tests.remote.range_server import Fault, RangeServer

NAME = "session.nwb"


@pytest.fixture
def server(careful: Path, tmp_path: Path) -> Iterator[RangeServer]:
    """A server with the careful recording and its video."""
    folder = tmp_path / "served"
    folder.mkdir()
    shutil.copy(careful, folder / NAME)
    shutil.copytree(careful.with_name(STEM), folder / STEM)
    with RangeServer(folder) as server:
        yield server


def check(server: RangeServer, *arguments: str, name: str = NAME) -> Outcome:
    """Check a file of the server with posecheck's own rules."""
    return posecheck(
        "validate",
        server.address(name),
        "--isolated",
        "--engine",
        "pose",
        "--output",
        "json",
        *arguments,
    )


def test_a_careful_recording_is_clean_and_its_video_is_found(server: RangeServer) -> None:
    outcome = check(server)
    assert outcome.errors == []
    assert outcome.code == 0
    assert outcome.status(server.address(NAME)) == "checked"
    asked = {request.path for request in server.log}
    assert f"/{NAME}" in asked
    assert any(path.startswith(f"/{STEM}/") for path in asked)


def test_a_video_that_is_not_there_is_an_error(server: RangeServer) -> None:
    shutil.rmtree(server.folder / STEM)
    outcome = check(server)
    assert outcome.code == 1
    assert "VID002" in outcome.codes()


def test_a_file_that_is_not_there_is_unreadable(server: RangeServer) -> None:
    outcome = check(server, name="other.nwb")
    assert outcome.code == 1
    assert "404 (Not Found)" in outcome.message("FIL001")


def test_a_text_elsewhere_is_no_nwb_file(server: RangeServer) -> None:
    (server.folder / "text.nwb").write_text("not HDF5 at all")
    outcome = check(server, name="text.nwb")
    assert "it is not an HDF5 file" in outcome.message("FIL001")


def test_two_colons_in_a_web_address_are_a_name(server: RangeServer) -> None:
    shutil.copy(server.folder / NAME, server.folder / "mouse::1.nwb")
    assert check(server, name="mouse::1.nwb").errors == []
    named = posecheck("validate", f"{server.url}/mouse::1.nwb", "--isolated", "--output", "json")
    assert named.errors == []


def test_a_web_page_is_no_recording(server: RangeServer) -> None:
    (server.folder / "view").write_text("<!DOCTYPE html><html><body>Download</body></html>")
    outcome = check(server, name="view")
    assert outcome.message("FIL001") == "this is a web page, not an NWB file"


def test_an_empty_file_elsewhere_is_empty(server: RangeServer) -> None:
    (server.folder / "empty.nwb").write_bytes(b"")
    assert "it is empty: zero bytes" in check(server, name="empty.nwb").message("FIL001")


def test_a_truncated_file_elsewhere_is_truncated(server: RangeServer) -> None:
    content = (server.folder / NAME).read_bytes()
    (server.folder / "short.nwb").write_bytes(content[: len(content) // 2])
    assert "it is truncated" in check(server, name="short.nwb").message("FIL001")


@pytest.mark.parametrize("status", [500, 503, 429, 502])
def test_what_passes_is_tried_again(server: RangeServer, status: int) -> None:
    server.faults[NAME] = Fault(times=2, status=status)
    outcome = check(server)
    assert outcome.code == 0
    assert [request.status for request in server.log][:2] == [status, status]


def test_a_wait_that_the_server_asks_for_is_kept(server: RangeServer) -> None:
    server.faults[NAME] = Fault(times=1, status=429, headers=(("Retry-After", "3"),))
    outcome = check(server)
    assert outcome.code == 0
    assert outcome.report["seconds"] > 3


def test_what_does_not_pass_is_said(server: RangeServer) -> None:
    server.faults[NAME] = Fault(status=503)
    outcome = check(server)
    assert outcome.code == 1
    assert "127.0.0.1 answers 503 (Service Unavailable); tried 3 times" in outcome.message("FIL001")


def test_a_refusal_is_not_tried_again(server: RangeServer) -> None:
    server.faults[NAME] = Fault(status=403)
    outcome = check(server)
    assert "403 (Forbidden): it may not be read" in outcome.message("FIL001")
    assert len({request.path for request in server.log}) == 1


@pytest.mark.parametrize("cut", [0, 1000])
def test_a_connection_that_is_cut_is_opened_again(server: RangeServer, cut: int) -> None:
    server.faults[NAME] = Fault(times=2, cut=cut)
    assert check(server).code == 0


def test_a_connection_that_is_always_cut_is_said(server: RangeServer) -> None:
    server.faults[NAME] = Fault(cut=1000)
    outcome = check(server)
    assert outcome.code == 1
    assert "tried 3 times" in outcome.message("FIL001")


@pytest.mark.slow
def test_a_slow_drip_ends_with_the_time_of_the_file(server: RangeServer) -> None:
    server.faults[NAME] = Fault(drip=0.5)
    outcome = check(server, "--file-timeout", "5")
    assert outcome.code == 1
    assert outcome.codes() >= {"FIL014"} or outcome.codes() >= {"FIL013"}


def test_a_server_without_ranges_sends_the_whole_file_once(server: RangeServer) -> None:
    server.faults[NAME] = Fault(whole=True)
    outcome = check(server)
    assert outcome.errors == []
    assert outcome.code == 0


def test_a_server_without_ranges_is_said_where_the_file_is_large(server: RangeServer) -> None:
    server.faults[NAME] = Fault(whole=True)
    outcome = check(server, "--max-download", "1000")
    assert outcome.code == 1
    assert "its server sends no ranges of files" in outcome.message("FIL001")
    assert "--max-download" in outcome.message("FIL001")


def test_a_server_that_compresses_the_whole_file_is_said(server: RangeServer) -> None:
    server.faults[NAME] = Fault(gzipped=True)
    outcome = check(server)
    assert outcome.code == 1
    assert "the whole file compressed ('gzip')" in outcome.message("FIL001")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(shift=10), "where 0 to 131,072 were asked for"),
        (Fault(after=1, total=512), "its size was"),
        (Fault(after=1, total=-4096), "its size was"),
        (Fault(total=-100), "it is truncated"),
        (Fault(compressed=True), "a compressed part"),
    ],
)
def test_a_server_that_lies_is_not_believed(server: RangeServer, fault: Fault, said: str) -> None:
    _grow(server.folder / NAME)
    server.faults[NAME] = fault
    outcome = check(server, "--data", "full")
    assert outcome.code == 1
    assert said in outcome.message("FIL001") + outcome.message("FIL015")


def test_a_file_that_changes_meanwhile_is_said(server: RangeServer) -> None:
    _grow(server.folder / NAME)
    server.faults[NAME] = Fault(after=1, tag='"another"')
    outcome = check(server, "--data", "full")
    assert outcome.codes(NAME, "error") == {"FIL015"}
    assert "changed while it was read" in outcome.message("FIL015")


def test_a_bound_on_bytes_is_kept(server: RangeServer) -> None:
    _grow(server.folder / NAME)
    outcome = check(server, "--data", "full", "--max-bytes", "100KB")
    assert outcome.code == 1
    assert "more than 102,400 bytes" in outcome.message("FIL001")
    assert server.sent < 3_000_000


def test_a_redirect_leads_to_no_private_address(server: RangeServer) -> None:
    there = f"http://localhost:{server.port}/{NAME}"
    server.faults["away.nwb"] = Fault(status=302, headers=(("Location", there),))
    outcome = check(server, name="away.nwb")
    assert outcome.code == 1
    assert "which is no https address" in outcome.message("FIL001")
    secret = f"https://localhost:{server.port}/{NAME}"
    server.faults["away.nwb"] = Fault(status=302, headers=(("Location", secret),))
    assert "is a private address" in check(server, name="away.nwb").message("FIL001")
    assert not any(request.path == f"/{NAME}" for request in server.log)
    server.faults["away.nwb"] = Fault(status=302, headers=(("Location", there),))
    assert check(server, "--allow-private", "localhost", name="away.nwb").errors == []


def test_redirects_in_a_circle_end(server: RangeServer) -> None:
    location = ("Location", server.address("round.nwb"))
    server.faults["round.nwb"] = Fault(status=302, headers=(location,))
    assert "more than 10 redirects" in check(server, name="round.nwb").message("FIL001")


def test_an_address_that_expires_is_asked_for_again(server: RangeServer) -> None:
    _grow(server.folder / NAME)
    server.signatures.uses = 3
    outcome = check(server, "--data", "full", name=f"download/{NAME}")
    assert "FIL001" not in outcome.codes()
    assert server.signatures.given > 1
    assert "signature" not in outcome.stdout


def test_https_is_read_where_its_certificate_is_trusted(
    server: RangeServer, tmp_path: Path
) -> None:
    certificates = Certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with RangeServer(server.folder, context=context) as secure:
        arguments = ("validate", secure.address(NAME), "--isolated", "--output", "json")
        trusted = posecheck(*arguments, env={"SSL_CERT_FILE": str(certificates.authority)})
        refused = posecheck(*arguments)
    assert trusted.errors == []
    assert trusted.code == 0
    assert "the certificate of 127.0.0.1 is not trusted" in refused.message("FIL001")


def test_nobody_listens(server: RangeServer) -> None:
    with RangeServer(server.folder) as other:
        address = other.address(NAME)
    outcome = posecheck("validate", address, "--isolated", "--engine", "pose", "--output", "json")
    assert outcome.code == 1
    assert "cannot be reached" in outcome.message("FIL001")


def test_a_secret_in_an_address_is_printed_nowhere(server: RangeServer) -> None:
    address = f"{server.address(NAME)}?token=verysecret"
    for output in ("json", "full", "sarif", "markdown", "csv", "junit", "github"):
        outcome = posecheck(
            "validate", address, "--isolated", "--engine", "pose", "--output", output
        )
        assert "verysecret" not in outcome.stdout + outcome.stderr
    refused = posecheck("validate", f"http://user:verysecret@127.0.0.1:{server.port}/{NAME}")
    assert refused.code == 2
    assert "verysecret" not in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://", "names no server"),
        ("s3://", "names no place"),
        ("DANDI:12", "names no dandiset"),
        ("http://127.0.0.1/folder/", "a web server lists none"),
        ("nosuch://host/a.nwb", "no way to read addresses with nosuch://"),
        ("gs://bucket/a.nwb", "need a package that is not installed"),
        ("simplecache::https://a.org/a.nwb", "no such file or folder"),
    ],
)
def test_an_address_that_means_nothing_is_refused(address: str, said: str) -> None:
    outcome = posecheck("validate", address, "--isolated")
    assert outcome.code == 2
    assert said in outcome.stderr


def test_what_needs_files_here_refuses_addresses(tmp_path: Path) -> None:
    (tmp_path / "dandiset.yaml").write_text("identifier: DANDI:000001\n")
    outcome = posecheck("organize", "https://example.org/a.nwb", "-d", str(tmp_path), "--dry-run")
    assert outcome.code == 2
    assert "is not on this machine" in outcome.stderr


def test_a_file_url_is_a_path(careful: Path) -> None:
    outcome = posecheck(
        "validate", careful.as_uri(), "--isolated", "--engine", "pose", "--output", "json"
    )
    assert outcome.errors == []
    assert outcome.code == 0


def test_a_baseline_knows_files_elsewhere(server: RangeServer, tmp_path: Path) -> None:
    shutil.rmtree(server.folder / STEM)
    shutil.copy(server.folder / NAME, server.folder / "other.nwb")
    baseline = tmp_path / "known.toml"
    assert check(server, "--write-baseline", str(baseline)).code == 0
    known = check(server, "--baseline", str(baseline))
    assert known.code == 0
    # A run without that file says nothing about what is known of it.
    other = check(server, "--baseline", str(baseline), name="other.nwb")
    assert other.code == 1
    assert other.report["baseline"]["stale"] == []


def test_info_shows_a_file_elsewhere(server: RangeServer) -> None:
    outcome = posecheck("info", server.address(NAME))
    assert outcome.code == 0
    assert "PoseEstimation" in outcome.stdout


def test_of_a_video_only_the_index_and_a_frame_are_read(server: RangeServer) -> None:
    video = server.folder / VIDEO
    _write_noise(video)
    assert video.stat().st_size > 6_000_000
    outcome = check(server, "--select", "VID016")
    assert "the files hold 60 frames" in outcome.message("VID016")
    sent = sum(request.sent for request in server.log if request.path.endswith(".mp4"))
    assert sent < 3_000_000


def test_frames_that_no_index_lists_are_counted_where_that_is_asked_for(
    server: RangeServer,
) -> None:
    video = server.folder / VIDEO
    video.unlink()
    _write_noise(video.with_suffix(".mkv"))
    video.with_suffix(".mkv").rename(video)
    outcome = check(server, "--select", "VID016")
    assert outcome.code == 0
    (skipped,) = [skip for skip in outcome.report["skipped"] if skip["code"] == "VID016"]
    assert "only by reading all of it" in skipped["reason"]
    read_whole = check(server, "--select", "VID016", "--decode", "full")
    assert "the files hold 60 frames" in read_whole.message("VID016")


def _write_noise(path: Path) -> None:
    """Write a video of 60 frames that cannot be packed well."""
    random = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.bit_rate = 40_000_000
        for _ in range(60):
            picture = random.integers(0, 256, (240, 320, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _grow(path: Path) -> None:
    """Make a file larger than what the first request fetches, with positions at its end."""
    with h5py.File(path, "r+") as file:
        container = next(
            group
            for group in file["processing/behavior"].values()
            if group.attrs.get("neurodata_type") == "PoseEstimation"
        )
        for series in container.values():
            if not isinstance(series, h5py.Group) or "confidence" not in series:
                continue
            for name in ("data", "confidence"):
                values = np.repeat(series[name][()], 2000, axis=0)
                attributes = dict(series[name].attrs)
                del series[name]
                series[name] = values
                series[name].attrs.update(attributes)
