"""The check afterwards: as the one before, and a file that is not as planned is undone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import h5py
import numpy as np
import pytest
from tests.end_to_end.command import posecheck, validate
from tests.end_to_end.fix.faulty import UNIT, copy_sessions, fix, flat, unit_of
from tests.end_to_end.organize.dandisets import snapshot
from tests.recordings.written import BEHAVIOR, CAMERA_VIDEO, POSE, SKELETON, VIDEO, write_video

pytestmark = pytest.mark.slow

SIZE = f"{CAMERA_VIDEO}/dimension"


@pytest.fixture
def wrong_sizes(careful: Path, tmp_path: Path) -> list[Path]:
    """Two recordings that say their video is of another size, each with a video of its own."""
    paths = []
    for name in ("one", "two"):
        (path,) = copy_sessions(careful, tmp_path / "lab" / name, 1)
        with h5py.File(path, "r+") as file:
            file[SIZE][...] = [640, 480]
        paths.append(path)
    return paths


def size_of(path: Path) -> list[int]:
    with h5py.File(path, "r") as file:
        return [int(value) for value in file[SIZE][...]]


def exchange_video(path: Path, tmp_path: Path) -> None:
    """Put a video of another size in the place of a recording's own."""
    other = tmp_path / "other.mp4"
    write_video(other)
    target = path.parent / VIDEO
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 128, 32, "yuv420p"
        picture = np.full((32, 128, 3), 200, np.uint8)
        for _ in range(120):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


class TestNotAsPlanned:
    def test_only_the_file_whose_finding_still_stands_is_undone(
        self, wrong_sizes: list[Path], tmp_path: Path
    ) -> None:
        one, two = wrong_sizes
        content = one.read_bytes()
        made = fix("lab", "-n", "--unsafe-fixes", "--plan-file", "plan.json", cwd=tmp_path)
        assert made.code == 0
        assert "2 fixes with an assumption in 2 of 2 files." in made.stdout
        exchange_video(one, tmp_path)
        outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
        assert outcome.code == 1, outcome.stdout + outcome.stderr
        text = flat(outcome.stdout)
        assert f"! {one.relative_to(tmp_path)}: is again what it was: VID018" in text
        assert "1 finding fixed in 1 file" in text
        assert one.read_bytes() == content
        assert size_of(two) == [96, 64]
        undone = fix("--undo", "lab", cwd=tmp_path)
        assert undone.code == 0, undone.stderr
        assert size_of(two) == [640, 480]
        assert one.read_bytes() == content

    def test_where_no_file_is_as_planned_nothing_is_left_of_the_run(
        self, wrong_sizes: list[Path], tmp_path: Path
    ) -> None:
        assert (
            fix("lab", "-n", "--unsafe-fixes", "--plan-file", "plan.json", cwd=tmp_path).code == 0
        )
        for path in wrong_sizes:
            exchange_video(path, tmp_path)
        before = snapshot(tmp_path)
        outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        assert flat(outcome.stdout).count("is again what it was") == 2
        assert "To undo it" not in outcome.stdout
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "lab" / ".posecheck").exists()

    def test_a_new_error_undoes_the_file(self, careful: Path, tmp_path: Path) -> None:
        (path,) = copy_sessions(careful, tmp_path / "dandiset", 1)
        with h5py.File(path, "r+") as file:
            file[UNIT].attrs["unit"] = "px"
        content = path.read_bytes()
        assert fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path).code == 0
        (path.parent / VIDEO).unlink()
        outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
        assert outcome.code == 1
        assert "is new" in flat(outcome.stdout)
        assert path.read_bytes() == content


class TestSameCheck:
    """Errors that are known, or that nobody asks for, are no reason to undo a file."""

    @pytest.fixture
    def without_video(self, recording: Path) -> Path:
        (recording.parent / VIDEO).unlink()
        assert "VID002" in validate(recording).codes("", "error")
        return recording

    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("--select", "UNI"),
            ("--ignore", "VID,NOD"),
            ("--per-file-ignores", "dandiset/sub-*/*.nwb:VID"),
        ],
        ids=str,
    )
    def test_what_else_is_wrong_stays(
        self, without_video: Path, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        outcome = fix("dandiset", "--yes", *options, cwd=tmp_path)
        assert outcome.code == 0, outcome.stdout
        assert unit_of(without_video) == "pixels"

    @pytest.mark.parametrize(
        "text",
        [
            'ignore = ["VID"]',
            '[per-file-ignores]\n"sub-mouse01/*.nwb" = ["VID"]',
            'select = ["UNI", "CNF"]',
        ],
    )
    @pytest.mark.parametrize("place", ["dandiset", "."])
    def test_a_configuration_counts_in_both_checks(
        self, without_video: Path, tmp_path: Path, text: str, place: str
    ) -> None:
        glob = "sub-mouse01" if place == "dandiset" else "dandiset/sub-mouse01"
        (tmp_path / place / "posecheck.toml").write_text(text.replace("sub-mouse01", glob))
        # another one, nearer to the files, does not count for who named the folder
        (without_video.parent / "posecheck.toml").write_text('select = ["ALL"]')
        made = fix("dandiset", "-n", "--plan-file", "plan.json", cwd=tmp_path)
        assert made.code == 0, made.stderr
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        outcome = fix("--from-plan", tmp_path / "plan.json", "--yes", cwd=elsewhere)
        assert outcome.code == 0, outcome.stdout
        assert unit_of(without_video) == "pixels"

    def test_globs_of_the_command_line_mean_the_folder_where_it_was_called(
        self, without_video: Path, tmp_path: Path
    ) -> None:
        made = fix(
            *("dandiset", "-n", "--plan-file", "plan.json"),
            *("--per-file-ignores", "dandiset/sub-*/*.nwb:VID"),
            cwd=tmp_path,
        )
        assert made.code == 0, made.stderr
        outcome = fix("--from-plan", tmp_path / "plan.json", "--yes", cwd=Path("/"))
        assert outcome.code == 0, outcome.stdout
        assert unit_of(without_video) == "pixels"

    def test_a_configuration_that_is_gone_stops_a_plan_before_anything_is_touched(
        self, recording: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "my.toml").write_text('ignore = ["NOD"]')
        made = fix(
            *("dandiset", "-n", "--plan-file", "plan.json", "--config", "my.toml"), cwd=tmp_path
        )
        assert made.code == 0, made.stderr
        (tmp_path / "my.toml").unlink()
        before = snapshot(tmp_path)
        outcome = fix("--from-plan", "plan.json", "--yes", cwd=tmp_path)
        assert outcome.code == 2, outcome.stdout
        assert "my.toml" in outcome.stderr
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "dandiset" / ".posecheck").exists()

    def test_what_is_ignored_is_not_fixed(self, recordings: list[Path], tmp_path: Path) -> None:
        outcome = fix(
            *("dandiset", "--yes", "--per-file-ignores", "**/*ses-001*:UNI"), cwd=tmp_path
        )
        assert outcome.code == 0, outcome.stdout + outcome.stderr
        assert [unit_of(path) for path in recordings] == ["pixels", "px", "pixels"]
        assert fix("dandiset", "--yes", "--ignore", "UNI001", cwd=tmp_path).code == 0
        assert unit_of(recordings[1]) == "px"


def test_all_validators_check_again(recording: Path, tmp_path: Path) -> None:
    """What NWB Inspector and dandi say of the fixed file is no reason to undo it."""
    outcome = posecheck("fix", "dandiset", "--yes", "--unsafe-fixes", cwd=tmp_path, seconds=300)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert unit_of(recording) == "pixels"


def test_what_could_not_be_seen_before_is_no_reason_to_undo_a_file(
    recording: Path, tmp_path: Path
) -> None:
    """pynwb does not read flat edges; once it does, NWB Inspector has something to say."""
    with h5py.File(recording, "r+") as file:
        del file[f"{SKELETON}/edges"]
        # its last edge leads from a node to itself, which shows once edges have two columns
        file[f"{SKELETON}/edges"] = np.array([0, 1, 0, 2, 3, 3], np.uint8)
        del file["general/subject/species"]
    outcome = posecheck(
        *("fix", "dandiset", "--yes", "--unsafe-fixes"),
        cwd=tmp_path,
        seconds=300,
    )
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    with h5py.File(recording, "r") as file:
        assert file[f"{SKELETON}/edges"].shape == (3, 2)


def test_the_plan_of_an_undone_file_can_be_made_again(
    wrong_sizes: list[Path], tmp_path: Path
) -> None:
    assert fix("lab", "-n", "--unsafe-fixes", "--plan-file", "plan.json", cwd=tmp_path).code == 0
    exchange_video(wrong_sizes[0], tmp_path)
    assert fix("--from-plan", "plan.json", "--yes", cwd=tmp_path).code == 1
    outcome = fix("lab", "--yes", "--unsafe-fixes", cwd=tmp_path)
    assert outcome.code == 0, outcome.stdout
    assert size_of(wrong_sizes[0]) == [128, 32]
    assert json.loads((tmp_path / "plan.json").read_text())["summary"]["fixes"] == 2
    shutil.rmtree(tmp_path / "lab" / ".posecheck")


def test_an_error_of_what_is_moved_is_no_new_one(careful: Path, tmp_path: Path) -> None:
    """A pose in a module of another name is moved; what else is wrong with it moves along."""
    (path,) = copy_sessions(careful, tmp_path / "dandiset", 1)
    with h5py.File(path, "r+") as file:
        module = file.create_group("processing/pose")
        module.attrs.update(file[BEHAVIOR].attrs)
        module.attrs["object_id"] = "3c1a2f60-6a0e-4ee1-9c3a-0c7b6f1c2d11"
        file.move(POSE, "processing/pose/PoseEstimation")
        file["processing/pose/PoseEstimation/nose/starting_time"].attrs["rate"] = 0.0
    before = validate(path)
    assert {"NOD022", "TIM008"} <= before.codes()
    assert "TIM008" in before.codes("", "error")
    outcome = fix("dandiset", "--yes", "--unsafe-fixes", "--select", "NOD022,TIM", cwd=tmp_path)
    assert outcome.code == 0, outcome.stdout
    with h5py.File(path, "r") as file:
        assert f"{POSE}/nose" in file
    after = validate(path).codes()
    assert "NOD022" not in after
    assert "TIM008" in after
