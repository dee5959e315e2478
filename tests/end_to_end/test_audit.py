"""The recordings with pose of many dandisets, found by few requests, in a run that can go on."""

from __future__ import annotations

import itertools
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.archive.faults import Fault
from tests.archive.fixtures import archive, store
from tests.archive.server import Archive
from tests.end_to_end.audited import POSE_RECORDINGS, Audited, fill, lines_of, write_dandisets
from tests.end_to_end.command import COMMAND, Outcome, environment, posecheck

import posecheck as package
from posecheck.model.pose_probes import NotProbed
from posecheck.model.progress import ProgressListener
from posecheck.model.version import __version__

__all__ = ["archive", "store"]

pytestmark = pytest.mark.slow

FAST = ("--max-requests-per-second", "1000")
AGENT = f"posecheck/{__version__}"
FIRST = "sub-mouse01/sub-mouse01_ses-0001_behavior.nwb"
OF_NEURONS = "sub-mouse01/sub-mouse01_ses-0009_ecephys.nwb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dandisets(tmp_path_factory.mktemp("written"))


@pytest.fixture
def audited(archive: Archive, folder: Path) -> Audited:
    return fill(archive, folder)


def audit(
    audited: Audited, output: Path, *arguments: str, speed: tuple[str, ...] = FAST, **how: Any
) -> Outcome:
    """Audit the archive, or what is named, into a file of JSON lines."""
    named = [each for each in arguments if each.startswith("dandi://")]
    options = [each for each in arguments if each not in named]
    return posecheck(
        "validate",
        *(named or [audited.whole]),
        *("--with-pose", "--isolated", "--output", f"json-lines={output}"),
        *speed,
        *options,
        cwd=output.parent,
        **how,
    )


def probes_by_dandiset(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what the search came to, by the identifiers of the dandisets."""
    return {
        re.sub(r".*/(\d{6}).*", r"\1", line["path"]): line["contents"]["pose_probes"]
        for line in lines
        if line["type"] == "dandiset"
    }


def numbers(probes: dict[str, Any]) -> tuple[int, int, int, dict[str, int]]:
    """Return how many recordings hold pose, were probed, were read, and were not probed."""
    return (probes["with_pose"], probes["probed"], probes["read_whole"], probes["not_probed"])


def test_a_whole_archive(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    outcome = audit(audited, output)

    lines = lines_of(output)
    assert outcome.code == 1
    found = [line["path"] for line in lines if line["type"] == "file"]
    posed = audited.address(audited.posed)
    assert found == [
        *(
            f"{posed}/{FIRST.replace('0001', f'{number:04}')}"
            for number in range(1, POSE_RECORDINGS + 1)
        ),
        f"{audited.address(audited.odd)}/{FIRST}",
    ]
    probes = probes_by_dandiset(lines)
    assert {name: numbers(each) for name, each in probes.items()} == {
        audited.posed: (4, 4, 0, {"zarr": 1, "not-candidate": 1}),
        audited.unposed: (0, 2, 0, {"not-candidate": 1}),
        audited.odd: (1, 2, 1, {}),
        audited.empty: (0, 0, 0, {}),
    }
    codes = {finding["code"] for line in lines for finding in line.get("findings", ())}
    assert codes == {"FIL004", "LAY007"}  # the odd one carries no specifications


def test_what_it_asks_of_the_archive(audited: Audited, tmp_path: Path) -> None:
    audit(audited, tmp_path / "audit.jsonl")
    log = audited.archive.log
    assert {entry.agent for entry in log.entries()} == {AGENT}
    assert {entry.side for entry in log.entries()} == {"api", "s3"}
    assert len(log.entries("GET", r"/api/dandisets/\?")) == 1
    listed = [entry.path.split("/")[3] for entry in log.entries("GET", "/assets/[?]")]
    assert sorted(listed) == sorted([audited.posed, audited.unposed, audited.odd, audited.empty])
    assert audited.downloads_of(audited.posed, OF_NEURONS) == 0
    for number in (1, 2):
        path = f"sub-{number}/sub-{number}_behavior.nwb"
        assert audited.downloads_of(audited.unposed, path) == 1
        assert 1 <= audited.ranges_of(audited.unposed, path) <= 3
    assert not log.sent()


def test_all_can_be_probed(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    audit(audited, output, "--probe-all")
    probes = probes_by_dandiset(lines_of(output))
    assert numbers(probes[audited.posed]) == (4, 5, 0, {"zarr": 1})
    assert numbers(probes[audited.unposed]) == (0, 3, 0, {})


def test_of_named_dandisets_every_recording_is_probed(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    named = [audited.address(each) for each in (audited.unposed, audited.posed, audited.hidden)]
    outcome = audit(audited, output, *named)
    probes = probes_by_dandiset(lines_of(output))
    assert list(probes) == [audited.unposed, audited.posed, audited.hidden]
    assert numbers(probes[audited.unposed]) == (0, 3, 0, {})
    assert numbers(probes[audited.posed]) == (4, 5, 0, {"zarr": 1})
    assert probes[audited.hidden]["not_listed"] == "embargoed"
    said = f"Not listed: 1 dandiset under embargo, not shown to you: {audited.hidden}."
    assert said in outcome.stdout
    assert "Not probed: 1 recording stored as Zarr." in outcome.stdout


def test_of_a_folder_the_others_are_counted(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    audit(audited, output, f"{audited.address(audited.unposed)}/sub-1/")
    probes = probes_by_dandiset(lines_of(output))
    assert numbers(probes[audited.unposed]) == (0, 1, 0, {"not-named": 2})


def test_an_owner_audits_embargoed_dandisets(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    outcome = audit(audited, output, env={audited.archive.token_variable: audited.archive.token})
    probes = probes_by_dandiset(lines_of(output))
    assert numbers(probes[audited.hidden]) == (1, 1, 0, {})
    kept = output.with_name("audit.jsonl.resume.sqlite").read_bytes()
    for said in (outcome.stdout, outcome.stderr, output.read_text(), kept.decode("latin-1")):
        assert audited.archive.token not in said


def test_the_saved_report_makes_the_table(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    first = audit(audited, output)
    again = posecheck("report", output)
    assert again.code == 1
    rows = [line.split() for line in again.stdout.splitlines() if line.startswith("0000")]
    assert [row[:7] for row in rows] == [
        [f"{audited.posed}@draft", "4", "4", "2", "1", "0", "0"],
        [f"{audited.odd}@draft", "1", "2", "0", "0", "≤", "1"],
    ]
    assert "LAY007 × 1" in again.stdout
    sentences = [line for line in again.stdout.splitlines() if line.startswith(("Of ", "Not "))]
    assert sentences == [
        "Of 8 recordings that were probed in 4 dandisets, 5 hold pose.",
        "Not probed: 2 recordings with a path that suggests no pose (--probe-all probes all), 1 "
        "recording stored as Zarr.",
    ]
    assert all(line in first.stdout for line in sentences)


def test_where_there_is_none_nothing_was_checked(audited: Audited, tmp_path: Path) -> None:
    outcome = audit(audited, tmp_path / "audit.jsonl", audited.address(audited.unposed))
    assert outcome.code == 2
    assert "No recording with pose was found, and nothing was checked." in outcome.stdout
    assert "no recording with pose was found to check" in outcome.stderr


def test_the_second_run_asks_for_the_listings_alone(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    audit(audited, output)
    before = lines_of(output)
    audited.archive.log.clear()
    audit(audited, output)
    assert lines_of(output) == before
    log = audited.archive.log
    assert not [entry for entry in log.entries() if entry.side == "s3"]
    assert not log.entries("GET", "/download/")
    assert len(log.entries("GET", "/assets/[?]")) == 4


def test_other_rules_take_no_verdicts_and_all_negatives(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    audit(audited, output)
    audited.archive.log.clear()
    audit(audited, output, "--ignore", "LAY007")
    codes = {each["code"] for line in lines_of(output) for each in line.get("findings", ())}
    assert "LAY007" not in codes
    assert audited.downloads_of(audited.posed, FIRST) >= 1
    assert audited.downloads_of(audited.unposed, "sub-1/sub-1_behavior.nwb") == 0


def test_another_listing_takes_no_verdicts(audited: Audited, tmp_path: Path, folder: Path) -> None:
    """What a reference leads to may have come since."""
    output = tmp_path / "audit.jsonl"
    audit(audited, output)
    from tests.archive.sending import send  # noqa: PLC0415 - beside what it is for

    missing = "sub-mouse01/sub-mouse01_ses-0002_behavior/sub-mouse01_ses-0002_camera.mp4"
    (other,) = folder.glob("posed/*/*/*ses-0003_camera.mp4")
    send(audited.archive, audited.posed, missing, [other.read_bytes() + b"\0\0\0\x09freeY"])
    audit(audited, output)
    codes = {each["code"] for line in lines_of(output) for each in line.get("findings", ())}
    assert "LAY007" not in codes


def test_known_findings_of_an_archive_do_not_count(audited: Audited, tmp_path: Path) -> None:
    output, baseline = tmp_path / "audit.jsonl", tmp_path / "baseline.toml"
    assert audit(audited, output, "--write-baseline", str(baseline)).code == 0
    assert "LAY007" in baseline.read_text()
    again = audit(audited, output, "--baseline", str(baseline))
    assert again.code == 0
    assert "no new findings" in again.stdout
    (known,) = [
        finding
        for line in lines_of(output)
        for finding in line.get("findings", ())
        if finding["code"] == "LAY007"
    ]
    assert known["suppression"]["by"] == "baseline"


def test_bytes_that_do_not_come_are_told_and_asked_for_again(
    audited: Audited, tmp_path: Path
) -> None:
    output = tmp_path / "audit.jsonl"
    asset = audited.archive.assets(audited.posed)[FIRST]
    audited.archive.faults.add(Fault(path=f"/assets/{asset.asset_id}/download/", status=404))
    outcome = audit(audited, output)
    probes = probes_by_dandiset(lines_of(output))[audited.posed]
    assert numbers(probes) == (3, 3, 0, {"zarr": 1, "failed": 1, "not-candidate": 1})
    (failure,) = probes["failures"]
    assert failure.startswith(f"{audited.address(audited.posed)}/{FIRST}: ")
    assert f"Failed: {failure}" in outcome.stdout
    audited.archive.faults.clear()
    audit(audited, output)
    probes = probes_by_dandiset(lines_of(output))[audited.posed]
    assert numbers(probes) == (4, 4, 0, {"zarr": 1, "not-candidate": 1})


def test_a_dandiset_that_is_gone_does_not_end_the_run(audited: Audited, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    audited.archive.faults.add(
        Fault(path=f"/dandisets/{audited.unposed}/versions/draft/assets/", status=404)
    )
    outcome = audit(audited, output)
    probes = probes_by_dandiset(lines_of(output))
    assert probes[audited.unposed]["not_listed"] == "failed"
    assert probes[audited.posed]["with_pose"] == POSE_RECORDINGS
    assert "1 dandiset that the archive did not answer for" in outcome.stdout


def test_requests_keep_to_the_bound(audited: Audited, tmp_path: Path) -> None:
    began = time.monotonic()
    audit(audited, tmp_path / "audit.jsonl", speed=("--max-requests-per-second", "20"))
    times = sorted(entry.arrived for entry in audited.archive.log.entries())
    # That it takes so long at least holds on every machine, however slow.
    assert times[-1] - began >= (len(times) - 1) / 20
    most = max(sum(start <= each < start + 1 for each in times) for start in times)
    assert most <= 20 + 6


@pytest.fixture
def started(audited: Audited, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start runs that are still there when a test goes on."""
    running: list[subprocess.Popen[bytes]] = []

    def start(output: Path) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                *(*COMMAND, "validate", audited.whole, "--with-pose", "--isolated"),
                *("--engine", "pose", "--output", f"json-lines={output}"),
                *("--max-requests-per-second", "40"),
            ],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def wait_for_requests(audited: Audited, process: subprocess.Popen[bytes], count: int) -> bool:
    """Wait until so many bytes were asked for; return whether the run is still there."""
    until = time.monotonic() + 60
    while len(audited.archive.log.entries("GET", "/download/")) < count:
        if process.poll() is not None:
            return False
        assert time.monotonic() < until, "nothing was asked for in a minute"
        time.sleep(0.005)
    return process.poll() is None


def test_a_run_that_is_killed_goes_on(
    audited: Audited,
    tmp_path: Path,
    started: Callable[..., subprocess.Popen[bytes]],
) -> None:
    whole = tmp_path / "whole.jsonl"
    audit(audited, whole)
    audited.archive.log.clear()
    output = tmp_path / "audit.jsonl"
    kills = 0
    for count in itertools.count(2, 4):
        process = started(output)
        if wait_for_requests(audited, process, count):
            process.kill()
            process.wait()
            kills += 1
            assert not output.exists()
            continue
        assert process.wait(60) == 1
        break
    assert kills >= 2
    assert lines_of(output) == lines_of(whole)
    # What was known is not asked for again: at most the one that a kill interrupted, for each.
    path = "sub-1/sub-1_behavior.nwb"
    assert audited.downloads_of(audited.unposed, path) <= 2
    total = len(audited.archive.log.entries("GET", "/download/"))
    audited.archive.log.clear()
    audit(audited, tmp_path / "other.jsonl")
    assert total <= len(audited.archive.log.entries("GET", "/download/")) + 4 * kills


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT of another process")
def test_an_interrupted_run_says_how_to_go_on(
    audited: Audited,
    tmp_path: Path,
    started: Callable[..., subprocess.Popen[bytes]],
) -> None:
    output = tmp_path / "audit.jsonl"
    process = started(output)
    assert wait_for_requests(audited, process, 3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    text = " ".join(said.decode().split())
    assert "interrupted" in text
    assert "audit.jsonl.resume.sqlite" in text
    assert "the same command goes on from there" in text
    assert "Traceback" not in text


def other_database(path: Path) -> None:
    """Write a database of another program."""
    connection = sqlite3.connect(path)
    connection.execute("create table bookmarks (url text)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "write", [other_database, lambda path: path.write_bytes(b"SQLite format 3\0" + b"\x07" * 5000)]
)
def test_what_lies_in_the_place_of_the_kept_is_left_alone(
    audited: Audited, tmp_path: Path, write: Callable[[Path], object]
) -> None:
    output = tmp_path / "audit.jsonl"
    kept = tmp_path / "audit.jsonl.resume.sqlite"
    write(kept)
    before = kept.read_bytes()
    outcome = audit(audited, output)
    assert outcome.code == 2
    assert "is left alone" in outcome.stderr
    assert kept.read_bytes() == before
    assert not output.exists()
    assert not audited.archive.log.entries()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{whole}",), "--with-pose"),
        (("--with-pose",), "--with-pose looks for pose in dandisets of an archive"),
        (("{folder}", "--with-pose"), "is none"),
        (("https://example.org/a.nwb", "--with-pose"), "is none"),
        (("{whole}/000001", "--probe-all"), "--probe-all belongs to --with-pose"),
        (("{whole}/000099", "--with-pose"), "has no dandiset 000099"),
        (("{whole}/000001@0.1.2", "--with-pose"), "has no version 0.1.2"),
        (("{whole}", "--with-pose", "--select", "NOPE"), "NOPE"),
        (("{whole}", "--max-requests-per-second", "0"), "is no number of"),
    ],
)
def test_what_cannot_be_audited_is_a_sentence(
    audited: Audited, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    places = {"whole": audited.whole, "folder": str(tmp_path)}
    outcome = posecheck("validate", *(each.format(**places) for each in arguments), cwd=tmp_path)
    assert outcome.code == 2
    assert said in " ".join(outcome.stderr.split())
    assert "Traceback" not in outcome.stderr


def test_without_an_output_it_is_said_that_nothing_is_kept(
    audited: Audited, tmp_path: Path
) -> None:
    outcome = posecheck(
        "validate", audited.address(audited.odd), "--with-pose", *FAST, cwd=tmp_path
    )
    assert "without --output json-lines=FILE nothing is kept" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


class Phases(ProgressListener):
    """Keeps how far a run said that it was."""

    def __init__(self) -> None:
        self.phases: list[str] = []

    def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
        self.phases.append(phase)


def test_python_searches_too(audited: Audited, tmp_path: Path) -> None:
    phases = Phases()
    report = package.validate(
        audited.whole,
        with_pose=True,
        resume_file=tmp_path / "known.sqlite",
        max_requests_per_second=1000,
        engines=("pose",),
        isolated=True,
        progress=phases,
    )
    assert len(report.files) == POSE_RECORDINGS + 1
    contents = report.dandisets[0].contents
    assert contents is not None
    assert contents.pose_probes is not None
    assert contents.pose_probes.not_probed == {NotProbed.NOT_CANDIDATE: 1, NotProbed.ZARR: 1}
    assert package.Report.from_dict(report.to_dict()) == report
    searching = [phase for phase in phases.phases if phase.startswith("Searching for pose")]
    assert searching[0].endswith(": 0/4 dandisets, 0 candidates, 0 probed")
    assert searching[-1].endswith(": 4/4 dandisets, 8 candidates, 8 probed")
