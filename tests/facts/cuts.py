"""Arrays as they come: of any stored type, with holes and extremes, cut anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

Array = npt.NDArray[Any]

TYPES = ("float32", "float64", "float16", "int16", "int64", "uint8", "uint64", "bool", ">f4")

FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, -1.0, 1.0, 0.5, 0.1, 0.05, float("nan")]),
    st.sampled_from([float("inf"), float("-inf"), 1e308, -1e308, 3e38, 5e-324, 1e-40, 1e4]),
    st.floats(width=16),
    st.floats(),
)
_INTEGERS = st.one_of(st.integers(-2, 2), st.integers(-(2**63), 2**64 - 1))


def cast(values: list[Any], dtype: str) -> Array:
    """An array of a stored type; what the type cannot hold is clipped or becomes infinite."""
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        return np.array([min(max(value, info.min), info.max) for value in values], kind)
    with np.errstate(all="ignore"):
        return np.array(values, np.float64).astype(kind)


@st.composite
def arrays(draw: st.DrawFn, length: int | None = None, columns: int = 1) -> Array:
    """Values of some stored type, often repeated; shape (n,) or (n, columns)."""
    dtype = draw(st.sampled_from(TYPES))
    element = _INTEGERS if np.dtype(dtype).kind in "iu" else FLOATS
    rows = draw(
        st.lists(
            st.lists(element, min_size=columns, max_size=columns),
            min_size=length or 0,
            max_size=20 if length is None else length,
        )
    )
    if length is None:
        repeats = draw(st.lists(st.integers(1, 4), min_size=len(rows), max_size=len(rows)))
        rows = [row for row, times in zip(rows, repeats, strict=True) for _ in range(times)]
    flat = cast([value for row in rows for value in row], dtype)
    return flat if columns == 1 else flat.reshape(-1, columns)


@st.composite
def cuts(draw: st.DrawFn, length: int) -> list[slice]:
    """Slices that cover an array, empty ones among them."""
    borders = sorted(draw(st.lists(st.integers(0, length), max_size=6)))
    return [slice(a, b) for a, b in zip([0, *borders], [*borders, length], strict=True)]


def blocks(array: Array, size: int) -> Iterator[Array]:
    for start in range(0, len(array), size):
        yield array[start : start + size]
