"""A file is read through its source alone, wherever it lies."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.recordings.written import FRAMES, STEM, VIDEO, write_recording
from tests.sources.memory_source import MemorySource

from posecheck.catalog import load_catalog
from posecheck.engine.file_check import FileJob, check_file, describe_file
from posecheck.engine.rule_set import build_rule_set
from posecheck.engine.validator_run import ELSEWHERE, ValidatorSelection
from posecheck.model.finding import Origin
from posecheck.model.report import FileReport
from posecheck.sources.local_source import LocalSource
from posecheck.sources.source import FileKind, Source
from posecheck.validators.registry import create_validators

RULES = [rule for rule in load_catalog(with_cases=False) if not rule.is_of_archive]
RULE_SET = build_rule_set(RULES, {}, Origin("posecheck", "0"))
NWB = f"{STEM}.nwb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("recording")).parent


@pytest.fixture(scope="module")
def files(folder: Path) -> Mapping[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (NWB, VIDEO)}


def check(source: Source, selection: ValidatorSelection | None = None) -> FileReport:
    return check_file(FileJob(source=source), rule_set=RULE_SET, selection=selection).report


def test_a_file_that_is_not_on_this_machine_is_checked_with_its_video(
    folder: Path, files: Mapping[str, bytes]
) -> None:
    here, there = check(LocalSource.at(folder / NWB)), check(MemorySource(NWB, files))
    assert there.path == f"memory:{NWB}"
    assert [found.code for found in there.findings] == [found.code for found in here.findings]
    (video,) = describe_file(FileJob(source=MemorySource(NWB, files))).videos
    assert video.external_files is not None
    facts = video.external_files[0].video
    assert facts is not None
    assert facts.frames == FRAMES


def test_a_reference_to_nothing_is_reported_wherever_the_file_lies(
    folder: Path, files: Mapping[str, bytes]
) -> None:
    alone = {NWB: files[NWB]}
    assert "VID002" in {found.code for found in check(MemorySource(NWB, alone)).findings}
    # Without its folder, the video lies beside the NWB file.
    moved = {NWB: files[NWB], VIDEO.rpartition("/")[2]: files[VIDEO]}
    (video,) = describe_file(FileJob(source=MemorySource(NWB, moved))).videos
    assert video.external_files is not None
    target = video.external_files[0].target
    assert target is not None
    assert target.candidate is not None
    assert target.candidate.path == (VIDEO.rpartition("/")[2],)


@pytest.mark.slow
def test_a_validator_that_needs_a_path_is_skipped_with_the_reason(
    files: Mapping[str, bytes],
) -> None:
    validators = create_validators()
    report = check(MemorySource(NWB, files), ValidatorSelection(validators=validators))
    reasons = {skip.code: skip.reason for skip in report.skipped}
    assert reasons["layout"] == ELSEWHERE
    assert not reasons.keys() & {"schema", "inspector"}
    assert not {found.code for found in report.findings} & {"internal-error", "NWBI.unreadable"}


def test_a_local_source_is_a_small_value(tmp_path: Path) -> None:
    source = LocalSource.at(tmp_path / "A.NWB", "A.NWB")
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301 - its own
    assert (source.name, source.suffix, source.path) == ("A.NWB", ".nwb", tmp_path / "A.NWB")
    assert source.stamp() is None
    source.path.write_bytes(b"abc")
    before = source.stamp()
    assert before is not None
    assert before.size == 3
    source.path.write_bytes(b"abcd")
    assert source.stamp() != before
    assert LocalSource.at(tmp_path).status().kind is FileKind.FOLDER


@pytest.mark.parametrize("name", ["a\0b.mp4", "a\udc80.mp4"])
def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there(
    tmp_path: Path, name: str
) -> None:
    assert LocalSource.at(tmp_path / name).stamp() is None


if hasattr(os, "mkfifo"):  # Windows has nothing of the kind

    def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.nwb")
        source = LocalSource.at(tmp_path / "pipe.nwb")
        assert source.status().kind is FileKind.OTHER
        with source.open() as file:
            assert file.read(1) == b""
