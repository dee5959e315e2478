"""The options of ``posecheck validate``, as they change what is run and what is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import posecheck, validate
from tests.recordings.defects import DEFECTS, plant
from tests.recordings.planted import write_planted

BY_ID = {defect.id: defect for defect in DEFECTS}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_planted(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def absolute(careful: Path, tmp_path: Path) -> Path:
    """A recording whose only error is VID003."""
    return plant(careful, tmp_path / "absolute", BY_ID["path-posix-absolute"])


@pytest.fixture
def peaks(careful: Path, tmp_path: Path) -> Path:
    """A recording whose only finding is the warning CNF001."""
    return plant(careful, tmp_path / "peaks", BY_ID["confidence-peaks"])


class TestSelection:
    def test_select_runs_a_family_only(self, planted: Path) -> None:
        outcome = validate(planted, "--select", "NOD")
        assert outcome.codes() == {"NOD001", "NOD002", "NOD003", "NOD004", "NOD011"} | (
            outcome.codes() & {"NOD007", "NOD024"}
        )

    def test_select_takes_codes_joined_and_repeated(self, planted: Path) -> None:
        outcome = validate(planted, "--select", "NOD003,CNF007", "--select", "TIM002")
        assert outcome.codes() == {"NOD003", "CNF007", "TIM002"}

    def test_select_takes_names(self, planted: Path) -> None:
        assert validate(planted, "--select", "duplicate-node").codes() == {"NOD003"}

    def test_ignore_takes_away(self, absolute: Path) -> None:
        assert validate(absolute).code == 1
        outcome = validate(absolute, "--ignore", "VID003")
        assert "VID003" not in outcome.codes()
        assert outcome.code == 0

    def test_extend_select_adds(self, planted: Path) -> None:
        outcome = validate(planted, "--select", "CNF007", "--extend-select", "NOD003")
        assert outcome.codes() == {"CNF007", "NOD003"}

    @pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select"])
    def test_unknown_code_is_a_mistake(self, planted: Path, option: str) -> None:
        outcome = validate(planted, option, "VID999")
        assert outcome.code == 2
        assert "VID999" in outcome.stderr

    def test_nothing_left_to_run_is_a_mistake(self, planted: Path) -> None:
        assert validate(planted, "--select", "VID003", "--ignore", "VID003").code == 2

    def test_selection_does_not_hide_an_unreadable_file(self, tmp_path: Path) -> None:
        (tmp_path / "broken.nwb").write_bytes(b"")
        outcome = validate(tmp_path, "--select", "NOD")
        assert outcome.code != 0, "a gate that checks nothing must not pass"


class TestFailOn:
    def test_warning_passes_by_default(self, peaks: Path) -> None:
        outcome = validate(peaks)
        assert outcome.codes() == {"CNF001"}
        assert outcome.code == 0

    @pytest.mark.parametrize(("level", "code"), [("warning", 1), ("hint", 1), ("error", 0)])
    def test_level_decides(self, peaks: Path, level: str, code: int) -> None:
        assert validate(peaks, "--fail-on", level).code == code

    def test_never_passes_with_errors(self, absolute: Path) -> None:
        outcome = validate(absolute, "--fail-on", "never")
        assert "VID003" in outcome.codes()
        assert outcome.code == 0


class TestOutput:
    def test_paths_are_relative_to_where_the_user_stands(self, absolute: Path) -> None:
        outcome = validate("sub-mouse01", cwd=absolute.parents[1])
        (file,) = outcome.report["files"]
        assert file["path"] == f"sub-mouse01/{absolute.name}"

    def test_output_file_receives_the_report(self, absolute: Path, tmp_path: Path) -> None:
        target = tmp_path / "report.json"
        outcome = posecheck("validate", absolute, "--isolated", "--output", f"json={target}")
        assert outcome.code == 1
        assert "1 error" in outcome.stdout
        assert "1 finding at or above --fail-on error." in outcome.stdout
        report = json.loads(target.read_text(encoding="utf-8"))
        assert {finding["code"] for finding in report["findings"]} == {"VID003"}

    def test_output_file_in_a_folder_that_is_not_there(
        self, absolute: Path, tmp_path: Path
    ) -> None:
        outcome = validate(absolute, "--output", f"csv={tmp_path / 'gone' / 'report.csv'}")
        assert outcome.code == 2
        assert "gone" in outcome.stderr
        assert "Traceback" not in outcome.stderr

    def test_terminal_says_what_where_and_the_remedy(self, absolute: Path) -> None:
        outcome = posecheck("validate", absolute.name, "--isolated", cwd=absolute.parent)
        assert "VID003 external-file-absolute" in outcome.stdout
        assert "/data/lab/camera.mp4" in outcome.stdout
        assert "/acquisition/camera_video" in outcome.stdout
        assert "→" in outcome.stdout
        assert "\x1b" not in outcome.stdout

    def test_series_are_grouped_and_verbose_spells_them_out(
        self, careful: Path, tmp_path: Path
    ) -> None:
        path = plant(careful, tmp_path / "px", BY_ID["unit-px"])
        grouped = posecheck("validate", path, "--isolated").stdout
        verbose = posecheck("validate", path, "--isolated", "-v").stdout
        assert "× 4" in grouped
        assert len(verbose.splitlines()) > len(grouped.splitlines())

    def test_quiet_shows_only_what_fails(self, careful: Path, absolute: Path, peaks: Path) -> None:
        outcome = posecheck("validate", careful, absolute, peaks, "--isolated", "-q")
        assert "VID003" in outcome.stdout
        assert "CNF001 " not in outcome.stdout.split("Checked")[0]

    def test_quiet_and_verbose_are_a_mistake(self, careful: Path) -> None:
        assert posecheck("validate", careful, "-q", "-v").code == 2

    def test_json_is_the_same_for_any_number_of_jobs(self, careful: Path, tmp_path: Path) -> None:
        for defect in DEFECTS[:8]:
            plant(careful, tmp_path / defect.id, defect)
        one, three = (
            validate(".", "--no-cache", "--jobs", jobs, cwd=tmp_path).report for jobs in ("1", "3")
        )
        for report in (one, three):
            del report["seconds"]
            for checked in (*report["files"], *report["dandisets"]):
                del checked["seconds"]
        assert one == three

    @pytest.mark.slow
    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
    def test_any_encoding_of_the_terminal_will_do(self, absolute: Path, encoding: str) -> None:
        outcome = posecheck(
            "validate", absolute, "--isolated", env={"PYTHONIOENCODING": f"{encoding}:strict"}
        )
        assert outcome.code == 1
        assert outcome.stderr == ""


class TestLimitsAsTyped:
    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("--file-timeout", "0"),
            ("--file-timeout", "soon"),
            ("--file-timeout", "nan"),
            ("--file-memory", "lots"),
            ("--file-memory", "-1"),
            ("--jobs", "0"),
            ("--fail-on", "sometimes"),
            ("--output", "xml"),
        ],
    )
    def test_nonsense_is_a_mistake(self, careful: Path, option: str, value: str) -> None:
        outcome = posecheck("validate", careful, option, value)
        assert outcome.code == 2
        assert "Traceback" not in outcome.stderr


class TestUnfetched:
    @pytest.fixture
    def annexed(self, careful: Path, tmp_path: Path) -> Path:
        """A clone of a datalad dataset: the file is a link into an annex that has no content."""
        folder = tmp_path / "dataset"
        (folder / ".git" / "annex" / "objects").mkdir(parents=True)
        key = "MD5E-s241320--0123456789abcdef0123456789abcdef.nwb"
        target = Path("..", ".git", "annex", "objects", "aa", "bb", key, key)
        (folder / "sub-mouse01").mkdir()
        (folder / "sub-mouse01" / careful.name).symlink_to(target)
        return folder

    def test_nothing_at_hand_does_not_pass(self, annexed: Path, careful: Path) -> None:
        outcome = validate(annexed)
        assert outcome.codes() == {"FIL009"}
        assert outcome.status(careful.name) == "not-fetched"
        assert outcome.code == 2
        assert "--allow-unfetched" in outcome.stderr

    def test_allow_unfetched_lets_it_pass(self, annexed: Path) -> None:
        outcome = validate(annexed, "--allow-unfetched")
        assert outcome.code == 0

    def test_one_file_at_hand_is_something_checked(self, annexed: Path, careful: Path) -> None:
        shutil.copytree(careful.parents[1], annexed / "more")
        assert validate(annexed).code == 0

    @pytest.mark.parametrize("wanted", ["all", "0.51", "51%"])
    def test_more_content_can_be_required(self, annexed: Path, careful: Path, wanted: str) -> None:
        shutil.copytree(careful.parents[1], annexed / "more")
        outcome = validate(annexed, "--require-content", wanted)
        assert outcome.code == 2
        assert "the content of 1 of 2 files is at hand" in " ".join(outcome.stderr.split())
        assert validate(annexed, "--require-content", "50%").code == 0
        assert validate(annexed / "more", "--require-content", wanted).code == 0

    @pytest.mark.parametrize("wanted", ["0", "1.5", "most", "-1", "101%", "nan"])
    def test_a_fraction_that_is_none_is_a_mistake(self, annexed: Path, wanted: str) -> None:
        assert validate(annexed, f"--require-content={wanted}").code == 2
