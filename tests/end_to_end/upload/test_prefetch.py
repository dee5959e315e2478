"""Checksums are begun before anybody knows what will be sent, of what most likely will be."""

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
from posecheck.model.progress import ProgressListener
from posecheck.upload.collect.candidates import gather
from posecheck.upload.collect.local_dandiset import open_dandiset
from posecheck.upload.plan.files import LocalFile
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.session import Phase, Workshop

HUGE = 50_000_000_000
FOLDER = FIRST_VIDEO.rpartition("/")[0]
UNREFERENCED = f"{FOLDER}/raw.avi"


@pytest.fixture
def shop(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    for name, value in variables(archive).items():
        monkeypatch.setenv(name, value)
    with posecheck.open_workshop() as workshop:
        yield workshop


def begun(shop: Workshop) -> set[str]:
    return {reading.file.path for reading in shop.checksums._readings.values()}


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
    guessed: list[LocalFile] = []

    with open_pool() as pool:
        found = gather(open_dandiset(one, ()), [str(one)], pool, on_guess=guessed.extend)

    assert {file.path for file in guessed} == {FIRST, FIRST_VIDEO, UNREFERENCED}
    assert sorted(found.files) == [FIRST, FIRST_VIDEO]


def test_a_linked_folder_is_not_looked_into(one: Path, tmp_path: Path) -> None:
    (one / FOLDER).rename(tmp_path / "media")
    (one / FOLDER).symlink_to(tmp_path / "media")
    guessed: list[LocalFile] = []

    with open_pool() as pool:
        gather(open_dandiset(one, ()), [str(one)], pool, on_guess=guessed.extend)

    assert [file.path for file in guessed] == [FIRST]


def make_plan(
    archive: Archive, folder: Path, shop: Workshop, *, only_verify: bool = False
) -> tuple[UploadPlan, dict[Phase, set[str]]]:
    """Plan an upload; return the files whose checksums were begun when each phase began, too."""
    seen: dict[Phase, set[str]] = {}

    class Looking(ProgressListener):
        def begin(self, phase: str, total: int = 0, *, in_bytes: bool = False) -> None:
            seen.setdefault(Phase(phase), begun(shop))

    plan = posecheck.plan_upload(
        dandiset=folder,
        instance=archive.url,
        config=OWN_RULES,
        only_verify=only_verify,
        workshop=shop,
        watcher=Looking(),
    )
    return plan, seen


def test_what_was_guessed_wrong_is_given_up_before_anything_waits(
    archive: Archive, dandiset: str, one: Path, shop: Workshop
) -> None:
    make_huge(one / UNREFERENCED)

    plan, seen = make_plan(archive, one, shop)

    assert [asset.path for asset in plan.to_send] == [FIRST, FIRST_VIDEO]
    assert seen[Phase.CHECKING] == begun(shop) == {FIRST, FIRST_VIDEO}


def test_what_is_compared_does_not_wait_for_it_either(
    archive: Archive, dandiset: str, one: Path, shop: Workshop
) -> None:
    put(archive, dandiset, one)
    make_huge(one / UNREFERENCED)

    plan, seen = make_plan(archive, one, shop)

    assert plan.to_send == ()
    assert seen[Phase.DIGESTING] == {FIRST, FIRST_VIDEO}


def test_what_the_archive_keeps_is_read_no_further(
    archive: Archive, dandiset: str, two: Path, shop: Workshop
) -> None:
    """Other bytes of another size, under a path whose asset is newer: nothing of it is sent."""
    put(archive, dandiset, two)
    make_huge(two / SECOND_VIDEO)
    long_ago = 1_000_000_000
    os.utime(two / SECOND_VIDEO, (long_ago, long_ago))

    plan, seen = make_plan(archive, two, shop)

    assert plan.to_send == ()
    assert SECOND_VIDEO in seen[Phase.DIGESTING]
    assert SECOND_VIDEO not in begun(shop)


@pytest.mark.parametrize("is_there", [False, True])
def test_verifying_alone_guesses_nothing(
    archive: Archive, dandiset: str, one: Path, shop: Workshop, is_there: bool
) -> None:
    if is_there:
        put(archive, dandiset, one)
    make_huge(one / UNREFERENCED)

    make_plan(archive, one, shop, only_verify=True)

    assert begun(shop) == ({FIRST, FIRST_VIDEO} if is_there else set())
