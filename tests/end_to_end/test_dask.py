"""``posecheck --scheduler`` says on a Dask cluster what it says with workers of this machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.corpus.folder import VARIABLE, find_corpus
from tests.dask_cluster import DaskCluster, dask_cluster, wait_until
from tests.end_to_end.command import COMMAND, environment, posecheck
from tests.engine.files import write_nwb

import posecheck as package
from posecheck.validators.registry import engine_names

pytestmark = pytest.mark.slow
FORMATS = ("json", "json-lines", "concise", "junit", "sarif")
_AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.org")
EVERY_VALIDATOR = tuple(word for name in engine_names() for word in ("--engine", name))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def many(careful: Path, tmp_path: Path) -> Path:
    """A dandiset with a careful recording, files with findings, and one that is no NWB file."""
    folder = tmp_path / "many"
    shutil.copytree(careful.parents[1], folder)
    first = write_nwb(folder / "sub-1" / "sub-1_ses-0.nwb", highest=1.5)
    for number in range(1, 12):
        shutil.copyfile(first, first.with_name(f"sub-1_ses-{number}.nwb"))
    (folder / "sub-1" / "sub-1_ses-broken.nwb").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    return folder


def _documents(folder: Path, *options: str) -> dict[str, str]:
    """Run in the folder above; return what is said in each format, without the times."""
    outputs = [f"--output={name}={name}.out" for name in FORMATS]
    outcome = posecheck(
        "validate", "--isolated", "--no-cache", folder.name, *outputs, *options, cwd=folder.parent
    )
    assert outcome.code == 1, outcome.stderr
    texts = {name: (folder.parent / f"{name}.out").read_text("utf-8") for name in FORMATS}
    return {name: _without_times(text) for name, text in texts.items()}


def _without_times(text: str) -> str:
    return re.sub(r'("seconds": |time=")[0-9.e-]+', r"\1", text)


def test_a_cluster_says_the_same_in_each_format(cluster: DaskCluster, many: Path) -> None:
    there = _documents(many, *EVERY_VALIDATOR, "--scheduler", str(cluster.scheduler_file))
    assert there == _documents(many, *EVERY_VALIDATOR, "--jobs=1")
    assert there == _documents(many, *EVERY_VALIDATOR, "--jobs=2")
    assert there["junit"].count("<testsuite ") == 14 + 1  # the files, and the dandiset
    assert "pynwb." in there["concise"]
    assert cluster.hosts() == []
    assert cluster.leftovers() == []


def test_a_cluster_of_which_a_worker_is_killed_says_the_same(
    cluster: DaskCluster, many: Path
) -> None:
    outputs = ["--output=json=killed.out", "--scheduler", cluster.address]
    process = subprocess.Popen(
        [*COMMAND, "validate", "--isolated", "--no-cache", many.name, *outputs],
        cwd=many.parent,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: bool(cluster.hosts()))
    wait_until(lambda: any(cluster.folder.rglob("posecheck-*/job-*")))
    cluster.workers()[0].kill()
    _, complained = process.communicate(timeout=120)
    assert (process.returncode, complained) == (1, b"")
    killed = (many.parent / "killed.out").read_text("utf-8")
    assert _without_times(killed) == _documents(many, *EVERY_VALIDATOR)["json"]
    cluster.wait_for_workers()


def test_a_cluster_says_the_same_of_files_that_other_programs_wrote(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    corpus = find_corpus()
    if corpus is None:
        pytest.skip(f"no folder with files of other programs: set {VARIABLE}")
    folder = tmp_path / "corpus"
    folder.symlink_to(corpus)
    there = _documents(folder, "--engine=pose", "--scheduler", cluster.address)
    assert there == _documents(folder, "--engine=pose")


def test_limits_hold_for_each_file_on_a_cluster(cluster: DaskCluster, many: Path) -> None:
    there = _documents(many, "--scheduler", cluster.address, "--file-timeout=0.001")
    assert "FIL013 the check did not end within 0.001 seconds" in there["concise"]


def test_organize_plans_the_same(cluster: DaskCluster, careful: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(careful.parent, outside)
    plans = []
    for name, options in (("here", ()), ("there", ("--scheduler", cluster.address))):
        dandiset = ("--dandiset", "new", "--new-dandiset", "123456")
        saved = ("--dry-run", "--plan-file", f"{name}.json")
        outcome = posecheck("organize", outside, *dandiset, *saved, *options, cwd=tmp_path)
        assert outcome.code == 0, outcome.stderr
        plans.append((tmp_path / f"{name}.json").read_text("utf-8"))
    assert plans[0] == plans[1]
    assert ".mp4" in plans[0]
    assert cluster.hosts() == []


def test_fix_plans_the_same(cluster: DaskCluster, many: Path) -> None:
    plans = []
    for options in ((), ("--scheduler", cluster.address)):
        command = ("fix", "--isolated", "--no-cache", "--unsafe-fixes", "--dry-run", "--diff", many)
        outcome = posecheck(*command, *options, cwd=many)
        assert outcome.code == 0, outcome.stderr
        plans.append(outcome.stdout)
    assert plans[0] == plans[1]
    assert "CNF001" in plans[0]
    assert cluster.hosts() == []


def test_a_diff_is_read_on_a_cluster_too(cluster: DaskCluster, many: Path) -> None:
    for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "begin")):
        subprocess.run(["git", *_AUTHOR, *command], cwd=many, check=True)
    with next(many.rglob("*.mp4")).open("ab") as video:
        video.write(b"\0")
    check = ("validate", "--isolated", "--no-cache", "--diff-base=HEAD", "--output=json")
    here, there = (
        posecheck(*check, *options, cwd=many) for options in ((), ("--scheduler", cluster.address))
    )
    assert (here.code, there.code) == (0, 0)
    assert _without_times(here.stdout) == _without_times(there.stdout)
    assert len(here.report["files"]) == 1


def test_python_takes_a_scheduler_and_the_working_folder_is_ours(
    cluster: DaskCluster, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(many / "sub-1")
    reports = [
        package.validate(
            "sub-1_ses-1.nwb", engines=["pose"], scheduler=scheduler, cache=False
        ).files
        for scheduler in (cluster.scheduler_file, None)
    ]
    names = [(file.path, [one.code for one in file.findings]) for (file,) in reports]
    assert names[0] == names[1]
    assert names[0][0] == "sub-1_ses-1.nwb"


def test_ctrl_c_leaves_nothing_on_the_cluster(cluster: DaskCluster, many: Path) -> None:
    process = subprocess.Popen(
        [
            *COMMAND,
            "validate",
            "--isolated",
            "--no-cache",
            many.name,
            "--scheduler",
            cluster.address,
        ],
        cwd=many.parent,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: any(cluster.folder.rglob("posecheck-*/job-*")))
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in complained
    wait_until(lambda: not cluster.hosts() and not cluster.leftovers())


def test_a_scheduler_that_does_not_answer_is_a_sentence(many: Path) -> None:
    outcome = posecheck("validate", many, "--scheduler", "tcp://127.0.0.1:9", cwd=many)
    assert outcome.code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9: " in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_scheduler_that_says_nothing_is_given_up(many: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        outcome = posecheck("validate", many, "--scheduler", address, cwd=many)
    assert outcome.code == 2
    assert outcome.stderr.endswith(f"answers at {address}: nothing came within 10 s\n")


def test_a_mistake_in_the_call_does_not_wait_for_the_scheduler(many: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scheduler = f"--scheduler=tcp://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        outcome = posecheck("validate", "--no-cache", "missing.nwb", scheduler, cwd=many)
    assert time.monotonic() - began < 9  # a scheduler is waited for 10 s
    assert outcome.code == 2
    assert "missing.nwb" in outcome.stderr
    assert "Dask" not in outcome.stderr


@pytest.mark.parametrize("kind", ["empty", "word", "pipe", "no JSON", "no address", "inproc://x"])
def test_what_is_no_scheduler_is_said_though_all_files_are_known(
    many: Path, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "scheduler.json"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind.startswith("no "):
        file.write_text("[]" if kind == "no address" else "never JSON")
    named = {"empty": "", "word": "garbage", "inproc://x": kind}.get(kind, str(file))
    outcome = posecheck("validate", many, "--scheduler", named, cwd=many)
    assert outcome.code == 2
    assert "scheduler" in outcome.stderr
    assert outcome.stdout == ""


def test_without_the_extra_the_sentence_says_how_to_install_it(many: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "distributed.py").write_text("raise ImportError('not installed')")
    done = subprocess.run(
        [sys.executable, "-m", "posecheck", "validate", many, "--scheduler", "tcp://127.0.0.1:9"],
        cwd=many,
        env=environment() | {"PYTHONPATH": os.fspath(hidden)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "pip install 'nwb-posecheck[dask]'" in done.stderr


@pytest.mark.parametrize("option", ["--with-pose", "--max-requests-per-second=5"])
def test_what_bounds_one_machine_is_refused(many: Path, option: str) -> None:
    outcome = posecheck("validate", "dandi://dandi", option, "--scheduler=tcp://a:1", cwd=many)
    assert outcome.code == 2
    assert f"{option.partition('=')[0]} bounds the requests of one machine" in outcome.stderr
    assert "leave out --scheduler" in outcome.stderr
