"""How much a chunk of a Zarr store is unpacked to."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

import numcodecs
import numpy as np
import pytest

from posecheck.storage.zarr_codecs import check_codec, decode_numbers
from posecheck.storage.zarr_decompression import CodecError, decompress

ZEROS = b"\0" * 2**24
RAW_LZMA = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**16}]


def zstd_frame(blocks: int, length: int) -> bytes:
    """Return a frame that does not state its size, of blocks that each repeat one byte."""
    headers = (
        (length << 3 | 1 << 1 | (n == blocks - 1)).to_bytes(3, "little") for n in range(blocks)
    )
    return b"\x28\xb5\x2f\xfd\x00\x38" + b"".join(header + b"\0" for header in headers)


def packed(packer: Any) -> bytes:
    """Return 65 times 16 MiB, packed."""
    return b"".join(packer.compress(ZEROS) for _ in range(65)) + bytes(packer.flush())


@pytest.mark.parametrize(
    ("configuration", "pack"),
    [
        ({"id": "zstd"}, lambda: zstd_frame(8193, 2**17)),
        ({"id": "zstd"}, lambda: zstd_frame(2, 2**17) + zstd_frame(8192, 2**17)),
        ({"id": "zstd"}, lambda: zstd_frame(2**20 + 1, 0)),
        pytest.param({"id": "zlib"}, lambda: packed(zlib.compressobj(9)), marks=pytest.mark.slow),
        pytest.param({"id": "bz2"}, lambda: packed(bz2.BZ2Compressor(9)), marks=pytest.mark.slow),
        pytest.param(
            {"id": "lzma"}, lambda: packed(lzma.LZMACompressor(preset=0)), marks=pytest.mark.slow
        ),
    ],
    ids=["zstd", "zstd-frames", "zstd-empty-blocks", "zlib", "bz2", "lzma"],
)
def test_what_unpacks_to_more_than_a_gibibyte_is_refused(
    configuration: dict[str, Any], pack: Callable[[], bytes]
) -> None:
    raw = pack()
    assert len(raw) < 2**23
    with pytest.raises(CodecError, match=r"it would have more than 1,073,741,824 bytes"):
        decompress(configuration, raw)


@pytest.mark.parametrize(
    ("configuration", "raw"),
    [
        ({"id": "zlib"}, zlib.compress(b"a") + zlib.compress(b"b")),
        ({"id": "bz2"}, bz2.compress(b"a") + bz2.compress(b"b")),
        ({"id": "lzma"}, lzma.compress(b"a") + lzma.compress(b"b")),
        ({"id": "lzma", "format": lzma.FORMAT_ALONE}, lzma.compress(b"ab", lzma.FORMAT_ALONE)),
        (
            {"id": "lzma", "format": lzma.FORMAT_RAW, "filters": RAW_LZMA},
            lzma.compress(b"ab", lzma.FORMAT_RAW, filters=RAW_LZMA),
        ),
    ],
)
def test_streams_are_joined(configuration: dict[str, Any], raw: bytes) -> None:
    assert decompress(configuration, raw) == b"ab"


def test_a_frame_of_zstd_without_its_size_is_unpacked() -> None:
    assert decompress({"id": "zstd"}, zstd_frame(3, 100)) == b"\0" * 300


@pytest.mark.parametrize("codec", ["zlib", "bz2", "lzma", "zstd", "lz4", "blosc"])
def test_damaged_bytes_are_said(codec: str) -> None:
    for raw in (b"", b"\0" * 5, b"damaged bytes of some length"):
        with pytest.raises(CodecError, match=f"{codec} cannot unpack it|more than"):
            decompress({"id": codec}, raw)


def test_a_dictionary_of_lzma_has_a_bound() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**30}]
    with pytest.raises(CodecError, match="its dictionary is too large"):
        decompress({"id": "lzma", "format": lzma.FORMAT_RAW, "filters": filters}, b"\0")


@pytest.mark.parametrize(
    "configuration",
    [
        {"id": "astype", "encode_dtype": "|u1", "decode_dtype": "|S100000000"},
        {"id": "delta", "dtype": "1000000f8"},
        {"id": "quantize", "digits": 1, "dtype": ["f8"]},
        {"id": "fixedscaleoffset", "offset": 0, "scale": [[1], [2]], "dtype": "<f8"},
    ],
)
def test_a_filter_that_makes_no_numbers_is_refused(configuration: dict[str, Any]) -> None:
    with pytest.raises(CodecError, match="no number"):
        check_codec(configuration)


@pytest.mark.parametrize(
    ("configuration", "size"),
    [
        ({"id": "packbits"}, 2**28),
        ({"id": "astype", "encode_dtype": "|u1", "decode_dtype": "<c16"}, 2**27),
    ],
)
def test_a_filter_does_not_grow_a_chunk_beyond_the_bound(
    configuration: dict[str, Any], size: int
) -> None:
    with pytest.raises(CodecError, match="more than 1,073,741,824 bytes"):
        decode_numbers(bytes(size), [configuration], np.dtype("f8"), 1)


@pytest.mark.parametrize(
    ("codec", "values"),
    [
        (numcodecs.AsType("|u1", "<f8"), np.arange(9.0)),
        (numcodecs.Delta("<i4"), np.arange(9, dtype="<i4")),
        (numcodecs.FixedScaleOffset(0, 10, "<f8", "|u1"), np.arange(9.0)),
        (numcodecs.Quantize(1, "<f8"), np.arange(9.0)),
        (numcodecs.PackBits(), np.array([True, False, True])),
    ],
)
def test_filters_are_undone(codec: Any, values: np.ndarray[Any, Any]) -> None:
    raw = bytes(codec.encode(values))
    configuration = check_codec(codec.get_config())
    decoded = decode_numbers(raw, [configuration], values.dtype, len(values))
    np.testing.assert_array_equal(decoded, values)
