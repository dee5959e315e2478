"""Write short texts on a picture, with letters of 5 × 7 dots."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from posecheck.video.frame_decoder import Pixels

Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; the last two are not part of it."""

HEIGHT = 7
"""Dots of a letter from top to bottom."""

_WIDTH = 5
_STEP = _WIDTH + 1
_INK, _RIM = (255, 255, 255), (0, 0, 0)
_DOTS = {
    "a": "00000e010f110f", "b": "1010161911111e", "c": "00000e1010110e", "d": "01010d1311110f",
    "e": "00000e111f100e", "f": "0609081c080808", "g": "000f11110f010e", "h": "10101619111111",
    "i": "04000c0404040e", "j": "0200060202120c", "k": "10101214181412", "l": "0c04040404040e",
    "m": "00001a15151111", "n": "00001619111111", "o": "00000e1111110e", "p": "00001e111e1010",
    "q": "00000d130f0101", "r": "00001619101010", "s": "00000e100e011e", "t": "08081c08080906",
    "u": "0000111111130d", "v": "00001111110a04", "w": "0000111115150a", "x": "0000110a040a11",
    "y": "000011110f010e", "z": "00001f0204081f",
    "A": "0e11111f111111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1e11111111111e",
    "E": "1f10101e10101f", "F": "1f10101e101010", "G": "0e11101711110f", "H": "1111111f111111",
    "I": "0e04040404040e", "J": "0702020202120c", "K": "11121418141211", "L": "1010101010101f",
    "M": "111b1515111111", "N": "11191513111111", "O": "0e11111111110e", "P": "1e11111e101010",
    "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "11111115151b11", "X": "11110a040a1111",
    "Y": "11110a04040404", "Z": "1f01020408101f",
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010608101f", "3": "0e11010601110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808",
    "8": "0e11110e11110e", "9": "0e11110f01020c",
    " ": "00000000000000", "_": "0000000000001f", "-": "0000001f000000", ".": "00000000000c0c",
    "/": "01010204081010", "(": "02040808080402", ")": "08040202020408", "+": "0004041f040400",
    ":": "000c0c000c0c00", ",": "000000000c0408", "#": "0a0a1f0a1f0a0a", "=": "00001f001f0000",
    "'": "04040800000000", "?": "0e110102040004",
}  # fmt: skip
"""A byte for each row of a letter, from the top; the lowest five bits are its dots."""


def size_of_text(text: str, dot: int) -> tuple[int, int]:
    """Return width and height in pixels of a text whose dots are so many pixels wide."""
    return (len(_spelled(text)) * _STEP - 1) * dot, HEIGHT * dot


def write_text(pixels: Pixels, text: str, left: int, top: int, dot: int) -> None:
    """Write a text in white with a black rim, in place; what lies beyond the edge is left out.

    Parameters
    ----------
    pixels
        The picture.
    text
        Letters with accents lose them, and those that there are none of become a question mark.
    left, top
        Where it begins, in pixels.
    dot
        The width of a dot in pixels.
    """
    ink = _ink_of(text)
    width, height = ink.shape[1] * dot, ink.shape[0] * dot
    large = np.repeat(np.repeat(ink, dot, axis=0), dot, axis=1)
    reach = max(1, dot // 2)
    shifts = [(x, y) for x in (-reach, 0, reach) for y in (-reach, 0, reach) if x or y]
    for x, y, color in (*((x, y, _RIM) for x, y in shifts), (0, 0, _INK)):
        _stamp(pixels, large, (left + x, top + y, left + x + width, top + y + height), color)


def _stamp(
    pixels: Pixels, ink: npt.NDArray[np.bool_], place: Rectangle, color: tuple[int, int, int]
) -> None:
    left, top, right, bottom = place
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if x0 < x1 and y0 < y1:
        part = ink[y0 - top : y1 - top, x0 - left : x1 - left]
        pixels[y0:y1, x0:x1][part] = color


def _ink_of(text: str) -> npt.NDArray[np.bool_]:
    """Return the dots of a text, shape (7, width)."""
    columns = np.zeros((HEIGHT, len(_spelled(text)) * _STEP), np.bool_)
    for index, letter in enumerate(_spelled(text)):
        for row, value in enumerate(bytes.fromhex(_DOTS[letter])):
            for dot in range(_WIDTH):
                columns[row, index * _STEP + dot] = bool(value >> (_WIDTH - 1 - dot) & 1)
    return columns[:, :-1]


def _spelled(text: str) -> list[str]:
    return list(_letters(text)) or [" "]


def _letters(text: str) -> Iterator[str]:
    for letter in unicodedata.normalize("NFKD", text):
        if not unicodedata.combining(letter):
            yield letter if letter in _DOTS else "?"
