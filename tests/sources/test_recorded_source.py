"""What is taken down while a file is checked, and that asking again tells every change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from posecheck.model.reference import parse_reference
from posecheck.sources import local_source, store_tree
from posecheck.sources.local_source import LocalSource
from posecheck.sources.questions import Answers, Asker
from posecheck.sources.recorded_source import RecordedSource
from posecheck.sources.recorder import Recorder
from posecheck.sources.store_files import MemberError

CHUNK = "group/array/0"


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_source, "REST_NS", 0)
    monkeypatch.setattr(local_source, "COARSE_REST_NS", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sub-1" / "a.nwb"
    path.parent.mkdir()
    path.write_bytes(b"content")
    return path


def recorded(file: Path) -> tuple[RecordedSource, Recorder]:
    recorder = Recorder()
    return RecordedSource(str(file), file.name, recorder), recorder


def answers_of(recorder: Recorder) -> Answers:
    answers = recorder.answers()
    assert answers is not None
    return answers


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A Zarr store of a group and a chunk."""
    path = tmp_path / "a.nwb.zarr"
    (path / "group" / "array").mkdir(parents=True)
    (path / ".zgroup").write_text("{}")
    (path / "group" / ".zgroup").write_text("{}")
    (path / CHUNK).write_bytes(b"values")
    return path


def holds(file: Path, answers: Answers) -> bool:
    return Asker(LocalSource.at(file), ()).answers(answers)


def test_it_is_what_the_plain_source_is(file: Path) -> None:
    source, _ = recorded(file)
    plain = LocalSource.at(file, file.name)
    assert (source.name, source.path, source.status()) == (plain.name, plain.path, plain.status())
    with source.open() as opened:
        assert opened.read(4) == b"cont"
        assert opened.read() == b"ent"
    assert (source.unfetched_key(), source.size_conflict(7), source.use()) == (
        plain.unfetched_key(),
        plain.size_conflict(7),
        plain.use(),
    )
    around, plainly = source.surroundings(), plain.surroundings()
    for text in ("video.mp4", "../a.mp4", str(file.parent / "video.mp4")):
        reference = parse_reference(text)
        assert around.locate(reference) == plainly.locate(reference)
        place = plainly.resolve(reference)
        assert around.resolve(reference) == place
        if place is not None:
            assert around.look_up(place) == plainly.look_up(place)
            assert around.leaves_repository(place) == plainly.leaves_repository(place)
    assert around.names_in(()) == plainly.names_in(())


def test_everything_asked_holds_as_long_as_nothing_changes(file: Path) -> None:
    source, recorder = recorded(file)
    source.open().close()
    source.unfetched_key()
    source.size_conflict(7)
    source.use()
    source.way_out()
    source.is_there("video.mp4")
    around = source.surroundings()
    around.locate(parse_reference("/data/video.mp4"))
    around.look_up(("video.mp4",))
    around.leaves_repository(("..", "video.mp4"))
    around.names_in(())
    assert around.source_at(("video.mp4",)).stamp() is None
    answers = answers_of(recorder)
    assert len(answers) == 12
    assert holds(file, answers)


def test_whoever_gets_the_path_may_read_the_file(file: Path) -> None:
    source, recorder = recorded(file)
    assert source.path == file
    answers = answers_of(recorder)
    os.utime(file, (1, 1))
    assert not holds(file, answers)


def test_each_answer_counts(file: Path) -> None:
    source, recorder = recorded(file)
    around = source.surroundings()
    around.source_at(("video.mp4",)).stamp()
    answers = answers_of(recorder)
    assert holds(file, answers)
    (file.parent / "video.mp4").write_bytes(b"frames")
    assert not holds(file, answers)


def test_two_answers_to_one_question_are_none(file: Path) -> None:
    source, recorder = recorded(file)
    source.status()
    file.write_bytes(b"other content")
    source.status()
    assert recorder.answers() is None


def test_a_folder_is_never_known(tmp_path: Path) -> None:
    source, recorder = recorded(tmp_path)
    source.status()
    assert recorder.answers() is None


def test_a_store_is_known_as_long_as_nothing_in_it_changes(store: Path) -> None:
    source, recorder = recorded(store)
    source.status()
    files = source.open_store()
    assert files.names_in("group") == (".zgroup", "array")
    assert files.read(CHUNK, 1000) == b"values"
    assert files.read("no/such/member", 1000) is None
    assert source.path == store
    answers = answers_of(recorder)
    assert holds(store, answers)
    (store / CHUNK).unlink()
    assert not holds(store, answers)


def test_a_store_counts_whoever_gets_its_path(store: Path) -> None:
    source, recorder = recorded(store)
    assert source.path == store
    answers = answers_of(recorder)
    (store / CHUNK).write_bytes(b"")
    assert not holds(store, answers)


def test_a_store_in_which_something_is_young_is_not_known(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in store.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setattr(local_source, "REST_NS", 3600 * 10**9)
    source, recorder = recorded(store)
    source.status()
    assert recorder.answers() is None


def test_a_store_that_is_too_large_is_never_known(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_tree, "MOST_MEMBERS", 4)
    source, recorder = recorded(store)
    source.status()
    assert recorder.answers() is None


def test_a_store_of_which_a_member_cannot_be_read_is_never_known(store: Path) -> None:
    source, recorder = recorded(store)
    files = source.open_store()
    assert recorder.answers() is not None
    with pytest.raises(MemberError):
        files.read("group/array", 1000)
    assert recorder.answers() is None


def test_what_cannot_be_opened_is_never_known(file: Path) -> None:
    source, recorder = recorded(file)
    file.unlink()
    with pytest.raises(FileNotFoundError):
        source.open()
    assert recorder.answers() is None


@pytest.mark.parametrize(
    "question",
    [(), ("nonsense", ""), ("status", "", "more"), ("size-conflict", "", "x"), ("look-up", "")],
)
def test_what_nobody_asks_has_no_answer(file: Path, question: tuple[str, ...]) -> None:
    assert not Asker(LocalSource.at(file)).answers({question: ""})
