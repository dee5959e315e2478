from __future__ import annotations

import base64
import dataclasses
import io
import re

import av
import numpy as np
import pytest
from rich.console import Console

from posecheck.model.picture import Picture
from posecheck.report.picture_output import as_blocks, caption, print_picture, to_png

GENERATOR = np.random.default_rng(5)


def make(width: int, height: int) -> Picture:
    pixels = GENERATOR.integers(0, 256, (height, width, 3), np.uint8)
    return Picture(
        width=width,
        height=height,
        pixels=pixels.tobytes(),
        video="cam\x1b[31m.mp4",
        frame=1200,
        seconds=40.0,
        drawn=("nose", "ear"),
        absent=("tail",),
        outside=("ear",),
    )


def print_on(picture: Picture, environment: dict[str, str], width: int = 80) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, height=30, force_terminal=True)
    print_picture(picture, console, environment)
    return stream.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 48)])
def test_a_png_holds_every_pixel(size: tuple[int, int]) -> None:
    picture = make(*size)
    with av.open(io.BytesIO(to_png(picture)), "r", format="png_pipe") as container:
        (frame,) = container.decode(video=0)
    assert frame.to_ndarray(format="rgb24").tobytes() == picture.pixels


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (640, 480), (2, 2)])
@pytest.mark.parametrize("room", [(80, 30), (1, 1), (20, 5)])
def test_blocks_keep_within_the_room(size: tuple[int, int], room: tuple[int, int]) -> None:
    lines = list(as_blocks(make(*size), *room))
    assert 1 <= len(lines) <= room[1]
    assert all(1 <= len(line) <= room[0] for line in lines)


def test_a_block_shows_two_pixels() -> None:
    picture = Picture(width=1, height=2, pixels=bytes((255, 0, 0, 0, 0, 255)))
    (line,) = as_blocks(picture, 1, 1)
    assert str(line.spans[0].style) == "#ff0000 on #0000ff"


@pytest.mark.parametrize("environment", [{"KITTY_WINDOW_ID": "1"}, {"TERM_PROGRAM": "ghostty"}])
def test_a_terminal_of_the_kitty_kind_gets_the_whole_picture(environment: dict[str, str]) -> None:
    picture = make(64, 48)
    said = print_on(picture, environment)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", said)
    assert all(len(content) <= 4096 for _, content in pieces)
    assert [head[-3:] for head, _ in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    joined = "".join(content for _, content in pieces)
    assert base64.b64decode(joined) == to_png(picture)


def test_iterm_gets_the_whole_picture() -> None:
    picture = make(64, 48)
    said = print_on(picture, {"TERM_PROGRAM": "iTerm.app"})
    assert said.startswith("\x1b]1337;File=inline=1;")
    assert base64.b64decode(said.split(":", 1)[1].rstrip("\x07\n")) == to_png(picture)


def test_other_terminals_get_blocks_also_behind_a_multiplexer() -> None:
    said = print_on(make(64, 48), {"KITTY_WINDOW_ID": "1", "TMUX": "socket,1,0"})
    assert "▀" in said
    assert "\x1b_G" not in said


def test_the_caption_gives_the_size_of_the_frame_and_where_it_was_found() -> None:
    picture = dataclasses.replace(make(64, 48), times=2, note="/data/a.mp4 leads nowhere")
    text = caption(picture).plain
    assert ", 32 × 24, enlarged 2 times," in text
    assert "\n/data/a.mp4 leads nowhere\n" in text


def test_the_caption_names_what_is_detected_and_lets_no_escape_through() -> None:
    text = caption(make(64, 48)).plain
    assert "\x1b" not in text
    assert text.startswith("frame 1,200 of cam")
    assert text.endswith("drawn: nose, ear\nno position: tail\noutside the frame: ear")
