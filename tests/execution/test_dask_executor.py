"""A Dask cluster answers what worker processes of this machine answer, whatever a job does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.dask_cluster import ROOT, DaskCluster, dask_cluster, wait_until
from tests.execution.misbehaviour import (
    act,
    do_something_else,
    double,
    kill_dask_worker,
    process_id,
    read,
    wait_for,
)

from posecheck.execution.dask_connection import keep_connection
from posecheck.execution.dask_executor import DaskExecutor
from posecheck.execution.dask_submission import BatchSizes
from posecheck.execution.failure import FailureKind, WorkerFailure
from posecheck.execution.limits import Limits
from posecheck.model.errors import InternalError, UsageError

GIGABYTE = 1024**3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def executor(cluster: DaskCluster) -> Iterator[DaskExecutor]:
    with DaskExecutor(str(cluster.scheduler_file), path_of=path_of) as executor:
        yield executor


def path_of(job: Any) -> str | None:
    return job if str(job).endswith(".txt") else None


def answers(executor: DaskExecutor, task: Any, jobs: list[Any], seconds: float = 30.0) -> list[Any]:
    found = dict(executor.run(task, jobs, workers=1, limits=Limits(seconds, GIGABYTE)))
    assert sorted(found) == list(range(len(jobs)))
    return [found[index] for index in range(len(jobs))]


def test_every_job_is_answered_once_and_one_run_after_the_other_has_the_same_workers(
    executor: DaskExecutor, cluster: DaskCluster
) -> None:
    assert answers(executor, double, list(range(50))) == [2 * n for n in range(50)]
    before = {process.pid for process in cluster.hosts()}
    assert set(answers(executor, process_id, [None] * 8)) <= before
    assert answers(executor, double, []) == []


def test_what_a_job_does_to_its_process_costs_that_job(executor: DaskExecutor) -> None:
    deeds = ["a", "SIGSEGV", "hang", "allocate", "exit", "answer-nonsense", "chatter", "b"]
    before, *lost, chatter, after = answers(executor, act, deeds, seconds=2.0)
    assert (before, chatter, after) == ("a", "read ''", "b")
    kinds = [failure.kind for failure in lost if isinstance(failure, WorkerFailure)]
    death = FailureKind.DEATH
    assert kinds == [death, FailureKind.TIME, FailureKind.MEMORY, death, death]
    assert "it took longer than 2 s" in [failure.reason for failure in lost]


def test_a_crash_among_jobs_that_are_sent_together_costs_that_job(executor: DaskExecutor) -> None:
    deeds = ["a"] * 60
    deeds[30], deeds[45] = "SIGSEGV", "raise"
    found = answers(executor, act, deeds)
    kinds = {place: answer.kind for place, answer in enumerate(found) if answer != "a"}
    assert kinds == {30: FailureKind.DEATH, 45: FailureKind.EXCEPTION}


def test_a_follow_up_decides_beside_the_worker(executor: DaskExecutor) -> None:
    limits = Limits(2.0, GIGABYTE)
    deeds = ["a", "SIGSEGV", "hang", "exit"]
    found = dict(executor.run(act, deeds, workers=1, limits=limits, follow_up=do_something_else))
    hung = found.pop(2)
    assert found == {0: "a", 1: "not SIGSEGV", 3: "not exit"}
    assert isinstance(hung, WorkerFailure)
    assert hung.kind is FailureKind.TIME


def test_short_jobs_are_sent_together_and_long_ones_are_not() -> None:
    sizes = BatchSizes()
    assert sizes.next_one(waiting=1000, in_flight=4) == 1  # nothing is known of them
    sizes.add(jobs=1, seconds=0.1)
    assert sizes.next_one(waiting=1000, in_flight=4) == 5
    assert sizes.next_one(waiting=16, in_flight=4) == 2
    assert sizes.next_one(waiting=1, in_flight=4) == 1
    for _ in range(3):
        sizes.add(jobs=1, seconds=30.0)
    assert sizes.next_one(waiting=1000, in_flight=4) == 1


def test_what_a_task_raises_is_handed_back(executor: DaskExecutor) -> None:
    failed, after = answers(executor, act, ["raise", "a"])
    assert failed.reason == "ValueError: a fault of posecheck"
    assert "in act" in failed.traceback
    assert after == "a"


def test_the_jobs_of_a_lost_dask_worker_are_done_elsewhere(
    executor: DaskExecutor, cluster: DaskCluster, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    found: list[Any] = []
    thread = threading.Thread(
        target=lambda: found.extend(answers(executor, wait_for, [str(go)] * 6))
    )
    thread.start()
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    cluster.workers()[0].kill()
    time.sleep(0.5)
    go.touch()
    thread.join(60)
    assert len(found) == 6
    assert all(isinstance(answer, int) for answer in found)
    wait_until(lambda: len(cluster.workers()) == 2)


@pytest.mark.slow
def test_a_job_that_loses_each_dask_worker_costs_that_job(tmp_path: Path) -> None:
    deeds = ["a"] * 40
    deeds[25] = "kill"  # others are sent with it
    with dask_cluster(tmp_path) as cluster, DaskExecutor(cluster.address) as executor:
        found = answers(executor, kill_dask_worker, deeds)
    lost = found.pop(25)
    assert found == ["a"] * 39
    assert isinstance(lost, WorkerFailure)
    assert lost.kind is FailureKind.DEATH
    assert lost.reason == "each of the Dask workers that it was given to was lost"


def test_relative_paths_begin_where_the_caller_stands(
    executor: DaskExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("from here")
    monkeypatch.chdir(tmp_path)
    assert answers(executor, read, ["a.txt"]) == ["from here"]


def test_a_file_that_is_gone_is_the_tasks_to_report(executor: DaskExecutor, tmp_path: Path) -> None:
    (answer,) = answers(executor, read, [str(tmp_path / "gone.txt")])
    assert isinstance(answer, WorkerFailure)
    assert answer.reason.startswith("FileNotFoundError")


def test_a_file_that_workers_do_not_see_ends_the_run(cluster: DaskCluster, tmp_path: Path) -> None:
    # A file that is open here alone: to this process it is there by the number of its descriptor.
    content = tmp_path / "content"
    content.write_text("here")
    with content.open() as stream:
        number = os.dup2(stream.fileno(), 900)
    try:
        with (
            DaskExecutor(cluster.address, path_of=str) as executor,
            pytest.raises(UsageError, match=r"^/proc/self/fd/900 is here, and \S+, a machine of"),
        ):
            answers(executor, read, ["/proc/self/fd/900"])
    finally:
        os.close(number)


def test_another_file_at_the_same_path_is_told_once(cluster: DaskCluster, tmp_path: Path) -> None:
    same = tmp_path / "same.txt"
    same.write_text("everywhere")
    told: list[str] = []
    with (
        (tmp_path / "here").open("w+") as here,
        DaskExecutor(cluster.address, path_of=str, on_message=told.append) as executor,
    ):
        # To this process and to a worker the path leads to what each of them has open.
        number = next(one for one in range(2, 20) if _is_a_file_of_every_worker(cluster, one))
        kept = os.dup(number)
        os.dup2(here.fileno(), number)
        try:
            path = f"/proc/self/fd/{number}"
            answers(executor, str, [str(same), path, path])
        finally:
            os.dup2(kept, number)
            os.close(kept)
    (note,) = told
    assert f"sees another size or time of /proc/self/fd/{number} than this one" in note


def _is_a_file_of_every_worker(cluster: DaskCluster, number: int) -> bool:
    return all(Path(f"/proc/{one.pid}/fd/{number}").is_file() for one in cluster.workers())


def test_nothing_is_left_on_the_workers(cluster: DaskCluster) -> None:
    with DaskExecutor(cluster.address) as executor:
        answers(executor, double, [1, 2, 3, 4])
        assert cluster.hosts()
        assert cluster.leftovers()
    assert cluster.hosts() == []
    assert cluster.leftovers() == []


def test_a_connection_that_is_kept_begins_on_the_workers_before_there_is_a_job(
    cluster: DaskCluster,
) -> None:
    with keep_connection(cluster.address, modules=()):
        wait_until(lambda: len(_hosts(cluster)) == 2)
        begun = _hosts(cluster)
        for _ in range(2):
            with DaskExecutor(cluster.address) as executor:
                assert answers(executor, double, [1, 2, 3, 4]) == [2, 4, 6, 8]
                assert _hosts(cluster) == begun
        with DaskExecutor(cluster.address, modules=("colorsys",)) as executor:
            assert answers(executor, double, [1, 2]) == [2, 4]
            assert _hosts(cluster) > begun  # which import less
    assert cluster.hosts() == []
    assert cluster.leftovers() == []


def _hosts(cluster: DaskCluster) -> set[int]:
    name = "posecheck.execution.job_host"
    return {process.pid for process in cluster.hosts() if name in process.cmdline()}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_caller_that_ends_early_leaves_the_cluster_usable(
    cluster: DaskCluster, tmp_path: Path, how: signal.Signals
) -> None:
    program = (
        "from posecheck.execution.dask_executor import DaskExecutor\n"
        "from tests.execution.misbehaviour import wait_for\n"
        "try:\n"
        f"    with DaskExecutor({cluster.address!r}) as executor:\n"
        f"        list(executor.run(wait_for, [{str(tmp_path / 'never')!r}] * 9, workers=1))\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    began = time.monotonic()
    process.send_signal(how)
    said, complained = process.communicate(timeout=30)
    assert (said, complained) == (b"interrupted\n" if how is signal.SIGINT else b"", b"")
    assert time.monotonic() - began < 10
    wait_until(lambda: not cluster.hosts())
    wait_until(lambda: not cluster.leftovers())
    with DaskExecutor(cluster.address) as executor:
        assert answers(executor, double, [1, 2]) == [2, 4]


def test_a_process_of_ours_that_is_killed_is_started_again(
    executor: DaskExecutor, cluster: DaskCluster, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    found: list[Any] = []
    thread = threading.Thread(
        target=lambda: found.extend(answers(executor, wait_for, [str(go)] * 2))
    )
    thread.start()
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    host = next(one for one in cluster.hosts() if "posecheck.execution.job_host" in one.cmdline())
    go.touch()
    host.kill()
    thread.join(60)
    assert len(found) == 2
    assert all(isinstance(answer, int) for answer in found)


def test_workers_with_other_versions_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "h5py-1.0.dist-info").mkdir(parents=True)
    (other / "h5py-1.0.dist-info" / "METADATA").write_text("Name: h5py\nVersion: 1.0\n")
    with dask_cluster(tmp_path, workers=0) as cluster:
        with DaskExecutor(cluster.address) as executor:
            cluster.start_worker("--nthreads", "1", PYTHONPATH=f"{other}{os.pathsep}{ROOT}")
            with pytest.raises(UsageError, match=r"^a Dask worker has h5py 1\.0 \(here \d"):
                answers(executor, double, [1])
        with (
            pytest.raises(UsageError, match=r"versions that are here: tcp://\S+ has h5py 1\.0 \("),
            DaskExecutor(cluster.address),
        ):
            pass


@pytest.mark.parametrize(
    ("scheduler", "sentence"),
    [
        ("tcp://127.0.0.1:9", r"^no Dask scheduler answers at tcp://127\.0\.0\.1:9: "),
        ("tls://127.0.0.1:9", r"^no Dask scheduler answers at tls://127\.0\.0\.1:9: "),
        ("nonsense://a", r"^no Dask scheduler: 'nonsense://a' is neither an address"),
        ("127.0.0.1:8786", r"^no Dask scheduler: '127\.0\.0\.1:8786' is neither an address"),
        ("a.json", r"^no Dask scheduler: 'a\.json' is neither an address"),
        (__file__, r"cannot be read as a Dask scheduler file: "),
        (str(ROOT / "docs/report.schema.json"), r"it states no address$"),
    ],
)
def test_a_scheduler_that_is_not_there_is_said_soon(scheduler: str, sentence: str) -> None:
    began = time.monotonic()
    with pytest.raises(UsageError, match=sentence), DaskExecutor(scheduler):
        pass
    assert time.monotonic() - began < 15


@pytest.mark.slow
def test_a_scheduler_that_is_lost_ends_the_run(tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path / "cluster", workers=1) as cluster,
        DaskExecutor(cluster.address) as executor,
    ):
        running = executor.run(wait_for, [str(tmp_path / "never")], workers=1)
        threading.Timer(3.0, cluster.processes[0].kill).start()
        with pytest.raises(InternalError, match="the scheduler of the Dask cluster was lost"):
            next(running)
