"""``posecheck info FILE --frame N`` and what the command line says of videos."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest
from tests.recordings.written import HEIGHT, WIDTH, write_recording
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
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--frame", "60"], "write it to a file with --save FILE.png"),
        (["--save", "a.png"], "say which one with --frame N"),
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


def test_info_tells_what_the_video_holds(recording: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(recording)])
    assert "96 × 64, h264 (Constrained Baseline), yuv420p, in mov" in done.stdout
    assert "120 frames counted, 30 Hz, 4 s" in done.stdout
    written = json.loads(
        CliRunner().invoke(app, ["info", str(recording), "--output-format", "json"]).stdout
    )
    (file,) = written["recording"]["videos"][0]["external_files"]
    assert (file["video"]["frames"], file["video"]["codec"]) == (120, "h264")


def test_videos_may_be_left_alone_or_decoded_whole(recording: Path) -> None:
    for how, skipped in (("none", True), ("packets", False), ("full", False)):
        done = CliRunner().invoke(
            app, ["validate", str(recording), "--isolated", "--decode", how, "--verbose"]
        )
        assert done.exit_code == 0
        assert ("videos were not looked into" in done.stdout) is skipped


def test_a_video_may_have_a_time_limit_of_its_own(recording: Path) -> None:
    done = CliRunner().invoke(
        app, ["validate", str(recording), "--isolated", "--video-timeout", "0.001", "--verbose"]
    )
    assert done.exit_code == 0
    assert "looking into the video took too long" in done.stdout
