"""A video that several files share is probed once per run, in whatever worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.video.written_videos import write_video

from posecheck.model.video_file import VideoFault
from posecheck.sources.local_source import LocalSource
from posecheck.video import Probes

_WORKER = """
import sys, time
from pathlib import Path
from posecheck.sources.local_source import LocalSource
from posecheck.video import Probes, probe_cache
real = probe_cache.probe
def slow(source, **options):
    with open(sys.argv[3], "a") as log:
        log.write("probed\\n")
    time.sleep(0.3)
    return real(source, **options)
probe_cache.probe = slow
print(Probes(folder=Path(sys.argv[1])).facts_of(LocalSource.at(Path(sys.argv[2]))).frames)
"""


def test_workers_at_one_time_probe_a_video_once(tmp_path: Path) -> None:
    video, log, folder = write_video(tmp_path / "a.mp4", 7), tmp_path / "log", tmp_path / "run"
    folder.mkdir()
    os.link(video, tmp_path / "b.mp4")
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, folder, tmp_path / name, log],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a.mp4", "b.mp4", "a.mp4")
    ]
    assert [worker.communicate(timeout=60)[0] for worker in workers] == ["7\n"] * 3
    assert log.read_text() == "probed\n"


def test_a_video_that_ended_one_worker_is_not_tried_in_another(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4")
    deadly = "import os, sys\nfrom pathlib import Path\n"
    deadly += "from posecheck.sources.local_source import LocalSource\n"
    deadly += "from posecheck.video import Probes, probe_cache\n"
    deadly += "probe_cache.probe = lambda source, **options: os._exit(1)\n"
    deadly += "Probes(folder=Path(sys.argv[1])).facts_of(LocalSource.at(Path(sys.argv[2])))\n"
    subprocess.run([sys.executable, "-c", deadly, tmp_path, video], check=False, timeout=60)
    facts = Probes(folder=tmp_path).facts_of(LocalSource.at(video))
    assert (facts.fault, facts.detail) == (
        VideoFault.CRASHED,
        "another file's check did not survive it",
    )


def test_a_video_that_was_replaced_is_probed_again(tmp_path: Path) -> None:
    probes = Probes(folder=tmp_path)
    assert probes.facts_of(LocalSource.at(write_video(tmp_path / "a.mp4", 5))).frames == 5
    write_video(tmp_path / "new.mp4", 6).replace(tmp_path / "a.mp4")
    assert probes.facts_of(LocalSource.at(tmp_path / "a.mp4")).frames == 6


def test_a_video_that_is_gone_is_reported(tmp_path: Path) -> None:
    assert Probes().facts_of(LocalSource.at(tmp_path / "gone.mp4")).fault is VideoFault.UNREADABLE
