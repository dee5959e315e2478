"""A digest of samples that costs one pass at the speed of memory."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from posecheck.facts.blocks import Numbers

PIECE_BYTES = 2**20
"""The most that one piece may hold."""


def _weights(count: int) -> npt.NDArray[np.uint64]:
    """Scatter the first integers over 64 bits (the finalizer of SplitMix64, Steele et al. 2014)."""
    mixed = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


_WEIGHTS = _weights(PIECE_BYTES // 8)


class SampleDigest:
    """Digest an array piece by piece.

    Every 64-bit word of a piece is multiplied by a weight of its place and the products are added
    modulo 2**64 (multilinear hashing); the sums of all pieces go through BLAKE2b. Two pieces agree
    by accident once in 2**(64 - n), where n is the lowest bit in which their words differ: at most
    22 for float32, 20 for float64. This finds equal arrays; it does not withstand somebody who
    wants two arrays to look equal.

    Notes
    -----
    Pieces must be cut alike to be comparable. Values that count as equal must have equal bytes.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def update(self, piece: Numbers) -> None:
        """Add a contiguous piece of at most `PIECE_BYTES`."""
        raw = piece.reshape(-1).view(np.uint8)
        whole = len(raw) - len(raw) % 8
        words = raw[:whole].view(np.uint64)
        # A multiplication carries upwards only, and round numbers differ at the top of a word.
        folded = words >> np.uint64(32)
        folded ^= words
        total = np.einsum("i,i->", folded, _WEIGHTS[: len(folded)])
        self._hash.update(int(total).to_bytes(8, "little") + raw[whole:].tobytes())

    def text(self, *context: object) -> str:
        """Return the digest in hexadecimal, bound to what else must agree (shape, type)."""
        final = self._hash.copy()
        final.update(repr(context).encode())
        return final.hexdigest()
