"""Files that hang, crash or outgrow whoever reads them through the HDF5 library.

Each is small, and valid enough for the library to begin. `outcome_of_plain_reading` shows on the
machine at hand what becomes of a process that reads one without care.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import h5py
from tests.recordings.written import POSE

SERIES = f"{POSE}/nose/data"
_ATTRIBUTES = {"unit": "pixels", "conversion": 1.0, "resolution": -1.0}
_VARIABLE_LENGTH_TEXT = struct.pack("<BBBBI", 0x19, 1, 1, 0, 16)
"""HDF5 File Format Specification IV.A.2.d: class 9 (variable length), of type 1 (a string)."""


def write_endless(careful: Path, path: Path) -> Path:
    """Let a series claim 10¹² frames that were never allocated: reading them takes for ever."""
    shutil.copyfile(careful, path)
    with h5py.File(path, "r+") as file:
        del file[SERIES]
        file.create_dataset(SERIES, shape=(10**12, 2), dtype="f4", chunks=(65536, 2))
        file[SERIES].attrs.update(_ATTRIBUTES)
    return path


def write_memory_bomb(careful: Path, path: Path, size: int = 3 << 30) -> Path:
    """Let a chunk of a few hundred bytes, as its dataset says, inflate to ``size`` bytes."""
    shutil.copyfile(careful, path)
    with h5py.File(path, "r+") as file:
        shape = file[SERIES].shape
        del file[SERIES]
        data = file.create_dataset(
            SERIES, shape=shape, dtype="f4", chunks=(20, 2), compression="gzip"
        )
        data[...] = 30
        data.id.write_direct_chunk((60, 0), deflated_zeros(size))
        data.attrs.update(_ATTRIBUTES)
    return path


def write_huge_chunk(careful: Path, path: Path, size: int = 3 << 30) -> Path:
    """Let a series consist of one chunk that inflates from a few megabytes to ``size`` bytes."""
    shutil.copyfile(careful, path)
    with h5py.File(path, "r+") as file:
        del file[SERIES]
        rows = size // 16
        data = file.create_dataset(
            SERIES, shape=(rows, 2), dtype="f8", chunks=(rows, 2), compression="gzip"
        )
        data.id.write_direct_chunk((0, 0), deflated_zeros(rows * 16))
        data.attrs.update(_ATTRIBUTES)
    return path


def write_crash_in_filter(careful: Path, path: Path) -> Path:
    """Store a chunk of two bytes where the Fletcher-32 filter wants at least its checksum's four.

    ``dataset[()]`` then kills the process: HDF5 2.0 subtracts four from two without asking, and
    sums up memory until it leaves its own (``H5Z__filter_fletcher32``).
    """
    shutil.copyfile(careful, path)
    with h5py.File(path, "r+") as file:
        shape = file[SERIES].shape
        del file[SERIES]
        data = file.create_dataset(SERIES, shape=shape, dtype="f4", chunks=(20, 2), fletcher32=True)
        data[:60] = 30
        data.id.write_direct_chunk((60, 0), b"??")
        data.attrs.update(_ATTRIBUTES)
    return path


def write_crash_in_attribute(careful: Path, path: Path) -> Path:
    """Turn the root's ``nwb_version`` into a variable-length value of a type that is none.

    ``file.attrs["nwb_version"]`` then kills the process: HDF5 2.0 takes it for a sequence of
    nothing (``H5T__vlen_set_loc``).
    """
    content = bytearray(careful.read_bytes())
    name = content.index(b"nwb_version\0")
    content[content.index(_VARIABLE_LENGTH_TEXT, name) + 1] = 7
    path.write_bytes(content)
    return path


def write_hang_in_heap(careful: Path, path: Path) -> Path:
    """Let the first object of every global heap end in the empty space that follows.

    Reading any text then never ends, inside the C library where no Python signal arrives: HDF5
    2.0 walks free space of size zero in steps of zero (``H5HG__cache_heap_deserialize``).
    """
    content = bytearray(careful.read_bytes())
    heap = content.find(b"GCOL")
    while heap >= 0:
        (extent,) = struct.unpack_from("<Q", content, heap + 8)
        end = heap + extent
        content[end - 512 : end] = bytes(512)
        struct.pack_into("<Q", content, heap + 24, extent - 32 - 256)
        heap = content.find(b"GCOL", end)
    path.write_bytes(content)
    return path


def outcome_of_plain_reading(path: Path, expression: str, seconds: float = 5) -> str:
    """Evaluate an expression over ``file`` in a process of its own, and say how that ended.

    Returns
    -------
    str
        ``"ended"``, ``"killed"`` (by a signal) or ``"hung"``.
    """
    code = f"import h5py\nfile = h5py.File(open({str(path)!r}, 'rb'))\n{expression}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], timeout=seconds, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return "hung"
    return "killed" if done.returncode < 0 or done.returncode > 255 else "ended"


def deflated_zeros(size: int) -> bytes:
    """Compress zeros without holding them: one deflated megabyte, again and again."""
    unit = 1 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(unit)) + packer.flush(zlib.Z_FULL_FLUSH)
    whole, rest = divmod(size, unit)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = last.compress(bytes(rest)) + last.flush()
    checksum = (size % 65521) << 16 | 1  # Adler-32 of zeros (RFC 1950)
    return b"\x78\x9c" + block * whole + tail + struct.pack(">I", checksum)
