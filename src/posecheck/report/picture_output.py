"""A picture as a PNG file, and in a terminal: as one where it can show pictures, else as blocks."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterator, Mapping

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from posecheck.model.picture import Picture
from posecheck.report.escapes import escape
from posecheck.report.finding_groups import enumerate_names

_UPPER_HALF = "▀"
_CHUNK = 4096
_TALLEST = 60
_NARROW = 40
_KITTY = frozenset({"ghostty", "wezterm"})


def to_png(picture: Picture) -> bytes:
    """Write a picture as PNG (ISO 15948): 8 bits each of red, green and blue."""
    row = 3 * picture.width
    lines = b"".join(
        b"\0" + picture.pixels[start : start + row] for start in range(0, row * picture.height, row)
    )
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def print_picture(picture: Picture, console: Console, environment: Mapping[str, str]) -> None:
    """Print a picture on a terminal, as fine as the terminal can.

    Parameters
    ----------
    picture
        The picture.
    console
        A terminal.
    environment
        The process's environment variables, by which terminals make themselves known.

    Raises
    ------
    BrokenPipeError
        If the reader went away.
    """
    way = _way_of(environment)
    if way:
        columns = max(1, min(console.width, max(_NARROW, picture.width // 8)))
        said = _as_kitty(picture, columns) if way == "kitty" else _as_iterm(picture, columns)
        console.file.write(said + "\n")
        console.file.flush()
        return
    for line in as_blocks(picture, console.width, min(_TALLEST, console.height - 4)):
        console.print(line, soft_wrap=True)


def caption(picture: Picture) -> Text:
    """Say what a picture shows."""
    text = Text(f"frame {picture.frame:,} of ")
    text.append(escape(picture.video), "bold")
    text.append(f", {picture.width // picture.times} × {picture.height // picture.times}")
    if picture.times > 1:
        text.append(f", enlarged {picture.times} times")
    if picture.seconds is not None:
        text.append(f", at {picture.seconds:,.3f} s")
    if picture.note:
        text.append(f"\n{escape(picture.note)}", "yellow")
    for said, names, style in (
        ("drawn", picture.drawn, ""),
        ("no position", picture.absent, "dim"),
        ("outside the frame", picture.outside, "bold red"),
    ):
        if names:
            text.append(f"\n{said}: ", style)
            text.append(enumerate_names([escape(name) for name in names]))
    return text


def as_blocks(picture: Picture, columns: int, rows: int) -> Iterator[Text]:
    """Draw a picture with half blocks: each character shows two pixels, one above the other.

    Parameters
    ----------
    columns, rows
        The most that it may take, in characters.
    """
    shrink = max(picture.width / max(columns, 1), picture.height / max(2 * rows, 1), 1e-9)
    width = max(1, math.floor(picture.width / shrink))
    height = max(2, math.floor(picture.height / shrink) // 2 * 2)
    for top in range(0, height, 2):
        line = Text()
        for column in range(width):
            upper = _mean(picture, column, top, width, height)
            lower = _mean(picture, column, top + 1, width, height)
            style = Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
            line.append(_UPPER_HALF, style)
        yield line


def _mean(
    picture: Picture, column: int, row: int, columns: int, rows: int
) -> tuple[float, float, float]:
    """Return the mean color of the pixels that one cell stands for: of nine of them, if more."""
    left, right = column * picture.width // columns, (column + 1) * picture.width // columns
    top, bottom = row * picture.height // rows, (row + 1) * picture.height // rows
    across = range(left, max(right, left + 1), max(1, (right - left) // 3))
    down = range(top, max(bottom, top + 1), max(1, (bottom - top) // 3))
    places = [
        3 * (min(y, picture.height - 1) * picture.width + min(x, picture.width - 1))
        for y in down
        for x in across
    ]
    red, green, blue = (
        sum(picture.pixels[place + channel] for place in places) / len(places)
        for channel in range(3)
    )
    return red, green, blue


def _way_of(environment: Mapping[str, str]) -> str:
    """Name the protocol that the terminal is known to support; empty for none."""
    if environment.get("TMUX") or environment.get("STY"):
        return ""  # a multiplexer keeps pictures to itself
    program = environment.get("TERM_PROGRAM", "").lower()
    if environment.get("KITTY_WINDOW_ID") or "kitty" in environment.get("TERM", ""):
        return "kitty"
    if program in _KITTY:
        return "kitty"
    if program == "iterm.app" or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    return ""


def _as_kitty(picture: Picture, columns: int) -> str:
    # The kitty graphics protocol: a=T shows at once, f=100 is PNG, m=1 says that more follows.
    content = base64.standard_b64encode(to_png(picture)).decode("ascii")
    pieces = [content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK)]
    said = []
    for index, piece in enumerate(pieces):
        first = f"a=T,f=100,c={columns}," if index == 0 else ""
        said.append(f"\x1b_G{first}m={int(index < len(pieces) - 1)};{piece}\x1b\\")
    return "".join(said)


def _as_iterm(picture: Picture, columns: int) -> str:
    content = to_png(picture)
    body = base64.standard_b64encode(content).decode("ascii")
    return f"\x1b]1337;File=inline=1;size={len(content)};width={columns}:{body}\x07"
