from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.execution.misbehaviour import (
    act,
    announce_and_hang,
    die_after_the_first,
    double,
    process_id,
    spin_without_letting_go,
)

from posecheck.execution.failure import FailureKind, WorkerFailure, describe_exit
from posecheck.execution.limits import Limits
from posecheck.execution.pool import WorkerPool
from posecheck.model.errors import InternalError

GIGABYTE = 1024**3
ROOT = Path(__file__).parents[2]


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool() as pool:
        yield pool


def answers(
    pool: WorkerPool, task: Any, jobs: list[Any], *, workers: int = 1, seconds: float = 30.0
) -> list[Any]:
    found = dict(pool.run(task, jobs, workers=workers, limits=Limits(seconds, GIGABYTE)))
    assert sorted(found) == list(range(len(jobs)))
    return [found[index] for index in range(len(jobs))]


@pytest.mark.parametrize("workers", [1, 3])
def test_every_job_is_answered_once(pool: WorkerPool, workers: int) -> None:
    assert answers(pool, double, list(range(50)), workers=workers) == [2 * n for n in range(50)]


def test_one_run_after_the_other_has_the_same_workers(pool: WorkerPool) -> None:
    assert answers(pool, process_id, [None]) == answers(pool, process_id, [None])


def test_no_jobs_give_no_answers(pool: WorkerPool) -> None:
    assert answers(pool, double, []) == []


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("SIGSEGV", "it was ended by SIGSEGV (a segmentation fault)"),
        ("SIGKILL", "it was ended by SIGKILL (killed by the system, most often for want of memory"),
        ("exit", "it ended by itself with exit code 7"),
        ("answer-nonsense", "its answer made no sense"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_costs_one_job(
    pool: WorkerPool, deed: str, reason: str, workers: int
) -> None:
    before, lost, after, last = answers(pool, act, ["a", deed, "b", "c"], workers=workers)
    assert (before, after, last) == ("a", "b", "c")
    assert isinstance(lost, WorkerFailure)
    assert lost.kind is not FailureKind.TIME
    assert lost.reason.startswith(reason)


def test_a_worker_that_hangs_is_ended(pool: WorkerPool) -> None:
    before, lost, after = answers(pool, act, ["a", "hang", "b"], seconds=1.0)
    assert (before, after) == ("a", "b")
    assert isinstance(lost, WorkerFailure)
    assert (lost.kind, lost.reason) == (FailureKind.TIME, "it took longer than 1 s")
    assert 1.0 <= lost.seconds < 10.0


def test_an_answer_that_comes_while_the_caller_is_busy_is_not_late(pool: WorkerPool) -> None:
    found: dict[int, object] = {}
    for index, answer in pool.run(act, ["a"] * 6, workers=2, limits=Limits(1.0, GIGABYTE)):
        found[index] = answer
        if len(found) == 1:
            time.sleep(2.0)  # as behind a pager
    assert found == dict.fromkeys(range(6), "a")


@pytest.mark.slow
def test_a_worker_that_never_lets_python_run_is_ended(pool: WorkerPool) -> None:
    lost, fine = answers(pool, spin_without_letting_go, [60.0, 0.0], seconds=1.0)
    assert isinstance(lost, WorkerFailure)
    assert lost.kind is FailureKind.TIME
    assert fine is None


def test_a_worker_that_takes_too_much_memory_costs_one_job(pool: WorkerPool) -> None:
    before, lost, after = answers(pool, act, ["a", "allocate", "b"])
    assert (before, after) == ("a", "b")
    assert isinstance(lost, WorkerFailure)
    assert lost.kind is not FailureKind.TIME
    assert lost.reason == "it needed more memory than the limit of 1,024 MB"


def test_what_a_task_raises_is_handed_back(pool: WorkerPool) -> None:
    failed, after = answers(pool, act, ["raise", "a"])
    assert isinstance(failed, WorkerFailure)
    assert (failed.kind, failed.reason) == (
        FailureKind.EXCEPTION,
        "ValueError: a fault of posecheck",
    )
    with pytest.raises(InternalError, match=r"^it failed: ValueError: a fault") as raised:
        failed.raise_if_fault("it failed")
    assert "in act" in raised.value.__notes__[0]
    assert after == "a"


def test_what_an_earlier_job_left_behind_is_not_held_against_a_later_one(
    pool: WorkerPool, tmp_path: Path
) -> None:
    jobs = [str(tmp_path)] * 4
    assert answers(pool, die_after_the_first, jobs) == ["done"] * 4


def test_what_a_worker_prints_reaches_nobody(
    pool: WorkerPool, capfd: pytest.CaptureFixture[str]
) -> None:
    assert answers(pool, act, ["chatter", "a"]) == ["read ''", "a"]
    assert capfd.readouterr() == ("", "")


def test_a_worker_does_not_import_from_the_current_folder(tmp_path: Path) -> None:
    for name in ("multiprocessing", "h5py", "pickle", "posecheck"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('run from an unvetted checkout')")
    program = (
        "import sys\n"
        f"sys.path.append({str(ROOT)!r})\n"
        "from posecheck.execution.pool import WorkerPool\n"
        "from tests.execution.misbehaviour import double\n"
        "with WorkerPool() as pool:\n"
        "    print(list(pool.run(double, [4], workers=1)))\n"
    )
    command = [sys.executable, "-P", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"[(0, 8)]\n", b"")


def test_the_environment_is_left_as_it_was() -> None:
    before = dict(os.environ)
    with WorkerPool() as pool:
        assert answers(pool, double, [1]) == [2]
    assert dict(os.environ) == before


def test_no_worker_outlives_the_pool() -> None:
    with WorkerPool() as pool:
        assert len(answers(pool, double, [1, 2, 3], workers=3)) == 3
        assert workers_of(os.getpid())
    assert workers_of(os.getpid()) == []


@pytest.mark.parametrize("whom", ["the parent", "the whole group"])
def test_an_interrupt_ends_everything_at_once(tmp_path: Path, whom: str) -> None:
    program = (
        "from posecheck.execution.pool import WorkerPool\n"
        "from tests.execution.misbehaviour import announce_and_hang\n"
        "try:\n"
        "    with WorkerPool() as pool:\n"
        f"        jobs = [{str(tmp_path)!r}] * 2\n"
        "        list(pool.run(announce_and_hang, jobs, workers=2))\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    assert announce_and_hang.__module__ == "tests.execution.misbehaviour"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    workers = wait_for_workers(tmp_path, 2)
    if whom == "the parent":
        process.send_signal(signal.SIGINT)
    else:
        os.killpg(process.pid, signal.SIGINT)
    said, complained = process.communicate(timeout=30)
    assert (said, complained) == (b"interrupted\n", b"")
    assert not any(psutil.pid_exists(worker) for worker in workers)


def test_a_worker_whose_parent_is_gone_goes_too(tmp_path: Path) -> None:
    program = (
        "import os\n"
        "from posecheck.execution.pool import WorkerPool\n"
        "from tests.execution.misbehaviour import die_after_the_first\n"
        "with WorkerPool() as pool:\n"
        f"    jobs = [{str(tmp_path)!r}]\n"
        "    list(pool.run(die_after_the_first, jobs, workers=1))\n"
        "    os._exit(0)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=30)
    (worker,) = wait_for_workers(tmp_path, 1)
    until = time.monotonic() + 10.0
    while psutil.pid_exists(worker) and time.monotonic() < until:
        time.sleep(0.02)
    assert not psutil.pid_exists(worker)


@pytest.mark.skipif(os.name == "nt", reason="semaphores have no names there")
def test_nothing_is_said_of_semaphores_of_a_worker_that_was_ended() -> None:
    program = (
        "from posecheck.execution.pool import WorkerPool\n"
        "from tests.execution.misbehaviour import make_a_semaphore_and_die\n"
        "with WorkerPool() as pool:\n"
        "    ((_, answer),) = pool.run(make_a_semaphore_and_die, [None], workers=1)\n"
        "    print(answer.reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "SIGKILL" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "it ended by itself with exit code 3"),
        (-signal.SIGFPE, "it was ended by SIGFPE (an arithmetic fault)"),
        (-signal.SIGTERM, "it was ended by SIGTERM"),
        (-200, "it was ended by signal 200"),
        (None, "it stopped answering"),
    ],
)
def test_the_end_of_a_worker_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words


def workers_of(process: int) -> list[psutil.Process]:
    """Return what the fork server of a process has forked; the server itself stays."""
    servers = psutil.Process(process).children()
    return [worker for server in servers for worker in server.children()]


def wait_for_workers(folder: Path, count: int) -> list[int]:
    until = time.monotonic() + 30.0
    while time.monotonic() < until:
        found = [int(mark.name) for mark in folder.iterdir()]
        if len(found) == count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {count} workers within 30 s")
