"""DigestQueue are begun before anybody knows what will be sent, of what most likely will be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import (
    FIRST,
    FIRST_VIDEO,
    OWN_RULES,
    SECOND_VIDEO,
    put,
    variables,
)

import posecheck
from posecheck.engine.workers import open_pool
from posecheck.model.progress import Phase, ProgressListener
from posecheck.upload.collect.candidates import collect_candidates
from posecheck.upload.collect.local_dandiset import open_dandiset
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.session import UploadSession

pytestmark = pytest.mark.slow

HUGE = 50_000_000_000
FOLDER = FIRST_VIDEO.rpartition("/")[0]
UNREFERENCED = f"{FOLDER}/raw.avi"


@pytest.fixture
def session(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadSession]:
    for name, value in variables(archive).items():
        monkeypatch.setenv(name, value)
    with posecheck.open_upload_session() as session:
        yield session


def begun(session: UploadSession) -> set[str]:
    return {reading.file.path for reading in session.digests._readings.values()}


def make_huge(path: Path) -> None:
    """Make a file of a size that nobody reads in a test, without its bytes."""
    path.touch()
    os.truncate(path, HUGE)


def test_the_guess_is_what_lies_where_the_layout_has_it(one: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for path in (outside / "secret.mp4", one / "elsewhere.mp4", one / FOLDER / ".hidden.mp4"):
        path.write_bytes(b"frames")
    (one / FOLDER / "notes.txt").write_text("no medium")
    (one / FOLDER / "raw.avi").write_bytes(b"frames")
    (one / FOLDER / "empty.mp4").touch()
    (one / FOLDER / "link.mp4").symlink_to(outside / "secret.mp4")
    prefetched: list[LocalFile] = []

    with open_pool() as pool:
        found = collect_candidates(
            open_dandiset(one, ()), [str(one)], pool, on_prefetch=prefetched.extend
        )

    assert {file.path for file in prefetched} == {FIRST, FIRST_VIDEO, UNREFERENCED}
    assert sorted(found.files) == [FIRST, FIRST_VIDEO]


def test_a_linked_folder_is_not_looked_into(one: Path, tmp_path: Path) -> None:
    (one / FOLDER).rename(tmp_path / "media")
    (one / FOLDER).symlink_to(tmp_path / "media")
    prefetched: list[LocalFile] = []

    with open_pool() as pool:
        collect_candidates(open_dandiset(one, ()), [str(one)], pool, on_prefetch=prefetched.extend)

    assert [file.path for file in prefetched] == [FIRST]


def make_plan(
    archive: Archive, folder: Path, session: UploadSession, *, only_verify: bool = False
) -> tuple[UploadPlan, dict[Phase, set[str]]]:
    """Plan an upload; return the files whose checksums were begun when each phase began, too."""
    started: dict[Phase, set[str]] = {}

    class Recording(ProgressListener):
        def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
            started.setdefault(Phase(phase), begun(session))

    session.progress = Recording()

    plan = posecheck.plan_upload(
        dandiset=folder,
        instance=archive.url,
        config=OWN_RULES,
        only_verify=only_verify,
        session=session,
    )
    return plan, started


def test_what_was_prefetched_wrong_is_given_up_before_anything_waits(
    archive: Archive, dandiset: str, one: Path, session: UploadSession
) -> None:
    make_huge(one / UNREFERENCED)

    plan, phases = make_plan(archive, one, session)

    assert [asset.path for asset in plan.to_send] == [FIRST, FIRST_VIDEO]
    assert phases[Phase.CHECKING] == begun(session) == {FIRST, FIRST_VIDEO}


def test_what_is_compared_does_not_wait_for_it_either(
    archive: Archive, dandiset: str, one: Path, session: UploadSession
) -> None:
    put(archive, dandiset, one)
    make_huge(one / UNREFERENCED)

    plan, phases = make_plan(archive, one, session)

    assert plan.to_send == ()
    assert phases[Phase.DIGESTING] == {FIRST, FIRST_VIDEO}


def test_what_the_archive_keeps_is_read_no_further(
    archive: Archive, dandiset: str, two: Path, session: UploadSession
) -> None:
    """Other bytes of another size, under a path whose asset is newer: nothing of it is sent."""
    put(archive, dandiset, two)
    make_huge(two / SECOND_VIDEO)
    long_ago = 1_000_000_000
    os.utime(two / SECOND_VIDEO, (long_ago, long_ago))

    plan, phases = make_plan(archive, two, session)

    assert plan.to_send == ()
    assert SECOND_VIDEO in phases[Phase.DIGESTING]
    assert SECOND_VIDEO not in begun(session)


@pytest.mark.parametrize("is_there", [False, True])
def test_verifying_alone_guesses_nothing(
    archive: Archive, dandiset: str, one: Path, session: UploadSession, is_there: bool
) -> None:
    if is_there:
        put(archive, dandiset, one)
    make_huge(one / UNREFERENCED)

    make_plan(archive, one, session, only_verify=True)

    assert begun(session) == ({FIRST, FIRST_VIDEO} if is_there else set())
