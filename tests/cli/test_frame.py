"""``posecheck info FILE --frame N`` and what the command line says of videos."""

from __future__ import annotations

import json
from pathlib import Path

import av
import h5py
import pytest
from tests.recordings.edits import refer
from tests.recordings.written import HEIGHT, VIDEO, WIDTH, write_recording
from tests.video.written_videos import write_video
from typer.testing import CliRunner

from posecheck.cli.app import app


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("dandiset"))


def test_a_frame_is_saved(recording: Path, tmp_path: Path) -> None:
    target = tmp_path / "frame.png"
    done = CliRunner().invoke(app, ["info", str(recording), "--frame", "60", "--save", str(target)])
    assert (done.exit_code, done.stdout.splitlines()[-1][:6]) == (0, "drawn:")
    with target.open("rb") as file, av.open(file, "r", format="png_pipe") as container:
        (picture,) = container.decode(video=0)
    assert (picture.width, picture.height) == (7 * WIDTH, 7 * HEIGHT)  # enlarged to read names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--frame", "60"], "write it to a file with --save FILE.png"),
        (["--save", "a.png"], "say which one with --frame N"),
        (["--container", "PoseEstimation"], "--container is about a frame"),
        (
            ["--frame", "1", "--save", "a.png", "--container", "mouse"],
            "there is no container 'mouse' with pose in two dimensions: there are PoseEstimation",
        ),
        (
            ["--frame", "1", "--save", "a.png", "--camera", "side"],
            "there is no camera 'side' with pose in two dimensions: there are camera, camera_video",
        ),
        (
            ["--frame", "1", "--save", "a.png", "--video", "gone.mp4"],
            "--video: there is no file 'gone.mp4'",
        ),
        (["--frame", "1", "--save", "a.mp4"], "is not named .png"),
        (["--frame", "1", "--save", "none/a.png"], "--save: there is no folder none"),
        (["--frame", "600", "--save", "a.png"], "there is no frame 600: the video has 120"),
    ],
)
def test_what_cannot_be_shown_is_a_mistake_in_words(
    recording: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["info", str(recording), *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["rate", "timestamps"])
def test_a_video_beside_is_taken_where_the_reference_leads_nowhere(
    tmp_path: Path, clock: str
) -> None:
    path = write_recording(tmp_path, clock="rate" if clock == "rate" else "timestamps")
    (path.parent / VIDEO).rename(path.parent / "moved.mp4")
    target = tmp_path / "frame.png"
    arguments = ["info", str(path), "--frame", "60", "--save", str(target)]
    assert CliRunner().invoke(app, arguments).exit_code == 2
    (path.parent / "moved.mp4").rename(path.parent / VIDEO.rpartition("/")[2])
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert f"{VIDEO} leads nowhere: this is {VIDEO.rpartition('/')[2]} beside the NWB" in said


@pytest.mark.slow
def test_another_video_beside_is_shown_and_said_to_contradict(tmp_path: Path) -> None:
    path = write_recording(tmp_path)
    with h5py.File(path, "r+") as file:
        refer("/data/lab/camera.mp4")(file)
    write_video(path.parent / "camera.mp4", 90)
    target = tmp_path / "frame.png"
    done = CliRunner().invoke(app, ["info", str(path), "--frame", "60", "--save", str(target)])
    assert done.exit_code == 0, done.stderr
    assert "contradicts it: it holds 90 frames" in " ".join(done.stdout.split())


@pytest.mark.slow
def test_the_user_may_name_the_video_the_container_and_the_camera(
    recording: Path, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "elsewhere.mp4", 120)
    target = tmp_path / "frame.png"
    for more in (
        ["--video", str(video)],
        ["--container", "poseestimation"],
        ["--container", "/processing/behavior/PoseEstimation"],
        ["--camera", "camera"],
        ["--camera", "camera_video"],
    ):
        done = CliRunner().invoke(
            app, ["info", str(recording), "--frame", "60", "--save", str(target), *more]
        )
        assert done.exit_code == 0, done.stderr
        shown = "elsewhere.mp4" if "--video" in more else VIDEO
        assert shown in "".join(done.stdout.split("\n"))


@pytest.mark.slow
def test_info_shows_what_the_video_holds(recording: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(recording)])
    assert "96 × 64, h264 (Constrained Baseline), yuv420p, in mov" in done.stdout
    assert "120 frames counted, 30 Hz, 4 s" in done.stdout
    written = json.loads(
        CliRunner().invoke(app, ["info", str(recording), "--output", "json"]).stdout
    )
    (file,) = written["recording"]["videos"][0]["external_files"]
    assert (file["video"]["frames"], file["video"]["codec"]) == (120, "h264")


@pytest.mark.slow
def test_videos_may_be_left_alone_or_decoded_whole(recording: Path) -> None:
    for how, skipped in (("none", True), ("packets", False), ("full", False)):
        done = CliRunner().invoke(
            app, ["validate", str(recording), "--isolated", "--decode", how, "--verbose"]
        )
        assert done.exit_code == 0
        assert ("videos were not looked into" in done.stdout) is skipped


@pytest.mark.slow
def test_a_video_may_have_a_time_limit_of_its_own(recording: Path) -> None:
    done = CliRunner().invoke(
        app, ["validate", str(recording), "--isolated", "--video-timeout", "0.001", "--verbose"]
    )
    assert done.exit_code == 0
    assert "looking into the video took too long" in done.stdout
