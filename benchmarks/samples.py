"""How much longer posecheck takes than a bare script that reads the same samples.

Run as ``python -m benchmarks.samples [--rounds N]``. It writes 240,000 frames of 11 nodes seen by 3
cameras (about 100 MB), once as they are and once compressed, and times whole processes in turn:
posecheck's own rules on every sample, and h5py with min, max and isnan of the same datasets.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

FRAMES, NODES, CAMERAS = 240_000, 11, 3

BARE = """
import sys, h5py, numpy
with h5py.File(sys.argv[1], "r") as file:
    def look(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "f" and item.size > 1000:
            values = item[()]
            values.min(), values.max(), numpy.isnan(values).sum()
    file["processing"].visititems(look)
"""


def write(path: Path, *, compressed: bool) -> None:
    """Write the recording: float32 positions and confidence, one clock for all series."""
    random = np.random.default_rng(0)
    options = {"compression": "gzip", "chunks": (15_000, 2)} if compressed else {}
    with h5py.File(path, "w") as file:
        file.attrs.update(nwb_version="2.9.0", neurodata_type="NWBFile", namespace="core")
        module = file.create_group("processing/behavior")
        module.attrs.update(neurodata_type="ProcessingModule", namespace="core")
        for camera in range(CAMERAS):
            container = module.create_group(f"PoseEstimation{camera}")
            container.attrs.update(neurodata_type="PoseEstimation", namespace="ndx-pose")
            for node in range(NODES):
                series = container.create_group(f"node{node}")
                series.attrs.update(neurodata_type="PoseEstimationSeries", namespace="ndx-pose")
                walk = np.cumsum(random.normal(0, 0.5, (FRAMES, 2)), axis=0) % 600
                walk[random.random(FRAMES) < 0.02] = np.nan
                data = series.create_dataset("data", data=walk.astype("f4"), **options)
                data.attrs["unit"] = "pixels"
                options_1d = options | {"chunks": (15_000,)} if compressed else {}
                confidence = random.random(FRAMES).astype("f4")
                series.create_dataset("confidence", data=confidence, **options_1d)
                if "timestamps" not in module:
                    module["timestamps"] = np.arange(FRAMES) / 200
                    module["timestamps"].attrs["unit"] = "seconds"
                series["timestamps"] = h5py.SoftLink("/processing/behavior/timestamps")


def seconds(command: list[str]) -> float:
    """Return the wall time of a whole process."""
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - began


def main() -> None:
    """Write both files, time both programs in turn, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        for name, compressed in (("as they are", False), ("gzip", True)):
            path = Path(folder) / f"{compressed}.nwb"
            write(path, compressed=compressed)
            ours = [
                sys.executable,
                "-m",
                "posecheck",
                "validate",
                "--no-cache",
                "--engine",
                "pose",
                str(path),
            ]
            bare = [sys.executable, "-c", BARE, str(path)]
            seconds(ours), seconds(bare)  # a round that only warms the caches
            pairs = [(seconds(ours), seconds(bare)) for _ in range(rounds)]
            mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
            ratio = statistics.median(one / other for one, other in pairs)
            megabytes = path.stat().st_size / 1e6
            print(
                f"{name} ({megabytes:.0f} MB): posecheck {mine:.2f} s, h5py {theirs:.2f} s, "
                f"ratio {ratio:.2f}"
            )


if __name__ == "__main__":
    main()
