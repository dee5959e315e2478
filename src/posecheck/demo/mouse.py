"""The animal: where its body parts are in each frame, and what it looks like.

It walks along a closed curve, and what follows the nose passes where the nose passed. It is drawn
as a stack of flat shapes, and a keypoint lies on the shape that it names: its coordinates are true
by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posecheck.demo.arena import Shelter
from posecheck.demo.camera import Floats
from posecheck.demo.drawing import Color, Ellipse, Shape, Stroke

NODES = ("nose", "left_ear", "right_ear", "body", "tail_base", "tail_tip")
EDGES = ((0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5))
RATE = 30
"""Frames per second."""

FRAMES = 120

SKIN: Color = (214, 150, 142)
"""The color of nose, ears and tail."""

EARS: Color = (200, 120, 116)
_EYES: Color = (18, 16, 18)
_SPEED = 150.0
_BODY, _BODY_HALF, _BODY_HEIGHT = 57.0, (36.0, 18.0), 24.0
_HEAD, _HEAD_HALF, _HEAD_HEIGHT = 16.0, (20.0, 11.5), 17.0
_EAR, _EAR_ASIDE, _EAR_RADIUS, _EAR_HEIGHT = 25.0, 10.5, 6.5, 22.0
_NOSE, _NOSE_RADIUS, _NOSE_HEIGHT = 18.0, 3.4, 13.0
_TAIL, _TAIL_HALF, _TAIL_HEIGHT = 72.0, (3.6, 2.8), 6.0
_SLICES = (0.3, 0.55, 0.8, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A mouse on its way through the arena.

    Attributes
    ----------
    fur
        The color of its back.
    keypoints
        The body parts in the order of `NODES`, shape (frames, nodes, 3), in millimeters.
    shelter
        The shelter that it walks through.
    heads, tails
        The outline that changes: shape (frames, 3, 2), the head's direction, the body's direction
        and the head's center; and shape (frames, points, 2), the line of the tail.
    """

    fur: Color
    keypoints: Floats
    shelter: Shelter
    heads: Floats
    tails: Floats

    def shapes(self, frame: int) -> list[Shape]:
        """Return what is to be drawn of a frame, the lowest first."""
        facing, heading, head = self.heads[frame]
        nose, left, right, body = (self.keypoints[frame, node, :2] for node in range(4))
        shadow = Ellipse(
            center=body + np.array([5.0, -5.0]),
            direction=heading,
            half=(_BODY_HALF[0] + 4, _BODY_HALF[1] + 4),
            height=0.0,
            color=(60, 56, 52),
            opacity=0.25,
        )
        tail = Stroke(
            points=self.tails[frame], half=_TAIL_HALF, height=_TAIL_HEIGHT, color=SKIN, shade=0.15
        )
        trunk = self._stack(body, heading, _BODY_HALF, _BODY_HEIGHT)
        skull = self._stack(head, facing, _HEAD_HALF, _HEAD_HEIGHT)
        aside = np.array([-facing[1], facing[0]])
        eyes = [
            _disc(head + 7.5 * facing + side * 7.5 * aside, 1.9, _HEAD_HEIGHT, _EYES)
            for side in (1, -1)
        ]
        ears = [_disc(ear, _EAR_RADIUS, _EAR_HEIGHT, EARS, shade=0.25) for ear in (left, right)]
        snout = _disc(nose, _NOSE_RADIUS, _NOSE_HEIGHT, SKIN)
        return [shadow, tail, *trunk, *skull, snout, *eyes, *ears]

    def _stack(
        self, center: Floats, direction: Floats, half: tuple[float, float], height: float
    ) -> list[Shape]:
        """Round a body by slices: the widest in the middle, the lightest on top."""
        slices: list[Shape] = []
        for level in _SLICES:
            width = np.sqrt(1 - max(level - 0.55, 0) ** 2 * 1.6)
            light = 0.55 + 0.45 * level
            red, green, blue = (round(channel * light) for channel in self.fur)
            slices.append(
                Ellipse(
                    center=center,
                    direction=direction,
                    half=(half[0] * width, half[1] * width),
                    height=height * level,
                    color=(red, green, blue),
                    shade=0.35,
                )
            )
        return slices


def walk(seed: int, fur: Color = (92, 80, 72), frames: int = FRAMES) -> Walk:
    """Let a mouse walk; the same seed gives the same walk.

    Parameters
    ----------
    seed
        Bends the way, and chooses where on it the shelter stands.
    fur
        The color of its back.
    frames
        How long it walks, at `RATE` frames per second.
    """
    dice = np.random.default_rng(seed)
    way = _Way(dice)
    time = np.arange(frames) / RATE
    start = dice.uniform(0, way.length)
    # it hesitates and hurries, but never stops
    gone = start + _SPEED * time + 9.0 * np.sin(2 * np.pi * 0.45 * time + dice.uniform(0, 6))
    shelter = Shelter(way.at(np.array([start + _SPEED * frames / RATE * 0.55]))[0])

    neck, hips = way.at(gone - _EAR), way.at(gone - _BODY - _BODY_HALF[0])
    heading = _unit(neck - hips)
    body = (neck + hips) / 2 + heading * 2.0
    head = way.at(gone - _HEAD)
    sniffs = 0.12 * np.sin(2 * np.pi * 2.2 * time + dice.uniform(0, 6))
    facing = _turned(_unit(way.at(gone) - way.at(gone - _EAR)), sniffs)
    aside = np.stack((-facing[:, 1], facing[:, 0]), axis=1)
    ear = head - facing * (_EAR - _HEAD)
    base = body - heading * (_BODY_HALF[0] - 2.0)
    tails = _tail(way, gone, base, time)
    parts = (
        (head + facing * _NOSE, _NOSE_HEIGHT),
        (ear + aside * _EAR_ASIDE, _EAR_HEIGHT),
        (ear - aside * _EAR_ASIDE, _EAR_HEIGHT),
        (body, _BODY_HEIGHT),
        (base, _TAIL_HEIGHT),
        (tails[:, -1], _TAIL_HEIGHT),
    )
    keypoints = np.stack(
        [np.column_stack((flat, np.full(frames, height))) for flat, height in parts], axis=1
    )
    heads = np.stack((facing, heading, head), axis=1)
    return Walk(fur=fur, keypoints=keypoints, shelter=shelter, heads=heads, tails=tails)


class _Way:
    """A closed smooth curve around the center of the floor, indexed by the distance walked."""

    def __init__(self, dice: np.random.Generator) -> None:
        angle = np.linspace(0, 2 * np.pi, 721)
        bends = dice.uniform(0, 2 * np.pi, 4)
        x = (
            122 * np.cos(angle)
            + 13 * np.cos(2 * angle + bends[0])
            + 6 * np.cos(3 * angle + bends[1])
        )
        y = 86 * np.sin(angle) + 9 * np.sin(2 * angle + bends[2]) + 5 * np.sin(3 * angle + bends[3])
        self._points = np.stack((x, y), axis=1)
        steps = np.hypot(np.diff(x), np.diff(y))
        self._walked = np.concatenate(([0.0], np.cumsum(steps)))

    @property
    def length(self) -> float:
        """Once around, in millimeters."""
        return float(self._walked[-1])

    def at(self, walked: Floats) -> Floats:
        """Return the place after some millimeters, shape (n, 2)."""
        around = walked % self.length
        return np.stack([np.interp(around, self._walked, axis) for axis in self._points.T], axis=1)


def _tail(way: _Way, gone: Floats, base: Floats, time: Floats) -> Floats:
    """Let the tail follow the way and sway, the more the nearer to its tip."""
    behind = np.linspace(0, 1, 8)
    hips = _BODY + _BODY_HALF[0]
    begin = way.at(gone - hips)
    line = []
    for share in behind:
        place = way.at(gone - hips - share * _TAIL)
        along = _unit(place - way.at(gone - hips - share * _TAIL - 5.0))
        aside = np.stack((-along[:, 1], along[:, 0]), axis=1)
        sway = 9.0 * share**1.5 * np.sin(2 * np.pi * (1.3 * time - 0.6 * share))
        line.append(place + (base - begin) * (1 - share) + aside * sway[:, None])
    return np.stack(line, axis=1)


def _disc(
    center: Floats, radius: float, height: float, color: Color, shade: float = 0.0
) -> Ellipse:
    return Ellipse(
        center=center,
        direction=np.array([1.0, 0.0]),
        half=(radius, radius),
        height=height,
        color=color,
        shade=shade,
    )


def _unit(vectors: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def _turned(vectors: Floats, angles: Floats) -> Floats:
    cosine, sine = np.cos(angles), np.sin(angles)
    x, y = vectors.T
    return np.stack((cosine * x - sine * y, sine * x + cosine * y), axis=1)
