"""How the command is called: what it shows, asks, refuses, saves, and how it exits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.command import Outcome
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    organize,
    recordings,
    snapshot,
)


def lines(outcome: Outcome) -> str:
    return outcome.stdout + outcome.stderr


class TestAsking:
    def test_dry_run_shows_old_and_new_and_touches_nothing(self, lab: Path) -> None:
        before = snapshot(lab)
        outcome = organize("raw", "-d", "dandiset", "--dry-run", cwd=lab)
        assert outcome.code == 0
        assert "raw/session1.nwb → dandiset/sub-mouse01/sub-mouse01_ses-day1" in outcome.stdout
        assert "videos/top1.mp4 → sub-mouse01_ses-day1" in outcome.stdout
        assert "/acquisition/camera/external_file[0]" in outcome.stdout
        assert "3 recordings and 3 videos" in outcome.stdout
        assert outcome.stderr == ""
        assert snapshot(lab) == before

    def test_without_a_terminal_it_wants_a_word(self, lab: Path) -> None:
        before = snapshot(lab)
        outcome = organize("raw", "-d", "dandiset", cwd=lab)
        assert outcome.code == 2
        assert "--yes" in outcome.stderr
        assert "--dry-run" in outcome.stderr
        assert snapshot(lab) == before

    def test_the_dandiset_is_found_upwards(self, lab: Path) -> None:
        inside = lab / "dandiset" / "sub-mouse01"
        inside.mkdir()
        outcome = organize("../../raw", "--yes", cwd=inside)
        assert outcome.code == 0, lines(outcome)
        assert len(recordings(lab / "dandiset")) == 3
        assert_all_resolve(lab / "dandiset")


class TestNewDandiset:
    def test_a_minimal_one_is_written(self, single: Path) -> None:
        outcome = organize("raw", "-d", "new", "--new-dandiset", "000456", "--yes", cwd=single)
        assert outcome.code == 0, lines(outcome)
        assert "000456" in (single / "new" / "dandiset.yaml").read_text()
        assert_all_resolve(single / "new")

    def test_a_folder_that_is_none_is_refused(self, single: Path) -> None:
        before = snapshot(single)
        outcome = organize("raw", "-d", "raw", "--yes", cwd=single)
        assert outcome.code == 2
        assert "--new-dandiset" in outcome.stderr
        assert snapshot(single) == before

    @pytest.mark.parametrize("identifier", ["12", "draft", "000123/0.1"])
    def test_an_identifier_has_six_digits(self, single: Path, identifier: str) -> None:
        outcome = organize("raw", "-d", "new", "--new-dandiset", identifier, "--yes", cwd=single)
        assert outcome.code == 2
        assert identifier in outcome.stderr
        assert not (single / "new").exists()


class TestNothingToDo:
    def test_an_empty_folder_holds_nothing_to_organize(self, single: Path) -> None:
        (single / "empty").mkdir()
        outcome = organize("empty", "-d", "dandiset", "--yes", cwd=single)
        assert outcome.code == 2
        assert "nothing to organize: no *.nwb file in 'empty'" in outcome.stderr

    def test_an_empty_dandiset_holds_nothing_either(self, single: Path) -> None:
        outcome = organize("--yes", cwd=single / "dandiset")
        assert outcome.code == 2
        assert "nothing to organize" in outcome.stderr

    def test_a_path_that_is_not_there_is_a_mistake(self, single: Path) -> None:
        outcome = organize("gone", "-d", "dandiset", "--yes", cwd=single)
        assert outcome.code == 2
        assert "gone" in outcome.stderr


class TestElsewhere:
    """An earlier run is asked for where there is no dandiset."""

    @pytest.mark.parametrize("option", ["--resume", "--undo", "--finalize"])
    def test_what_was_named_is_to_be_corrected(self, single: Path, option: str) -> None:
        (single / "new").mkdir()
        outcome = organize(option, "-d", "new", cwd=single)
        assert outcome.code == 2
        assert "'new' is not in a dandiset: correct --dandiset" in outcome.stderr

    def test_what_was_not_is_to_be_named(self, single: Path) -> None:
        outcome = organize("--resume", cwd=single)
        assert outcome.code == 2
        assert "name the dandiset's with --dandiset DIR" in outcome.stderr


class TestMovingWhatWasCopiedBefore:
    def test_the_sources_that_stay_are_named(self, lab: Path) -> None:
        assert organize("raw", "-d", "dandiset", "--yes", cwd=lab).code == 0
        before = snapshot(lab)
        moving = ("--files", "move", "--videos", "move")
        outcome = organize("raw", "-d", "dandiset", "--yes", *moving, cwd=lab)
        assert outcome.code == 0, lines(outcome)
        assert "Nothing to do" in outcome.stdout
        said = " ".join(outcome.stdout.split())
        assert "raw/session1.nwb, raw/session2.nwb, raw/session3.nwb" in said
        assert "You can delete them" in said
        assert snapshot(lab) == before


class TestContradictions:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("raw", "--undo"), ("--undo", "PATH")),
            (("--undo", "--resume"), ("--undo", "--resume")),
            (("--resume", "--remux"), ("--resume", "--remux")),
            (("--finalize", "--dry-run"), ("--finalize", "--dry-run")),
            (("--from-plan", "p.json", "raw"), ("--from-plan", "PATH")),
            (("--from-plan", "p.json", "-d", "dandiset"), ("--from-plan", "--dandiset")),
            (("--from-plan", "p.json", "--rename"), ("--from-plan", "--rename")),
            (("raw", "-d", "dandiset", "-n", "-y"), ("--dry-run", "--yes")),
            (("raw", "-d", "dandiset", "-n", "-q", "-v"), ("--quiet", "--verbose")),
        ],
        ids=" ".join,
    )
    def test_are_refused(
        self, single: Path, arguments: tuple[str, ...], words: tuple[str, ...]
    ) -> None:
        before = snapshot(single)
        outcome = organize(*arguments, cwd=single)
        assert outcome.code == 2
        assert all(word in outcome.stderr for word in words)
        assert outcome.stdout == ""
        assert snapshot(single) == before


class TestPlanFile:
    def test_what_was_planned_is_what_is_done(self, lab: Path) -> None:
        planned = organize("raw", "-d", "dandiset", "-n", "--plan-file", "plan.json", cwd=lab)
        assert planned.code == 0, planned.stderr
        assert (lab / "plan.json").read_bytes().isascii()
        outcome = organize("--from-plan", "plan.json", "--yes", cwd=lab)
        assert outcome.code == 0, lines(outcome)
        assert len(recordings(lab / "dandiset")) == 3
        assert_all_resolve(lab / "dandiset")

    def test_json_on_standard_output_is_the_same_document(self, lab: Path) -> None:
        outcome = organize(
            *("raw", "-d", "dandiset", "-n", "--output", "json"),
            *("--plan-file", "plan.json"),
            cwd=lab,
        )
        assert outcome.code == 0
        assert outcome.stdout == (lab / "plan.json").read_text()
        assert outcome.report

    def test_json_in_a_file_leaves_the_screen_to_the_person(self, lab: Path) -> None:
        outcome = organize(
            *("raw", "-d", "dandiset", "-n", "--output", "json=shown.json"),
            *("--plan-file", "plan.json"),
            cwd=lab,
        )
        assert outcome.code == 0
        assert (lab / "shown.json").read_text() == (lab / "plan.json").read_text()
        assert "sub-mouse01" in outcome.stdout

    def test_a_plan_file_is_never_overwritten(self, single: Path) -> None:
        (single / "plan.json").write_text("mine")
        outcome = organize("raw", "-d", "dandiset", "-n", "--plan-file", "plan.json", cwd=single)
        assert outcome.code == 2
        assert "plan.json" in outcome.stderr
        assert (single / "plan.json").read_text() == "mine"

    def test_a_source_that_changed_since_is_refused(self, lab: Path) -> None:
        organize("raw", "-d", "dandiset", "-n", "--plan-file", "plan.json", cwd=lab)
        video = lab / "raw" / "videos" / "top2.mp4"
        video.write_bytes(video.read_bytes() + b"more")
        before = snapshot(lab)
        outcome = organize("--from-plan", "plan.json", "--yes", cwd=lab)
        assert outcome.code == 2
        assert "top2.mp4" in outcome.stderr
        assert snapshot(lab) == before

    def test_what_appeared_at_a_target_since_is_not_overwritten(self, single: Path) -> None:
        organize("raw", "-d", "dandiset", "-n", "--plan-file", "plan.json", cwd=single)
        shutil.copytree(single / "dandiset", single / "probe")
        probe = organize("raw", "-d", "probe", "--yes", cwd=single)
        assert probe.code == 0, lines(probe)
        (name,) = recordings(single / "probe")
        taken = single / "dandiset" / name
        taken.parent.mkdir()
        taken.write_bytes(b"somebody else's")
        outcome = organize("--from-plan", "plan.json", "--yes", cwd=single)
        assert outcome.code == 2
        assert taken.name in outcome.stderr
        assert taken.read_bytes() == b"somebody else's"

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"{}", b'{"plan": 1}', b"\xff\xfe", b"[" * 100_000]
    )
    def test_what_is_no_plan_is_refused_in_words(self, single: Path, content: bytes) -> None:
        (single / "plan.json").write_bytes(content)
        outcome = organize("--from-plan", "plan.json", "--yes", cwd=single)
        assert outcome.code == 2
        assert "plan.json" in outcome.stderr

    def test_a_plan_that_leads_out_of_the_dandiset_is_refused(self, single: Path) -> None:
        organize("raw", "-d", "dandiset", "-n", "--plan-file", "plan.json", cwd=single)
        text = (single / "plan.json").read_text()
        document = json.loads(text)
        (single / "evil.json").write_text(text.replace('"sub-mouse01"', '".."'))
        assert document
        before = snapshot(single)
        outcome = organize("--from-plan", "evil.json", "--yes", cwd=single)
        assert outcome.code == 2
        assert snapshot(single) == before


class TestQuietAndVerbose:
    def test_quiet_shows_totals_only(self, lab: Path) -> None:
        outcome = organize("raw", "-d", "dandiset", "-n", "-q", cwd=lab)
        assert outcome.code == 0
        assert "→" not in outcome.stdout
        assert "3 recordings and 3 videos" in outcome.stdout
