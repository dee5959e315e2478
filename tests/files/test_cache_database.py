"""What is kept for later runs, and that nothing that befalls it does harm."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.mounting import TMPFS, mounted_tmpfs

from posecheck.files.cache_database import CacheDatabase, cache_path

KIND = "verdicts"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers" / "answers.sqlite"


def put(path: Path, key: str, payload: bytes, *, most_bytes: int = 10**8) -> None:
    database = CacheDatabase(path, most_bytes=most_bytes)
    database.put(KIND, key, payload)
    database.close()


def get(path: Path, key: str) -> bytes | None:
    database = CacheDatabase(path)
    try:
        return database.get(KIND, key)
    finally:
        database.close()


def test_what_is_kept_is_there_for_the_next_run(path: Path) -> None:
    assert get(path, "a") is None
    assert not path.parent.exists()  # a run that only asks leaves nothing behind
    put(path, "a", b"one")
    put(path, "b", b"two")
    assert (get(path, "a"), get(path, "b"), get(path, "c")) == (b"one", b"two", None)
    assert CacheDatabase(path).info().entries == {KIND: 2}
    put(path, "a", b"another")
    assert get(path, "a") == b"another"
    CacheDatabase(path).clear()
    assert get(path, "a") is None


def test_it_is_known_before_it_is_written(path: Path) -> None:
    database = CacheDatabase(path)
    database.put(KIND, "a", b"one")
    assert database.get(KIND, "a") == b"one"
    assert not path.exists()
    database.close()
    assert path.exists()


def test_a_kind_has_keys_of_its_own(path: Path) -> None:
    put(path, "a", b"one")
    assert CacheDatabase(path).get("checksums", "a") is None


def test_it_lies_where_the_user_says(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_path().parents[1] == own_cache
    monkeypatch.delenv("POSECHECK_CACHE_DIR")
    assert "posecheck" in cache_path().parts


@pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")
def test_nobody_else_reads_or_writes_it(path: Path) -> None:
    put(path, "a", b"one")
    path.parent.chmod(0o777)
    assert get(path, "a") == b"one"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_folder_that_is_a_link_is_not_used(path: Path, tmp_path: Path) -> None:
    put(path, "a", b"one")
    moved = tmp_path / "elsewhere"
    path.parent.rename(moved)
    path.parent.symlink_to(moved)
    assert get(path, "a") is None
    put(path, "b", b"two")
    assert CacheDatabase(moved / path.name).get(KIND, "b") is None


@pytest.mark.skipif(os.name == "nt", reason="links and pipes are POSIX's there")
@pytest.mark.parametrize("what", ["folder", "link", "pipe"])
def test_what_is_no_file_is_not_used_and_that_is_said(path: Path, what: str) -> None:
    path.parent.mkdir(mode=0o700)
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(path.with_name("nowhere"))
    else:
        os.mkfifo(path)
    put(path, "a", b"one")
    assert get(path, "a") is None
    assert not path.with_name("nowhere").exists()
    assert CacheDatabase(path).info().obstacle == "it is a link, or no file"


def test_nothing_stands_in_the_way_of_one_that_is_not_there_yet(path: Path) -> None:
    assert CacheDatabase(path).info().obstacle == ""
    put(path, "a", b"one")
    assert CacheDatabase(path).info().obstacle == ""


def test_a_file_in_place_of_the_folder_is_said(path: Path) -> None:
    path.parent.write_text("a file")
    put(path, "a", b"one")
    assert "another user's" in CacheDatabase(path).info().obstacle


def test_much_is_written_at_once(path: Path) -> None:
    database = CacheDatabase(path)
    for key in "abc":
        database.put(KIND, key, bytes(4 * 1024**2))
    assert get(path, "a") is not None
    database.close()


def test_a_row_that_was_changed_is_not_taken(path: Path) -> None:
    put(path, "a", b"one")
    with sqlite3.connect(path) as connection:
        connection.execute("update answers set payload = ?", (b"two",))
    connection.close()
    assert get(path, "a") is None


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500])
def test_a_file_that_is_no_database_is_replaced(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert get(path, "a") is None
    put(path, "a", b"one")
    assert get(path, "a") == b"one"


def test_a_damaged_file_is_set_aside(path: Path) -> None:
    for key in range(200):
        put(path, str(key), os.urandom(500))
    content = bytearray(path.read_bytes())
    content[4096:40960] = os.urandom(36864)
    path.write_bytes(content)
    known = [get(path, str(key)) for key in range(200)]
    assert any(each is None for each in known)
    put(path, "a", b"one")
    assert get(path, "a") == b"one"
    assert path.with_name(f"{path.name}.damaged").exists()


def test_what_was_not_used_for_longest_goes_first(path: Path) -> None:
    for key in range(40):
        put(path, str(key), os.urandom(50_000))
        with sqlite3.connect(path) as connection:
            connection.execute("update answers set used = used - 100")
        connection.close()
    put(path, "last", b"one", most_bytes=1_000_000)
    assert get(path, "last") == b"one"
    assert get(path, "39") is not None
    assert get(path, "0") is None
    assert sum(CacheDatabase(path).info().entries.values()) < 20


def test_another_run_that_holds_it_costs_less_than_two_seconds(path: Path) -> None:
    put(path, "a", b"one")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin exclusive")
    began = time.monotonic()
    database = CacheDatabase(path)
    assert [database.get(KIND, "a") for _ in range(20)] == [None] * 20
    for number in range(200):
        database.put(KIND, str(number), b"two")
    database.close()
    assert time.monotonic() - began < 2
    connection.execute("rollback")
    connection.close()
    assert get(path, "a") == b"one"


def test_several_processes_keep_at_a_time(path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from posecheck.files.cache_database import CacheDatabase\n"
        "for number in range(20):\n"
        "    database = CacheDatabase(Path(sys.argv[1]))\n"
        "    database.put('verdicts', f'{sys.argv[2]}-{number}', b'x' * 1000)\n"
        "    database.close()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(name)]) for name in range(3)
    ]
    assert [each.wait(timeout=60) for each in running] == [0, 0, 0]
    found = [get(path, f"{name}-{number}") for name in range(3) for number in range(20)]
    assert {each for each in found if each is not None} == {b"x" * 1000}


@pytest.mark.skipif(not TMPFS, reason="no file system can be mounted here")
def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path / "small", "256k") as folder:
        path = folder / "answers" / "answers.sqlite"
        put(path, "a", b"one")
        put(path, "b", os.urandom(2_000_000))
        assert get(path, "a") == b"one"
        assert get(path, "b") is None


@pytest.mark.skipif(not TMPFS, reason="no file system can be mounted here")
def test_a_disk_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path / "small", "1m") as folder:
        path = folder / "answers" / "answers.sqlite"
        put(path, "a", b"one")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        assert get(path, "a") == b"one"
        put(path, "b", b"two")
        assert get(path, "b") is None
        nowhere = folder / "other" / "answers.sqlite"
        put(nowhere, "a", b"one")
        assert get(nowhere, "a") is None
