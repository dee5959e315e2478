"""Every path that a check names in a system call is covered by a question that is asked again.

The installed command runs under strace. What its own process looks up (it searches for files, and
evaluates rules over several of them) is looked up by every run; what the workers look up must have
been taken down.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.command import environment
from tests.git_command import commit_all, create_repository, git
from tests.recordings.sessions import Footage, film, write_session
from tests.recordings.zarr_twin import write_twin
from tests.tracing import NO_STRACE, STRACE

from posecheck.files.cache_database import cache_path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STRACE, reason=NO_STRACE),
]

# Python itself looks for modules in the current folder of `python -m`.
INSTALLED = str(Path(sys.executable).with_name("posecheck"))

_CALL = re.compile(
    r"(?P<pid>\d+) +(?P<name>\w+)\((?:[\w-]+<(?P<folder>[^>]*)>, )?"
    r'"(?P<path>(?:[^"\\]|\\.)*)"(?P<rest>.*)'
)
_MARKERS = ("dandiset.yaml", "dataset_description.json", ".git")


def trace(folder: Path, log: Path) -> Iterator[tuple[str, str, bool]]:
    """Check a folder; yield the call, the path and whether a folder is listed, of each worker."""
    done = subprocess.run(
        [
            *("strace", "-f", "-y", "-s", "8192", "-e", "trace=%file", "-o", str(log)),
            *(INSTALLED, "validate", ".", "--jobs", "2", "--output", "json"),
        ],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert json.loads(done.stdout)["remembered"] == 0
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    main = lines[0].split()[0]
    calls = [found for found in map(_CALL.match, lines) if found is not None]
    # git is called to answer a question, which is asked again as a whole.
    answering = {
        each["pid"] for each in calls if each["name"] == "execve" and "/git" in each["path"]
    }
    for each in calls:
        if each["pid"] == main or each["pid"] in answering:
            continue
        place = os.path.join(each["folder"] or folder, each["path"])  # noqa: PTH118
        yield each["name"], os.path.normpath(place), "O_DIRECTORY" in each["rest"]


def questions() -> dict[str, list[tuple[str, ...]]]:
    """Return what was taken down of each file, by its path."""
    connection = sqlite3.connect(cache_path())
    rows = connection.execute("select payload from answers where kind = 'verdicts'").fetchall()
    connection.close()
    found = {}
    for (payload,) in rows:
        asked, checked = json.loads(zlib.decompress(payload))
        found[json.loads(checked)["report"]["path"]] = [tuple(each) for each in asked]
    return found


class Covered:
    """What questions cover.

    Attributes
    ----------
    content
        The files whose content is compared.
    listed
        The folders whose names are compared.
    places
        Where it is compared what is there.
    stores
        The Zarr stores of which everything is compared that lies in them.
    """

    def __init__(self, folder: Path) -> None:
        self.content: set[str] = set()
        self.listed: set[str] = set()
        self.places: set[str] = set()
        self.stores: set[Path] = set()
        for file, asked in questions().items():
            path = folder / file
            root = next(
                (at for at in path.parents if (at / "dandiset.yaml").is_file()), path.parent
            )
            for kind, address, *named, _ in asked:
                self._add(kind, Path(address) if address else path, root, named)

    def is_in_store(self, path: str) -> bool:
        """Whether a path is that of a Zarr store, or lies in one."""
        return any(Path(path).is_relative_to(store) for store in self.stores)

    def _add(self, kind: str, address: Path, root: Path, named: list[str]) -> None:
        place = address
        if kind == "look-up":
            place = root.joinpath(*named[1:])
        elif kind == "is-there":
            place = address.parent / named[0]
        elif kind == "names":
            place = root.joinpath(*named)
            self.listed.add(os.path.normpath(place))
        if kind == "status":
            self.content |= {os.path.normpath(place), os.path.realpath(place)}
            if place.is_dir():
                self.stores.add(place)
        for spelled in (os.path.normpath(place), os.path.realpath(place)):
            self.places |= {spelled, f"{Path(spelled).parent}.nwb"}
            for parent in Path(spelled).parents:
                self.places |= {str(parent), *(str(parent / name) for name in _MARKERS)}


def check_coverage(folder: Path, log: Path) -> dict[str, set[str]]:
    """Check a folder, and return what was looked up of it and is covered, by the call."""
    time.sleep(2.5)  # what was just written is not kept
    calls = list(trace(folder, log))
    covered = Covered(folder)
    seen = defaultdict(set)
    above = {str(parent) for parent in folder.parents}
    above |= {str(parent / name) for parent in folder.parents for name in _MARKERS}
    for name, path, is_listed in calls:
        if not (path == str(folder) or path.startswith(f"{folder}/") or path in above):
            continue
        if covered.is_in_store(path):
            seen["in a store"].add(path)
        elif name in {"open", "openat"} and is_listed:
            assert path in covered.listed, (name, path)
        elif name in {"open", "openat"} and not _is_of_git(path):
            assert path in covered.content, (name, path)
        else:
            assert path in covered.places or _is_of_git(path), (name, path)
        seen[name].add(path)
    return seen


def _is_of_git(path: str) -> bool:
    """Whether it is read to answer what git or git-annex say of a file."""
    return ".git" in Path(path).parts and "objects" not in Path(path).parts


def sessions(folder: Path) -> Path:
    """Write two recordings: one with its video, one whose references lead nowhere."""
    write_session(folder / "sub-a/sub-a_ses-1.nwb", Footage(files=["camera.mp4"]), subject="a")
    film(folder / "sub-a/camera.mp4")
    write_session(
        folder / "sub-b/sub-b_ses-1.nwb",
        Footage(files=["gone.mp4"], name="first"),
        Footage(files=["/data/rig/video.mp4"], name="second"),
        Footage(files=["../sub-a/camera.mp4", "../../outside.mp4"], name="third"),
        subject="b",
    )
    film(folder / "sub-b/Gone.MP4")
    return folder


def test_files_with_videos_in_no_dandiset(tmp_path: Path) -> None:
    folder = sessions(tmp_path / "data")
    seen = check_coverage(folder, tmp_path / "log")
    assert len(questions()) == 2
    assert str(folder / "sub-a/camera.mp4") in seen["openat"]
    assert str(folder / "sub-b") in seen["openat"]  # its names are compared for `gone.mp4`


def test_files_with_videos_in_a_dandiset(tmp_path: Path) -> None:
    folder = sessions(tmp_path / "data")
    (folder / "dandiset.yaml").write_text("identifier: '000123'\n")
    seen = check_coverage(folder, tmp_path / "log")
    assert len(questions()) == 2
    assert str(folder / "sub-a/camera.mp4") in seen["openat"]


def test_a_store_with_a_video(tmp_path: Path) -> None:
    folder = sessions(tmp_path / "data")
    file = folder / "sub-a/sub-a_ses-1.nwb"
    store = write_twin(file, file.with_name(f"{file.name}.zarr"))
    file.unlink()
    (folder / "dandiset.yaml").write_text("identifier: '000123'\n")
    seen = check_coverage(folder, tmp_path / "log")
    assert sorted(questions()) == [
        "sub-a/sub-a_ses-1.nwb.zarr",
        "sub-b/sub-b_ses-1.nwb",
    ]
    assert str(store / ".zmetadata") in seen["in a store"]
    assert str(folder / "sub-a/camera.mp4") in seen["openat"]


@pytest.mark.skipif(
    shutil.which("git-annex", path=str(Path(sys.executable).parent)) is None,
    reason="git-annex is not installed",
)
def test_files_of_git_annex(tmp_path: Path) -> None:
    folder = create_repository(sessions(tmp_path / "data"))
    (folder / "dandiset.yaml").write_text("identifier: '000123'\n")
    git(folder, "annex", "init", "here")
    git(folder, "rm", "-r", "--cached", "--quiet", "sub-a", "sub-b")
    git(folder, "annex", "add", "--quiet", "sub-a", "sub-b")
    commit_all(folder)
    assert (folder / "sub-a/camera.mp4").is_symlink()
    seen = check_coverage(folder, tmp_path / "log")
    assert len(questions()) == 2
    assert any("annex/objects" in path for path in seen["openat"] | seen["newfstatat"]) or (
        str(folder / "sub-a/camera.mp4") in seen["openat"]
    )


def test_a_path_that_nobody_takes_down_is_noticed(tmp_path: Path) -> None:
    """What this test rests on: it fails where a question is missing."""
    folder = sessions(tmp_path / "data")
    check_coverage(folder, tmp_path / "log")
    connection = sqlite3.connect(cache_path())
    with connection:
        for key, payload in connection.execute("select key, payload from answers").fetchall():
            asked, checked = json.loads(zlib.decompress(payload))
            left = [each for each in asked if not each[1].endswith("camera.mp4")]
            shorter = zlib.compress(json.dumps([left, checked]).encode())
            connection.execute("update answers set payload = ? where key = ?", (shorter, key))
    connection.close()
    assert str(folder / "sub-a/camera.mp4") not in Covered(folder).content
