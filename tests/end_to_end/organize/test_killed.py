"""A run that is struck down can be finished or taken back; so can one that was finished."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import (
    assert_valid,
    bring,
    contents,
    organize,
    recordings,
    references,
    snapshot,
    start_dandiset,
)
from tests.end_to_end.running import strike
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow

SESSIONS = 12
WAYS = [("--videos", "copy"), ("--files", "move", "--videos", "move")]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough sessions that nobody is done before a signal arrives."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(SESSIONS):
        film(folder / "videos" / f"top{number}.mp4", number=number)
        write_session(
            folder / f"session{number}.nwb",
            Footage(files=[f"videos/top{number}.mp4"]),
            session=f"day{number:02}",
        )
    return folder


@pytest.fixture
def lab(many: Path, tmp_path: Path) -> Path:
    shutil.copytree(many, tmp_path / "raw")
    start_dandiset(tmp_path / "dandiset")
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(many: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run that nobody disturbs leaves in the dandiset."""
    dandiset = start_dandiset(tmp_path_factory.mktemp("undisturbed") / "dandiset")
    bring(many, dandiset, "--videos", "copy")
    return contents(dandiset)


def strike_down(lab: Path, *way: str) -> None:
    """Kill a run when the first video has landed."""
    dandiset = lab / "dandiset"
    strike(
        *("organize", "raw", "-d", "dandiset", "--yes", "--jobs", "1", *way),
        cwd=lab,
        when=lambda: next(visible(dandiset), None) is not None,
    )
    assert len(recordings(dandiset)) < SESSIONS


def visible(dandiset: Path) -> Iterator[Path]:
    return (path for path in dandiset.rglob("*.mp4") if not path.name.startswith("."))


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
class TestKilled:
    def test_it_can_be_finished(
        self, lab: Path, undisturbed: dict[str, str], way: tuple[str, ...]
    ) -> None:
        videos = {digest for name, digest in contents(lab / "raw").items() if name.endswith(".mp4")}
        strike_down(lab, *way)
        # no source is missing without its bytes at the target, and no reference leads to nothing
        assert videos <= set(contents(lab).values())
        for path in recordings(lab / "dandiset").values():
            for reference in references(path).values():
                assert (path.parent / reference).is_file()
        # another run is refused, and what can be done is said
        struck = snapshot(lab)
        refused = organize("raw", "-d", "dandiset", "--yes", cwd=lab)
        assert refused.code == 2
        assert "--resume" in refused.stderr
        assert "--undo" in refused.stderr
        assert snapshot(lab) == struck
        # resumed, it ends where an undisturbed run does
        outcome = organize("--resume", "-d", "dandiset", cwd=lab)
        assert outcome.code == 0, outcome.stderr
        assert contents(lab / "dandiset") == undisturbed

    def test_it_can_be_taken_back(self, lab: Path, way: tuple[str, ...]) -> None:
        before = snapshot(lab)
        strike_down(lab, *way)
        outcome = organize("--undo", cwd=lab / "dandiset")
        assert outcome.code == 0, outcome.stderr
        assert snapshot(lab) == before


class TestInterrupted:
    def test_it_says_how_to_go_on_or_back(self, lab: Path, undisturbed: dict[str, str]) -> None:
        outcome = strike(
            *("organize", "raw", "-d", "dandiset", "--yes", "--jobs", "1", "--videos", "copy"),
            cwd=lab,
            when=lambda: next(visible(lab / "dandiset"), None) is not None,
            blow=signal.SIGINT,
        )
        assert outcome.code == 130
        assert "--resume" in outcome.stderr
        assert "--undo" in outcome.stderr
        assert "Traceback" not in outcome.stderr
        assert organize("--resume", cwd=lab / "dandiset").code == 0
        assert contents(lab / "dandiset") == undisturbed


class TestUndo:
    @pytest.mark.parametrize("way", WAYS, ids=" ".join)
    def test_a_finished_run_is_taken_back_byte_for_byte(
        self, lab: Path, way: tuple[str, ...]
    ) -> None:
        before = snapshot(lab)
        bring(lab / "raw", lab / "dandiset", *way)
        moved = "move" in way
        assert bool(contents(lab / "raw")) is not moved
        outcome = organize("--undo", "-d", "dandiset", cwd=lab)
        assert outcome.code == 0, outcome.stderr
        assert snapshot(lab) == before
        assert organize("--undo", "-d", "dandiset", cwd=lab).code == 2

    def test_a_target_that_changed_since_is_not_thrown_away(self, lab: Path) -> None:
        bring(lab / "raw", lab / "dandiset")
        name, path = next(iter(recordings(lab / "dandiset").items()))
        path.write_bytes(path.read_bytes() + b"work of a week")
        before = snapshot(lab)
        outcome = organize("--undo", "-d", "dandiset", cwd=lab)
        assert outcome.code == 2
        assert Path(name).name in outcome.stderr
        assert snapshot(lab) == before

    def test_a_final_run_cannot_be_taken_back(self, lab: Path) -> None:
        bring(lab / "raw", lab / "dandiset", "--files", "move", "--videos", "move")
        after = snapshot(lab)
        outcome = organize("--finalize", "-d", "dandiset", cwd=lab)
        assert outcome.code == 0, outcome.stderr
        outcome = organize("--undo", "-d", "dandiset", cwd=lab)
        assert outcome.code == 2
        assert snapshot(lab) == after
        assert_valid(lab / "dandiset")

    def test_where_nothing_was_done_there_is_nothing_to_take_back(self, lab: Path) -> None:
        for option in ("--undo", "--resume", "--finalize"):
            outcome = organize(option, "-d", "dandiset", cwd=lab)
            assert outcome.code == 2
            assert outcome.stderr.strip()
