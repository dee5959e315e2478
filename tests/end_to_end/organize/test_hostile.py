"""What a reference asks for from elsewhere is never brought: it would be published."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    organize,
    recordings,
    snapshot,
)
from tests.recordings.sessions import Footage, film, write_session

pytestmark = pytest.mark.slow

MARK = b"nobody else may see this"


@pytest.fixture
def secret(single: Path) -> Path:
    """A file of the user's own, outside everything that is named."""
    path = film(single / "home" / "private.mp4", number=9)
    path.write_bytes(path.read_bytes() + MARK)
    return path


def _upwards(secret: Path, raw: Path) -> str:
    return f"../home/{secret.name}"


def _absolute(secret: Path, raw: Path) -> str:
    return str(secret)


def _file_url(secret: Path, raw: Path) -> str:
    return secret.as_uri()


def _backslashes(secret: Path, raw: Path) -> str:
    return f"..\\home\\{secret.name}"


def _link(secret: Path, raw: Path) -> str:
    (raw / "innocent.mp4").symlink_to(secret)
    return "innocent.mp4"


def _linked_folder(secret: Path, raw: Path) -> str:
    (raw / "folder").symlink_to(secret.parent, target_is_directory=True)
    return f"folder/{secret.name}"


def _relative_link(secret: Path, raw: Path) -> str:
    (raw / "harmless.mp4").symlink_to(os.path.relpath(secret, raw))
    return "harmless.mp4"


WAYS_OUT = (
    _upwards,
    _absolute,
    _file_url,
    _backslashes,
    _link,
    _linked_folder,
    _relative_link,
)


def test_every_way_out_is_refused(single: Path, secret: Path) -> None:
    raw = single / "raw"
    for number, lead_out in enumerate(WAYS_OUT):
        write_session(
            raw / f"evil{number}.nwb",
            Footage(files=[lead_out(secret, raw)]),
            subject=f"evil{number}",
        )
    before = snapshot(single)
    outcome = organize("raw", "-d", "dandiset", "--yes", "-v", cwd=single)
    assert outcome.code == 1
    assert f"outside-roots × {len(WAYS_OUT)}" in outcome.stdout
    assert all(f"evil{number}.nwb" in outcome.stdout for number in range(len(WAYS_OUT)))
    assert snapshot(single) == before
    outcome = organize("raw", "-d", "dandiset", "--yes", "--skip-conflicts", cwd=single)
    assert outcome.code == 1
    assert len(recordings(single / "dandiset")) == 1
    assert_all_resolve(single / "dandiset")
    for path in (single / "dandiset").rglob("*"):
        assert not path.is_file() or MARK not in path.read_bytes()


def test_a_folder_that_is_named_is_meant(single: Path, secret: Path) -> None:
    write_session(
        single / "raw" / "mine.nwb",
        Footage(files=[f"../home/{secret.name}"]),
        subject="mouse02",
    )
    outcome = organize("raw", "-d", "dandiset", "--yes", "--find-videos", "home", cwd=single)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert len(recordings(single / "dandiset")) == 2
    assert_all_resolve(single / "dandiset")


def test_what_is_no_video_is_not_brought(single: Path) -> None:
    (single / "raw" / "passwords.txt").write_bytes(MARK)
    write_session(single / "raw" / "evil.nwb", Footage(files=["passwords.txt"]), subject="mouse02")
    before = snapshot(single)
    outcome = organize("raw", "-d", "dandiset", "--yes", "--remux", cwd=single)
    assert outcome.code == 1
    assert "passwords.txt" in outcome.stdout
    assert snapshot(single) == before


def test_nothing_is_written_through_a_link(single: Path) -> None:
    outside = single / "elsewhere"
    outside.mkdir()
    (single / "dandiset" / "sub-mouse01").symlink_to(outside, target_is_directory=True)
    outcome = organize("raw", "-d", "dandiset", "--yes", cwd=single)
    assert outcome.code == 1
    assert "target-exists" in outcome.stdout
    assert list(outside.iterdir()) == []


def test_a_link_within_what_is_named_is_followed(single: Path) -> None:
    video = single / "raw" / "videos" / "top1.mp4"
    store = single / "raw" / "store"
    store.mkdir()
    shutil.move(video, store / "8f3a.mp4")
    video.symlink_to(Path("..") / "store" / "8f3a.mp4")
    content = (store / "8f3a.mp4").read_bytes()
    outcome = organize("raw", "-d", "dandiset", "--yes", cwd=single)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    (target,) = (single / "dandiset").rglob("*.mp4")
    assert not target.is_symlink()
    assert target.read_bytes() == content
    assert (store / "8f3a.mp4").read_bytes() == content


def test_a_link_to_nothing_is_reported(single: Path) -> None:
    video = single / "raw" / "videos" / "top1.mp4"
    video.unlink()
    video.symlink_to("gone.mp4")
    outcome = organize("raw", "-d", "dandiset", "--yes", cwd=single)
    assert outcome.code == 1
    assert "dangling-link" in outcome.stdout
