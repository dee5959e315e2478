"""Which journal is trusted: this user's, anywhere; a stranger's only on request."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.organize.apply.planned import Planner, tree, unfinished_run, write_session

from posecheck.model.errors import UsageError
from posecheck.organize.apply import apply_plan, finalize, resume, undo
from posecheck.organize.apply.change_set import ORGANIZE
from posecheck.organize.plan.values import FileMode
from posecheck.transaction.runs import name_foreign
from posecheck.transaction.steps import TransferMode

STATE = "POSECHECK_STATE_DIR"
Act = Callable[..., object]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    lab = tmp_path / "lab"
    for name in ("a", "b"):
        write_session(lab, name)
    return lab


@pytest.fixture
def dandiset(tmp_path: Path) -> Path:
    folder = tmp_path / "dandiset"
    folder.mkdir()
    (folder / "dandiset.yaml").write_text("identifier: DANDI:000000\n")
    return folder


def planned(lab: Path, dandiset: Path, *names: str, move: bool = True) -> Planner:
    files, videos = (
        (FileMode.MOVE, TransferMode.MOVE) if move else (FileMode.COPY, TransferMode.COPY)
    )
    planner = Planner(dandiset, files=files, videos=videos)
    for name in names or ("a",):
        planner.add_both(lab / f"{name}.nwb", lab / f"{name} film.mp4", name)
    return planner


def journal_of(dandiset: Path) -> Path:
    (journal,) = dandiset.glob(".posecheck/organize/*/journal.jsonl")
    return journal


def break_off(dandiset: Path) -> None:
    """Leave of the last run's journal what it said when its folders were made."""
    journal = journal_of(dandiset)
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Turn this user into another one."""
    return lambda: monkeypatch.setenv(STATE, str(tmp_path / "other state"))


class TestOurs:
    def test_permissions_may_change(self, lab: Path, dandiset: Path) -> None:
        before = tree(lab, dandiset, ignoring="")
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        for path in dandiset.rglob("*"):
            path.chmod(path.stat().st_mode ^ 0o011)
        undo(dandiset)
        assert set(tree(lab, dandiset, ignoring="")) == set(before)
        assert {name: entry[3] for name, entry in tree(lab, dandiset).items()} == {
            name: entry[3] for name, entry in before.items()
        }

    def test_a_dandiset_that_was_renamed_is_taken_back(self, lab: Path, dandiset: Path) -> None:
        before = tree(lab, ignoring="")
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        renamed = dandiset.rename(dandiset.with_name("elsewhere"))
        undo(renamed)
        assert tree(lab, ignoring="") == before
        assert [path.name for path in renamed.iterdir()] == ["dandiset.yaml"]

    def test_a_dandiset_that_was_renamed_goes_on(self, lab: Path, dandiset: Path) -> None:
        apply_plan(planned(lab, dandiset, move=False).plan(), jobs=1)
        shutil.rmtree(dandiset / "sub-a" / "sub-a_behavior")
        break_off(dandiset)
        (dandiset / "sub-a/sub-a_behavior.nwb").unlink()
        renamed = dandiset.rename(dandiset.with_name("elsewhere"))
        assert unfinished_run(renamed)
        applied = resume(renamed, jobs=1)
        assert (applied.recordings, applied.media) == (1, 1)
        assert (renamed / "sub-a/sub-a_behavior/sub-a_camera.mp4").read_bytes() == b"a" * 5000

    def test_what_was_put_in_place_is_found_where_it_is_now(self, dandiset: Path) -> None:
        write_session(dandiset / "old", "c")
        before = tree(dandiset, ignoring="")
        planner = Planner(dandiset, files=FileMode.MOVE, videos=TransferMode.MOVE)
        planner.add_both(dandiset / "old/c.nwb", dandiset / "old/c film.mp4", "c")
        apply_plan(planner.plan(), jobs=1)
        renamed = dandiset.rename(dandiset.with_name("elsewhere"))
        undo(renamed)
        renamed.rename(dandiset)
        assert tree(dandiset, ignoring="") == before

    def test_a_dandiset_may_come_back_from_a_backup(self, lab: Path, dandiset: Path) -> None:
        before = tree(lab, dandiset, ignoring="")
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        shutil.copytree(dandiset, dandiset.with_name("backup"))
        shutil.rmtree(dandiset)
        shutil.copytree(dandiset.with_name("backup"), dandiset)
        undo(dandiset)
        assert tree(lab, dandiset, ignoring="") == before

    def test_a_source_whose_folder_is_gone_stays_where_it_is(
        self, lab: Path, dandiset: Path
    ) -> None:
        apply_plan(planned(lab, dandiset, "a", "b").plan(), jobs=1)
        lab.rmdir()
        before = tree(dandiset, ignoring="")
        with pytest.raises(UsageError, match=r"lab is not there.*Nothing was touched"):
            undo(dandiset)
        assert tree(dandiset, ignoring=".gitignore") == {
            name: entry for name, entry in before.items() if ".gitignore" not in name
        }


class TestForeign:
    @pytest.mark.parametrize("act", [undo, resume, finalize])
    def test_it_is_not_trusted(
        self, lab: Path, dandiset: Path, act: Act, stranger: Callable[[], None]
    ) -> None:
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        if act is resume:
            break_off(dandiset)
        before = tree(lab, dandiset, ignoring="")
        stranger()
        with pytest.raises(UsageError, match=r"another user.*plan\.json.*trust_journal"):
            act(dandiset)
        assert tree(lab, dandiset, ignoring="") == before

    def test_it_is_trusted_on_request(
        self, lab: Path, dandiset: Path, stranger: Callable[[], None]
    ) -> None:
        before = tree(lab, dandiset, ignoring="")
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        stranger()
        undo(dandiset, trust_journal=True)
        assert tree(lab, dandiset, ignoring="") == before

    def test_it_stands_in_nobodys_way(
        self, lab: Path, dandiset: Path, stranger: Callable[[], None]
    ) -> None:
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        break_off(dandiset)
        run = journal_of(dandiset).parent
        before = tree(run, ignoring="")
        stranger()
        assert unfinished_run(dandiset) is None
        assert run.name in name_foreign(dandiset, ORGANIZE)[0]
        applied = apply_plan(planned(lab, dandiset, "b").plan(), jobs=1)
        assert any("left alone" in note for note in applied.notes)
        finalized = finalize(dandiset)
        assert finalized.runs == 1
        assert tree(run, ignoring="") == before

    def test_a_plan_that_was_changed_is_not_trusted(self, lab: Path, dandiset: Path) -> None:
        apply_plan(planned(lab, dandiset, move=False).plan(), jobs=1)
        break_off(dandiset)
        plan = journal_of(dandiset).with_name("plan.json")
        document = json.loads(plan.read_bytes())
        document["media"][0]["source"] = "/home/someone/private.mp4"
        plan.write_text(json.dumps(document))
        with pytest.raises(UsageError, match="begun by another user"):
            resume(dandiset)

    def test_a_seal_is_of_one_run(self, lab: Path, dandiset: Path) -> None:
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        run = journal_of(dandiset).parent
        run.rename(run.with_name("99991231T000000.000000-abcdef"))
        with pytest.raises(UsageError, match="begun by another user"):
            undo(dandiset)

    @pytest.mark.parametrize(
        "first", [b"{\n", b"[]\n", b"[" * 200_000 + b"\n", b'{"step":"begin"}\n', b"\xff\n"]
    )
    def test_what_makes_no_sense_is_a_strangers(
        self, lab: Path, dandiset: Path, first: bytes
    ) -> None:
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        journal_of(dandiset).write_bytes(first)
        before = tree(lab, dandiset, ignoring="")
        for act in (undo, resume, finalize):
            with pytest.raises(UsageError, match="begun by another user"):
                act(dandiset)
            with pytest.raises(UsageError, match="cannot be read"):
                act(dandiset, trust_journal=True)
        assert unfinished_run(dandiset) is None
        assert tree(lab, dandiset, ignoring="") == before

    @pytest.mark.parametrize(
        "record",
        [
            b"{",
            b'{"step":"fly"}',
            b"[" * 200_000,
            b'{"step":"folders","paths":[["..","home"]]}',
            b'{"step":"prune","folders":[[["/"],511]]}',
        ],
    )
    def test_our_own_that_makes_no_sense_keeps_all_as_it_is(
        self, lab: Path, dandiset: Path, record: bytes
    ) -> None:
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        with journal_of(dandiset).open("ab") as file:
            file.write(record + b"\n")
        before = tree(lab, dandiset, ignoring="")
        for act in (undo, resume, finalize, unfinished_run):
            with pytest.raises(UsageError, match=r"cannot be read.*move it away"):
                act(dandiset)
        assert tree(lab, dandiset, ignoring="") == before


class TestSecret:
    def test_it_is_the_users_alone(
        self, lab: Path, dandiset: Path, stranger: Callable[[], None]
    ) -> None:
        stranger()
        apply_plan(planned(lab, dandiset).plan(), jobs=1)
        (key,) = Path(os.environ[STATE]).iterdir()
        assert len(key.read_bytes()) == 32
        assert os.name != "posix" or key.stat().st_mode & 0o777 == 0o600
        assert not any(key.read_bytes() in path.read_bytes() for path in _files(dandiset))

    def test_without_a_place_for_it_nothing_begins(
        self, lab: Path, dandiset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv(STATE, str(tmp_path / "file" / "state"))
        planner = planned(lab, tmp_path / "deep" / "new")
        planner.new_identifier = "000123"
        before = tree(tmp_path, ignoring="")
        with pytest.raises(UsageError, match=f"nothing was begun.*{STATE}"):
            apply_plan(planner.plan(), jobs=1)
        assert tree(tmp_path, ignoring="") == before

    def test_a_damaged_one_is_reported(
        self, lab: Path, dandiset: Path, stranger: Callable[[], None]
    ) -> None:
        stranger()
        state = Path(os.environ[STATE])
        state.mkdir()
        (state / "organize.key").write_bytes(b"short")
        with pytest.raises(UsageError, match="is damaged"):
            apply_plan(planned(lab, dandiset).plan(), jobs=1)


class TestLeftovers:
    def test_what_is_left_with_something_else_in_it_stands_in_nobodys_way(
        self, lab: Path, dandiset: Path
    ) -> None:
        left = dandiset / ".posecheck/organize/20200101T000000.000000-abcdef"
        left.mkdir(parents=True)
        (left / "notes.txt").write_text("mine")
        (left / "patches").symlink_to(lab)
        applied = apply_plan(planned(lab, dandiset).plan(), jobs=1)
        assert any(str(left) in note for note in applied.notes)
        undo(dandiset)
        assert (left / "notes.txt").read_text() == "mine"
        assert (lab / "a.nwb").exists()

    def test_what_never_began_goes(self, lab: Path, dandiset: Path) -> None:
        left = dandiset / ".posecheck/organize/20200101T000000.000000-abcdef"
        (left / "patches").mkdir(parents=True)
        (left / "plan.json").write_text("{")
        assert apply_plan(planned(lab, dandiset, move=False).plan(), jobs=1).notes == ()
        assert not left.exists()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
