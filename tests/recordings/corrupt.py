"""Files that are no NWB at all, or no longer: what a broken transfer or a mistake leaves."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def _truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _cut_in_superblock(content: bytes) -> bytes:
    return content[:40]


def _random_after_signature(content: bytes) -> bytes:
    return SIGNATURE + random.Random(20240102).randbytes(len(content) // 8)  # noqa: S311


def _zeroed_tail(content: bytes) -> bytes:
    """As a download that reserved its space and was cut."""
    half = len(content) // 2
    return content[:half] + bytes(len(content) - half)


UNREADABLE: Mapping[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (_truncated, "truncated"),
    "cut-in-superblock": (_cut_in_superblock, ""),
    "zero-bytes": (lambda _: b"", "empty"),
    "text": (lambda _: b"Pose of the mouse, see the lab drive.\n" * 40, "not an HDF5 file"),
    "random-after-signature": (_random_after_signature, ""),
}
"""By name: what is left of a careful file's bytes, and a word that the message must have."""


def write_unreadable(careful: Path, folder: Path) -> dict[str, Path]:
    """Write a file of each kind, and return them by name."""
    folder.mkdir(parents=True, exist_ok=True)
    content = careful.read_bytes()
    paths = {}
    for name, (damage, _) in UNREADABLE.items():
        paths[name] = folder / f"{name}.nwb"
        paths[name].write_bytes(damage(content))
    return paths


def write_zeroed_tail(careful: Path, path: Path) -> Path:
    """Write a file whose length is right and whose second half is zero."""
    path.write_bytes(_zeroed_tail(careful.read_bytes()))
    return path


def write_flipped(careful: Path, folder: Path, count: int, seed: int) -> list[Path]:
    """Write copies in which a few bytes are changed at random."""
    folder.mkdir(parents=True, exist_ok=True)
    content = careful.read_bytes()
    chance = random.Random(seed)  # noqa: S311
    paths = []
    for index in range(count):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 2, 8, 64))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        paths.append(folder / f"flipped-{index:03d}.nwb")
        paths[-1].write_bytes(damaged)
    return paths


def write_plain_hdf5(path: Path) -> Path:
    """Write an HDF5 file that has nothing of NWB."""
    with h5py.File(path, "w") as file:
        file["counts"] = [1, 2, 3]
    return path
