"""What is missing, broken or boundless costs one finding in words, and never the other files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome, posecheck, validate
from tests.recordings.corrupt import (
    UNREADABLE,
    write_flipped,
    write_plain_hdf5,
    write_unreadable,
    write_zeroed_tail,
)
from tests.recordings.limits import (
    SERIES,
    outcome_of_plain_reading,
    write_crash_in_attribute,
    write_crash_in_filter,
    write_endless,
    write_hang_in_heap,
    write_huge_chunk,
    write_memory_bomb,
)
from tests.recordings.written import STEM

pytestmark = pytest.mark.slow


class TestNothingToCheck:
    def test_missing_path_is_a_mistake(self, tmp_path: Path) -> None:
        outcome = posecheck("validate", "nowhere.nwb", cwd=tmp_path)
        assert outcome.code == 2
        assert "nowhere.nwb" in outcome.stderr
        assert outcome.stdout == ""

    def test_empty_folder_is_a_mistake(self, tmp_path: Path) -> None:
        outcome = posecheck("validate", tmp_path)
        assert outcome.code == 2
        assert outcome.stderr.startswith("posecheck: ")
        assert "Traceback" not in outcome.stderr

    def test_missing_path_beside_a_good_one_is_a_mistake(
        self, careful: Path, tmp_path: Path
    ) -> None:
        outcome = posecheck("validate", careful, "gone", cwd=tmp_path)
        assert outcome.code == 2
        assert "gone" in outcome.stderr


@pytest.fixture(scope="module")
def outcome(careful: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("unreadable")
    write_unreadable(careful, folder)
    write_plain_hdf5(folder / "plain-hdf5.nwb")
    shutil.copytree(careful.parents[1], folder / "good")
    return validate(".", cwd=folder)


class TestUnreadable:
    @pytest.mark.parametrize("name", UNREADABLE)
    def test_file_is_reported_in_words(self, outcome: Outcome, name: str) -> None:
        assert outcome.codes(f"{name}.nwb") == {"FIL001"}
        assert outcome.status(f"{name}.nwb") == "unreadable"
        _, word = UNREADABLE[name]
        assert word in outcome.message("FIL001", f"{name}.nwb")

    def test_plain_hdf5_is_not_nwb(self, outcome: Outcome) -> None:
        assert outcome.codes("plain-hdf5.nwb") == {"FIL002"}

    def test_good_file_beside_them_is_checked(self, outcome: Outcome) -> None:
        assert outcome.status(f"{STEM}.nwb") == "checked"
        assert outcome.codes(f"{STEM}.nwb") == set()

    def test_run_fails(self, outcome: Outcome) -> None:
        assert outcome.code == 1
        assert outcome.stderr == ""


def test_zeroed_tail_is_an_error(careful: Path, beside_video: Path) -> None:
    outcome = validate(write_zeroed_tail(careful, beside_video / "zeroed.nwb"))
    assert outcome.code == 1


def test_flipped_bytes_never_fail_posecheck(careful: Path, beside_video: Path) -> None:
    paths = write_flipped(careful, beside_video, count=60, seed=8)
    outcome = validate(beside_video, "--file-timeout", "10", "--file-memory", "1GB")
    assert len(outcome.report["files"]) == len(paths)
    assert "internal-error" not in outcome.codes(), outcome.message("internal-error")
    assert outcome.code in {0, 1}


class TestLibraryCrash:
    """A file that kills whoever reads it through HDF5 kills one worker."""

    def test_crash_in_a_filter_costs_one_file(self, careful: Path, beside_video: Path) -> None:
        path = write_crash_in_filter(careful, beside_video / "a-crash.nwb")
        shutil.copyfile(careful, beside_video / "b-good.nwb")
        assert outcome_of_plain_reading(path, f"file[{SERIES!r}][()]") == "killed"
        outcome = validate(beside_video, "--jobs", "1")
        assert outcome.code == 1
        assert outcome.codes("a-crash.nwb") == {"FIL014"}
        assert outcome.status("a-crash.nwb") == "crashed"
        assert outcome.codes("b-good.nwb") == set()

    def test_crash_in_an_attribute_costs_at_most_one_file(
        self, careful: Path, beside_video: Path
    ) -> None:
        path = write_crash_in_attribute(careful, beside_video / "a-crash.nwb")
        shutil.copyfile(careful, beside_video / "b-good.nwb")
        assert outcome_of_plain_reading(path, "file.attrs['nwb_version']") == "killed"
        outcome = validate(beside_video, "--jobs", "1")
        assert outcome.code == 1
        assert outcome.codes("a-crash.nwb") <= {"FIL001", "FIL002", "FIL014"}
        assert outcome.codes("b-good.nwb") == set()


class TestLimits:
    @pytest.mark.parametrize("write", [write_hang_in_heap, write_endless])
    def test_file_without_end_is_stopped(
        self,
        careful: Path,
        beside_video: Path,
        write: Callable[[Path, Path], Path],
    ) -> None:
        write(careful, beside_video / "a-endless.nwb")
        shutil.copyfile(careful, beside_video / "b-good.nwb")
        outcome = validate(beside_video, "--file-timeout", "3", "--jobs", "1", seconds=60)
        assert outcome.code == 1
        assert outcome.codes("a-endless.nwb") == {"FIL013"}
        assert outcome.status("a-endless.nwb") == "timed-out"
        assert "3 seconds" in outcome.message("FIL013")
        assert outcome.codes("b-good.nwb") == set()

    def test_file_that_needs_too_much_memory_is_stopped(
        self, careful: Path, beside_video: Path
    ) -> None:
        write_huge_chunk(careful, beside_video / "a-bomb.nwb", size=768 << 20)
        shutil.copyfile(careful, beside_video / "b-good.nwb")
        outcome = validate(beside_video, "--file-memory", "300MB", "--jobs", "1")
        assert outcome.code == 1
        assert outcome.codes("a-bomb.nwb") == {"FIL014"}
        assert "memory" in outcome.message("FIL014")
        assert outcome.codes("b-good.nwb") == set()

    def test_chunk_that_lies_about_its_size_is_an_error(
        self, careful: Path, beside_video: Path
    ) -> None:
        write_memory_bomb(careful, beside_video / "a-bomb.nwb")
        outcome = validate(beside_video, "--file-memory", "300MB")
        assert outcome.code == 1
        assert outcome.codes("a-bomb.nwb", "error") <= {"FIL001", "FIL014"}

    @pytest.mark.slow
    def test_chunk_of_gigabytes_is_not_read(self, careful: Path, beside_video: Path) -> None:
        write_huge_chunk(careful, beside_video / "huge.nwb")
        outcome = validate(beside_video, "--file-memory", "1GB")
        assert outcome.status("huge.nwb") == "checked"
        assert any("chunk" in skipped["reason"] for skipped in outcome.report["skipped"])
